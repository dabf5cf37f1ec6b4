#include "drivers/card/image_issuer.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "drivers/card/emulated/image.hpp"

namespace posbench::card {

namespace {

/// Of an application with two algorithms the one whose cryptogram version 9F10 names.
const Application& one_that_asked(const Application& application, ByteView issuer_data) {
    const auto data = emv::parse_issuer_application_data(issuer_data, emv::scheme_of(application.aid));
    const bool sm = application.with_sm && data && data->version == application.with_sm->issuer.version;
    return sm ? *application.with_sm : application;
}

}  // namespace

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
        if (std::ranges::equal(one.aid, application)) {
            const IssuerKeys& keys = one_that_asked(one, asked.issuer_data).issuer;
            return emv::issuer_authentication_data(keys.version, keys.cryptogram, asked.counter, arqc,
                                                   decision);
        }
    return Error{fmt::format("the image has no application {} over {}", to_hex(application),
                             contact ? "contacts" : "the field")};
}

}  // namespace posbench::card
