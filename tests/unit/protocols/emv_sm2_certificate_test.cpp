// Certificates and signatures of SM2: the card's side against answers of Python's integers, the terminal's
// side against the card's.

#include <algorithm>
#include <chrono>

#include "drivers/protocols/emv/sm2_certificate.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/protocols/emv_sm2_answers.hpp"

using namespace posbench;
using namespace posbench::emv;
using namespace std::chrono_literals;
using crypto::Sm2PrivateKey;

namespace {

constexpr std::string_view pan = "6210948000000011";
constexpr auto today = 2026y / 6 / 15;
const IssuerCertificate issuer_names{"62109480", 2030y / 12, {0, 0, 1}};
const IccCertificate icc_names{std::string(pan), 2029y / 11, {0xA1, 0xB2, 0xC3}};
const Bytes number = hex("0102030405060708"), unpredictable = hex("DEADBEEF");
constexpr std::array<std::uint8_t, 4> unpredictable_number{0xDE, 0xAD, 0xBE, 0xEF};

Sm2PrivateKey key(std::string_view text) {
    crypto::Block32 octets{};
    std::ranges::copy(hex(text), octets.begin());
    return Sm2PrivateKey::from_number(octets).value();
}
Sm2PrivateKey authority() {
    return key(sm2_answers::authority_private);
}
Sm2PrivateKey issuer() {
    return key(sm2_answers::issuer_private);
}
Sm2PrivateKey icc() {
    return key(sm2_answers::icc_private);
}

const Bytes static_data = hex(sm2_answers::static_data);
CombinedData combined() {
    CombinedData data;
    data.cid = 0x80;
    std::ranges::copy(hex("29CCA15AE665FA2E"), data.cryptogram.begin());
    data.transaction_data = hex(sm2_answers::transaction_data);
    return data;
}

CertifiedKey certificate(std::string_view text) {
    return {hex(text), {}, {}};
}

std::string issuer_error(const Bytes& octets, std::string_view own_pan = pan,
                         std::chrono::year_month_day day = today) {
    const auto key = recover_issuer_key(OfflineAuthentication::dynamic_data, authority().public_key(),
                                        {octets, {}, {}}, own_pan, day);
    return key ? std::string() : key.error().what;
}
std::string icc_error(const Bytes& octets, ByteView data, std::string_view own_pan = pan,
                      std::chrono::year_month_day day = today) {
    const auto key = recover_icc_key(issuer().public_key(), {octets, {}, {}}, own_pan, day, data);
    return key ? std::string() : key.error().what;
}

Bytes changed(Bytes octets, std::size_t at, std::uint8_t to) {
    octets.at(at) = to;
    return octets;
}

}  // namespace

TEST_CASE("SM2 certificates: the card's side makes what Python's integers make") {
    CHECK(to_hex(certify_issuer_key(authority(), issuer().public_key(), issuer_names).certificate) ==
          sm2_answers::issuer_certificate);
    const CertifiedKey own = certify_icc_key(issuer(), icc().public_key(), icc_names, static_data);
    CHECK(to_hex(own.certificate) == sm2_answers::icc_certificate);
    CHECK(own.remainder.empty());
    CHECK(own.exponent.empty());
    CHECK(to_hex(sign_static_data(issuer(), {0xDA, 0xC0}, static_data)) == sm2_answers::signed_static);
    CHECK(to_hex(sign_dynamic_data(icc(), number, unpredictable)) == sm2_answers::signed_dynamic);
    const Bytes signature = sign_combined_data(icc(), number, combined(), unpredictable_number);
    CHECK(to_hex(signature) == sm2_answers::signed_combined);
    CHECK(signature.size() == sm2_most_signed_size);
}

TEST_CASE("SM2 certificates: the terminal's side takes the keys and the data out of them") {
    const auto own_issuer = recover_issuer_key(OfflineAuthentication::static_data, authority().public_key(),
                                               certificate(sm2_answers::issuer_certificate), pan, today)
                                .value();
    CHECK(own_issuer.key.x() == issuer().public_key().x());
    CHECK(own_issuer.key.y() == issuer().public_key().y());
    CHECK(own_issuer.certificate.identifier == "62109480");
    CHECK(own_issuer.certificate.expiry == 2030y / 12);
    CHECK(own_issuer.certificate.serial == issuer_names.serial);
    const auto own_icc =
        recover_icc_key(own_issuer.key, certificate(sm2_answers::icc_certificate), pan, today, static_data)
            .value();
    CHECK(own_icc.key.x() == icc().public_key().x());
    CHECK(own_icc.certificate.pan == pan);
    CHECK(own_icc.certificate.serial == icc_names.serial);
    CHECK(verify_static_data(own_issuer.key, hex(sm2_answers::signed_static), static_data).value() ==
          std::array<std::uint8_t, 2>{0xDA, 0xC0});
    CHECK(verify_dynamic_data(own_icc.key, hex(sm2_answers::signed_dynamic), unpredictable).value() ==
          number);
    const auto answer = verify_combined_data(own_icc.key, hex(sm2_answers::signed_combined), 0x80,
                                             unpredictable_number, hex(sm2_answers::transaction_data))
                            .value();
    CHECK(answer.number == number);
    CHECK(to_hex(answer.cryptogram) == "29CCA15AE665FA2E");
}

