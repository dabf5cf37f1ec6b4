#include "drivers/card/image_issuer.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "drivers/card/emulated/image.hpp"

namespace posbench::card {

Result<Bytes> issuer_authentication(const config::Value& settings, ByteView application,
                                    const Dialogue::Cryptogram& asked, const emv::IssuerDecision& decision) {
    const CardImage image = read_card_image(settings);
    crypto::Block8 arqc{};
    if (asked.octets.size() != arqc.size()) return Error{"a cryptogram has 8 octets"};
    std::ranges::copy(asked.octets, arqc.begin());
    for (const auto* list : {&image.applications, &image.contactless})
        for (const Application& one : *list)
            if (std::ranges::equal(one.aid, application))
                return emv::issuer_authentication_data(one.issuer.version, one.issuer.cryptogram,
                                                       asked.counter, arqc, decision);
    return Error{fmt::format("the image has no application {}", to_hex(application))};
}

}  // namespace posbench::card
