#include "drivers/card/image_issuer.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "drivers/card/emulated/image.hpp"

namespace posbench::card {

Result<Bytes> issuer_approval(const config::Value& settings, Interface interface, ByteView application,
                              const Dialogue::Cryptogram& asked) {
    const CardImage image = read_card_image(settings);
    emv::IssuerDecision decision;
    decision.code = "00";
    decision.csu[1] = emv::csu::issuer_approves;
    crypto::Block8 arqc{};
    if (asked.octets.size() != arqc.size()) return Error{"a cryptogram has 8 octets"};
    std::ranges::copy(asked.octets, arqc.begin());
    const bool contact = interface == Interface::contact;
    for (const Application& one : contact ? image.applications : image.contactless)
        if (std::ranges::equal(one.aid, application))
            return emv::issuer_authentication_data(one.issuer.version, one.issuer.cryptogram, asked.counter,
                                                   arqc, decision);
    return Error{fmt::format("the image has no application {} over {}", to_hex(application),
                             contact ? "contacts" : "the field")};
}

}  // namespace posbench::card
