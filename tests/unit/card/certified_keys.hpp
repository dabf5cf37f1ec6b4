#pragma once

#include <utility>

#include "drivers/protocols/emv/certificate.hpp"
#include "drivers/protocols/emv/tlv.hpp"
#include "tests/unit/card/fixtures.hpp"

/// What a terminal needs to climb from the authority's key to a card's.
namespace posbench::test {

/// Of the test PKI that certified the cards of fixtures/cards.
inline crypto::RsaPublicKey authority_key() {
    const auto keys = config::load_file(fixtures_folder() / "keys" / "test-pki.toml");
    const auto* text = keys.get<config::Table>()->find("authority_public")->get<std::string>();
    return std::move(crypto::RsaPublicKey::from_pem(*text)).value();
}

/// A certificate, the remainder of its key and its exponent, as a card gave them.
inline emv::CertifiedKey certified(const emv::TlvMap& data, emv::Tag certificate, emv::Tag remainder,
                                   emv::Tag exponent) {
    const auto octets = [&data](emv::Tag tag) {
        const ByteView value = data.get(tag);
        return Bytes(value.begin(), value.end());
    };
    return {octets(certificate), octets(remainder), octets(exponent)};
}

}  // namespace posbench::test