TEST_CASE("SM2 certificates: no octet of one can be another") {
    const Bytes of_issuer = hex(sm2_answers::issuer_certificate), of_icc = hex(sm2_answers::icc_certificate);
    for (std::size_t at = 0; at < of_issuer.size(); ++at)
        CHECK_FALSE(issuer_error(changed(of_issuer, at, of_issuer[at] ^ 0x01)).empty());
    for (std::size_t at = 0; at < of_icc.size(); ++at)
        CHECK_FALSE(icc_error(changed(of_icc, at, of_icc[at] ^ 0x01), static_data).empty());
    const std::string wrong = "the signature is not the signer's, or over other data";
    CHECK(issuer_error(changed(of_issuer, 11, 0x01)) == "PBOC 3.0 part 17, issuer certificate: " + wrong);
    CHECK(icc_error(of_icc, ByteView(static_data).first(5)) == "PBOC 3.0 part 17, ICC certificate: " + wrong);
}

TEST_CASE("SM2 certificates: each refusal says what was wrong") {
    const Bytes of_issuer = hex(sm2_answers::issuer_certificate), of_icc = hex(sm2_answers::icc_certificate);
    const std::string issuer_is = "PBOC 3.0 part 17, issuer certificate: ",
                      icc_is = "PBOC 3.0 part 17, ICC certificate: ";
    CHECK(issuer_error({}) == issuer_is + "it has 0 octets instead of 142");
    CHECK(issuer_error(changed(of_issuer, 0, 0x02)) == issuer_is + "the format is not 12");
    CHECK(issuer_error(of_issuer, "6222000000000000") ==
          issuer_is + "the issuer identifier is not what the PAN begins with");
    CHECK(issuer_error(of_issuer, pan, 2031y / 1 / 1) == issuer_is + "it has expired");
    CHECK(issuer_error(changed(of_issuer, 5, 0x13)) == issuer_is + "the expiry date is no month");
    CHECK(issuer_error(changed(of_issuer, 10, 0x01)) ==
          issuer_is + "the signature algorithm is not SM2 with SM3");
    CHECK(issuer_error(changed(of_issuer, 12, 0x10)) == issuer_is + "the curve is not that of SM2");
    CHECK(issuer_error(changed(of_issuer, 13, 0x3F)) == issuer_is + "the key has not 64 octets");
    CHECK(issuer_error(changed(of_issuer, 40, of_issuer[40] ^ 1)) ==
          issuer_is + "the coordinates are no point of the SM2 curve");
    CHECK(icc_error(Bytes(147), static_data) == icc_is + "it has 147 octets instead of 148");
    CHECK(icc_error(of_icc, static_data, "6210948000000029") == icc_is + "the PAN differs");
    CHECK(icc_error(of_icc, static_data, pan, 2029y / 12 / 1) == icc_is + "it has expired");
}

TEST_CASE("SM2 signed data: of any length from outside, and wrong in any octet, they are refused") {
    const auto own_issuer = issuer();
    const auto own_icc = icc();
    const Bytes fixed = hex(sm2_answers::signed_static), dynamic = hex(sm2_answers::signed_dynamic),
                both = hex(sm2_answers::signed_combined), transaction = hex(sm2_answers::transaction_data);
    const auto takes = [&](const Bytes& octets) {
        return verify_static_data(own_issuer.public_key(), octets, static_data).has_value() ||
               verify_dynamic_data(own_icc.public_key(), octets, unpredictable).has_value() ||
               verify_combined_data(own_icc.public_key(), octets, 0x80, unpredictable_number, transaction)
                   .has_value();
    };
    for (const Bytes& octets : {fixed, dynamic, both}) {
        REQUIRE(takes(octets));
        for (std::size_t size = 0; size < octets.size(); ++size)
            CHECK_FALSE(takes(Bytes(octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(size))));
        for (std::size_t at = 0; at < octets.size(); ++at)
            CHECK_FALSE(takes(changed(octets, at, octets[at] ^ 0x80)));
    }
    const auto error = [&](std::uint8_t cid, ByteView data) {
        return verify_combined_data(own_icc.public_key(), both, cid, unpredictable_number, data).error().what;
    };
    CHECK(error(0x40, transaction) ==
          "PBOC 3.0 part 17, combined dynamic data: the cryptogram information data differs from the "
          "answer's");
    CHECK(error(0x80, static_data) ==
          "PBOC 3.0 part 17, combined dynamic data: the hash of the transaction data differs");
    CHECK(verify_combined_data(own_icc.public_key(), dynamic, 0x80, unpredictable_number, transaction)
              .error()
              .what ==
          "PBOC 3.0 part 17, combined dynamic data: number, cryptogram and hash do not fit into it");
}
