#include <functional>

#include "drivers/protocols/emv/certificate.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/protocols/emv_certificate_keys.hpp"

using namespace posbench;
using namespace posbench::emv;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view pan = "6210948000000011";
constexpr auto today = 2026y / 11 / 23;
constexpr std::array<std::uint8_t, 4> unpredictable{0xDE, 0xAD, 0xBE, 0xEF};
const Bytes number = hex("0102030405060708");

/// A card with all its certificates, as the known answers have it, and what a terminal knows.
struct Card {
    Bytes authority_modulus = hex(answers::authority_modulus);
    CertifiedKey issuer{hex(answers::issuer_certificate), hex(answers::issuer_remainder),
                        hex(answers::issuer_exponent)};
    CertifiedKey icc{hex(answers::icc_certificate), hex(answers::icc_remainder), hex(answers::icc_exponent)};
    CertifiedKey pin{hex(answers::pin_certificate), hex(answers::pin_remainder), hex(answers::pin_exponent)};
    Bytes static_data = hex(answers::static_data);
    Bytes signed_static = hex(answers::signed_static);
    Bytes signed_dynamic = hex(answers::signed_dynamic);
    Bytes signed_combined = hex(answers::signed_combined);
    Bytes challenge = Bytes(unpredictable.begin(), unpredictable.end());
    Bytes cid = hex("80");
    Bytes transaction_data = hex(answers::transaction_data);
};

/// What a terminal finds in a card: empty when all is well, else the first rejection.
std::string judged(const Card& card) {
    const auto authority = crypto::RsaPublicKey::from_components(card.authority_modulus, hex("03"));
    if (!authority) return authority.error().what;
    const auto issuer =
        recover_issuer_key(OfflineAuthentication::dynamic_data, *authority, card.issuer, pan, today);
    if (!issuer) return issuer.error().what;
    const auto code = verify_static_data(issuer->key, card.signed_static, card.static_data);
    if (!code) return code.error().what;
    const auto icc = recover_icc_key(issuer->key, card.icc, pan, today, card.static_data);
    if (!icc) return icc.error().what;
    const auto pin = recover_icc_key(issuer->key, card.pin, pan, today, {});
    if (!pin) return pin.error().what;
    const auto dynamic = verify_dynamic_data(icc->key, card.signed_dynamic, card.challenge);
    if (!dynamic) return dynamic.error().what;
    std::array<std::uint8_t, 4> challenge{};
    std::copy_n(card.challenge.begin(), 4, challenge.begin());
    const auto combined =
        verify_combined_data(icc->key, card.signed_combined, card.cid[0], challenge, card.transaction_data);
    return combined ? std::string() : combined.error().what;
}

/// The block that `octets` begin, signed by `key`: hash and trailer as they should be, for `also` hashed too.
Bytes signed_block(const crypto::RsaPrivateKey& key, std::string_view octets, ByteView also = {}) {
    Bytes block = hex(octets);
    block.resize(key.size() - 21, 0xBB);
    Bytes hashed(block.begin() + 1, block.end());
    hashed.insert(hashed.end(), also.begin(), also.end());
    const auto hash = crypto::sha1(hashed);
    block.insert(block.end(), hash.begin(), hash.end());
    block.push_back(0xBC);
    return key.sign(block).value();
}

/// A certificate of the ICC key whose octets up to the key are `head`.
std::string icc_judged(std::string_view head, std::string_view exponent = "03") {
    static const auto issuer = answers::issuer_key();
    CertifiedKey key{{}, hex(answers::icc_remainder), hex(exponent)};
    Bytes also = key.remainder;
    also.insert(also.end(), key.exponent.begin(), key.exponent.end());
    key.certificate =
        signed_block(issuer, std::string(head).append(answers::icc_modulus.substr(0, 2 * (128 - 42))), also);
    const auto recovered = recover_icc_key(issuer.public_key(), key, pan, today, {});
    return recovered ? std::string() : recovered.error().what;
}

std::string issuer_judged(const IssuerCertificate& certificate, std::string_view of_pan,
                          OfflineAuthentication method = OfflineAuthentication::static_data) {
    static const auto authority = answers::authority_key();
    static const auto issuer = answers::issuer_key();
    const auto certified = certify_issuer_key(authority, issuer.public_key(), certificate);
    const auto key = recover_issuer_key(method, authority.public_key(), certified, of_pan, today);
    return key ? std::string() : key.error().what;
}

std::string dynamic_judged(std::string_view head) {
    static const auto icc = answers::icc_key();
    const auto found = verify_dynamic_data(icc.public_key(), signed_block(icc, head), {});
    return found ? to_hex(*found) : found.error().what;
}

std::string combined_judged(std::string_view head, std::uint8_t cid = 0x80) {
    static const auto icc = answers::icc_key();
    const auto found = verify_combined_data(icc.public_key(), signed_block(icc, head, unpredictable), cid,
                                            unpredictable, {});
    return found ? std::string() : found.error().what;
}

}  // namespace

TEST_CASE("Certificates: the known answers are made, octet by octet") {
    const auto authority = answers::authority_key(), issuer = answers::issuer_key(), icc = answers::icc_key();
    const Card card;
    const auto issuer_made =
        certify_issuer_key(authority, issuer.public_key(), {"62109480", 2030y / 12, {0x00, 0x00, 0x01}});
    CHECK(to_hex(issuer_made.certificate) == answers::issuer_certificate);
    CHECK(to_hex(issuer_made.remainder) == answers::issuer_remainder);
    CHECK(to_hex(issuer_made.exponent) == "010001");
    const IccCertificate of_card{std::string(pan), 2029y / 11, {0xA1, 0xB2, 0xC3}};
    const auto icc_made = certify_icc_key(issuer, icc.public_key(), of_card, card.static_data);
    CHECK(to_hex(icc_made.certificate) == answers::icc_certificate);
    CHECK(to_hex(icc_made.remainder) == answers::icc_remainder);
    const auto pin_made = certify_pin_key(issuer, answers::pin_key().public_key(), of_card);
    CHECK(to_hex(pin_made.certificate) == answers::pin_certificate);
    CHECK(pin_made.remainder.empty());
    CHECK(to_hex(sign_static_data(issuer, {0xDA, 0xC0}, card.static_data)) == answers::signed_static);
    CHECK(to_hex(sign_dynamic_data(icc, number, unpredictable)) == answers::signed_dynamic);
    const CombinedData data{0x80, {0x29, 0xCC, 0xA1, 0x5A, 0xE6, 0x65, 0xFA, 0x2E}, card.transaction_data};
    CHECK(to_hex(sign_combined_data(icc, number, data, unpredictable)) == answers::signed_combined);
}

TEST_CASE("Certificates: the known answers are recovered") {
    const Card card;
    REQUIRE(judged(card) == "");
    const auto authority = crypto::RsaPublicKey::from_components(card.authority_modulus, hex("03")).value();
    const auto issuer =
        recover_issuer_key(OfflineAuthentication::static_data, authority, card.issuer, pan, today).value();
    CHECK(to_hex(issuer.key.modulus()) == answers::issuer_modulus);
    CHECK(issuer.certificate.identifier == "62109480");
    CHECK(issuer.certificate.expiry == 2030y / 12);
    CHECK(to_hex(issuer.certificate.serial) == "000001");
    CHECK(to_hex(verify_static_data(issuer.key, card.signed_static, card.static_data).value()) == "DAC0");
    const auto icc = recover_icc_key(issuer.key, card.icc, pan, today, card.static_data).value();
    CHECK(to_hex(icc.key.modulus()) == answers::icc_modulus);
    CHECK(icc.certificate.pan == pan);
    CHECK(to_hex(icc.certificate.serial) == "A1B2C3");
    CHECK(to_hex(recover_icc_key(issuer.key, card.pin, pan, today, {}).value().key.modulus()) ==
          answers::pin_modulus);
    CHECK(verify_dynamic_data(icc.key, card.signed_dynamic, unpredictable).value() == number);
    const auto combined =
        verify_combined_data(icc.key, card.signed_combined, 0x80, unpredictable, card.transaction_data)
            .value();
    CHECK(combined.number == number);
    CHECK(to_hex(combined.cryptogram) == "29CCA15AE665FA2E");
}

TEST_CASE("Certificates: no bit of any input can be flipped") {
    Card card;
    for (Bytes* input :
         {&card.authority_modulus, &card.issuer.certificate, &card.issuer.remainder, &card.issuer.exponent,
          &card.icc.certificate, &card.icc.remainder, &card.icc.exponent, &card.pin.certificate,
          &card.pin.exponent, &card.static_data, &card.signed_static, &card.signed_dynamic,
          &card.signed_combined, &card.challenge, &card.cid, &card.transaction_data})
        for (std::size_t bit = 0; bit < 8 * input->size(); ++bit) {
            const auto mask = static_cast<std::uint8_t>(1 << bit % 8);
            (*input)[bit / 8] ^= mask;
            if (judged(card).empty()) FAIL_CHECK("bit " << bit << " of " << input->size() << " octets");
            (*input)[bit / 8] ^= mask;
        }
    CHECK(judged(card) == "");
}

TEST_CASE("Certificates: the length is step 1, the frame steps 2 to 4") {
    Card card;
    card.issuer.certificate.pop_back();
    CHECK(judged(card) == "EMV book 2 clause 6.3 step 1: it has 143 octets, the key that signed it 144");
    const auto issuer = answers::issuer_key();
    const auto judged_block = [&](std::string_view head, std::uint8_t last) {
        Bytes block = hex(head);
        block.resize(127, 0xBB);
        block.push_back(last);
        return verify_static_data(issuer.public_key(), issuer.sign(block).value(), {}).error();
    };
    CHECK(judged_block("6A0301", 0xBD).what == "EMV book 2 clause 5.4 step 2: the trailer is not BC");
    CHECK(judged_block("6B0301", 0xBC).what == "EMV book 2 clause 5.4 step 3: the header is not 6A");
    CHECK(judged_block("6A0401", 0xBC).what == "EMV book 2 clause 5.4 step 4: the format is not 03");
    CHECK(judged_block("6A0302", 0xBC).what ==
          "EMV book 2 clause 5.4 step 6: the hash algorithm is not known");
    const auto last = judged_block("6A0301", 0xBC);
    CHECK(last.what == "EMV book 2 clause 5.4 step 7: the hash differs");
    CHECK(last.clause == "5.4");
    CHECK(last.step == 7);
    card = Card();
    card.signed_static = Bytes(128, 0xFF);
    CHECK(judged(card) == "EMV book 2 clause 5.4 step 2: the number is not smaller than the RSA modulus");
}

TEST_CASE("Certificates: an issuer's fits the PAN and the day, for SDA and DDA") {
    const std::array<std::uint8_t, 3> serial{};
    for (const auto identifier : {"621", "62109", "62109480"})
        CHECK(issuer_judged({identifier, 2026y / 11, serial}, pan) == "");
    CHECK(issuer_judged({"622", 2030y / 12, serial}, pan) ==
          "EMV book 2 clause 5.3 step 8: the issuer identifier is not what the PAN begins with");
    CHECK(issuer_judged({"62109480", 2030y / 12, serial}, "621") ==
          "EMV book 2 clause 5.3 step 8: the issuer identifier is not what the PAN begins with");
    CHECK(issuer_judged({"621", 2026y / 10, serial}, pan, OfflineAuthentication::dynamic_data) ==
          "EMV book 2 clause 6.3 step 9: the certificate has expired");
}

TEST_CASE("Certificates: an ICC's says what its fields may hold") {
    CHECK(icc_judged("6A04 6210948000000011FFFF 1129 A1B2C3 01 01 60 01") == "");
    CHECK(icc_judged("6A04 6210948000000012FFFF 1129 A1B2C3 01 01 60 01") ==
          "EMV book 2 clause 6.4 step 8: the PAN differs");
    CHECK(icc_judged("6A04 6210948000000011FF00 1129 A1B2C3 01 01 60 01") ==
          "EMV book 2 clause 6.4 step 8: the PAN differs");
    CHECK(icc_judged("6A04 6210948000000011AFFF 1129 A1B2C3 01 01 60 01") ==
          "EMV book 2 clause 6.4 step 8: the PAN differs");
    CHECK(icc_judged("6A04 6210948000000011FFFF 1329 A1B2C3 01 01 60 01") ==
          "EMV book 2 clause 6.4 step 9: the expiry date is no month");
    CHECK(icc_judged("6A04 6210948000000011FFFF 1A29 A1B2C3 01 01 60 01") ==
          "EMV book 2 clause 6.4 step 9: the expiry date is no month");
    CHECK(icc_judged("6A04 6210948000000011FFFF 1026 A1B2C3 01 01 60 01") ==
          "EMV book 2 clause 6.4 step 9: the certificate has expired");
    CHECK(icc_judged("6A04 6210948000000011FFFF 1129 A1B2C3 02 01 60 01") ==
          "EMV book 2 clause 6.4 step 6: the hash algorithm is not known");
    CHECK(icc_judged("6A04 6210948000000011FFFF 1129 A1B2C3 01 02 60 01") ==
          "EMV book 2 clause 6.4 step 10: the algorithm of the key is not known");
    CHECK(icc_judged("6A04 6210948000000011FFFF 1129 A1B2C3 01 01 56 01") ==
          "EMV book 2 clause 6.4 step 5: the key's remainder has 10 octets instead of 0");
    CHECK(icc_judged("6A04 6210948000000011FFFF 1129 A1B2C3 01 01 FF 01") ==
          "EMV book 2 clause 6.4 step 5: the key's remainder has 10 octets instead of 169");
    CHECK(icc_judged("6A04 6210948000000011FFFF 1129 A1B2C3 01 01 60 03") ==
          "EMV book 2 clause 6.4 step 5: the exponent has another length than the certificate says");
    CHECK(icc_judged("6A04 6210948000000011FFFF 1129 A1B2C3 01 01 60 01", "11") ==
          "EMV book 2 clause 6.4 step 11: an RSA exponent is 03 or 010001");
}

TEST_CASE("Signed dynamic data: lengths inside are checked before they are used") {
    CHECK(dynamic_judged("6A05 01 09 08 0102030405060708") == "0102030405060708");
    CHECK(dynamic_judged("6A05 01 03 02 0102") == "0102");
    for (const auto head : {"6A05 01 00", "6A05 01 48", "6A05 01 FF"})
        CHECK(dynamic_judged(head) ==
              "EMV book 2 clause 6.5.2 step 5: the length of the ICC dynamic data does not fit");
    for (const auto head :
         {"6A05 01 02 01 01", "6A05 01 0A 09 010203040506070809", "6A05 01 08 08 01020304050607"})
        CHECK(dynamic_judged(head) ==
              "EMV book 2 clause 6.5.2 step 7: the ICC dynamic number has not 2 to 8 octets");
    CHECK(dynamic_judged("6A05 02 09 08 0102030405060708") ==
          "EMV book 2 clause 6.5.2 step 6: the hash algorithm is not known");

    const std::string empty_hash = "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709";
    CHECK(combined_judged("6A05 01 26 08 0102030405060708 80 29CCA15AE665FA2E" + empty_hash) == "");
    CHECK(combined_judged("6A05 01 26 08 0102030405060708 40 29CCA15AE665FA2E" + empty_hash) ==
          "EMV book 2 clause 6.6.2 step 6: the cryptogram information data differs from the answer's");
    CHECK(combined_judged("6A05 01 26 08 0102030405060708 80 29CCA15AE665FA2E FF" + empty_hash.substr(2)) ==
          "EMV book 2 clause 6.6.2 step 12: the hash of the transaction data differs");
    CHECK(combined_judged("6A05 02 26 08 0102030405060708 80 29CCA15AE665FA2E" + empty_hash) ==
          "EMV book 2 clause 6.6.2 step 8: the hash algorithm is not known");
    for (const auto head : {"6A05 01 25 08", "6A05 01 26 09", "6A05 01 26 01", "6A05 01 01 FF"})
        CHECK(combined_judged(head) ==
              "EMV book 2 clause 6.6.2 step 5: the ICC dynamic data has not the parts of clause 6.6.1");
}

TEST_CASE("Static data to be authenticated: both sides gather the same") {
    const std::vector<AuthenticatedRecord> records{
        {1, hex("70 06 5F3401 01 8F00")}, {10, hex("70 81 03 9F4A00")}, {11, hex("70 02 8F00")}};
    const std::string gathered =
        "5F3401018F00"
        "9F4A00"
        "70028F00";
    CHECK(to_hex(static_data_to_be_authenticated(records, {}, hex("7C00")).value()) == gathered);
    CHECK(to_hex(static_data_to_be_authenticated(records, hex("82"), hex("7C00")).value()) ==
          gathered + "7C00");
    CHECK(to_hex(static_data_of(records, false, {0x7C, 0x00})) == gathered);
    CHECK(to_hex(static_data_of(records, true, {0x7C, 0x00})) == gathered + "7C00");
}

TEST_CASE("Static data to be authenticated: what is no record, or names more than the AIP, is refused") {
    const auto refused = [](std::uint8_t sfi, std::string_view record, std::string_view tags = "",
                            std::string_view aip = "7C00") {
        const std::vector<AuthenticatedRecord> records{{sfi, hex(record)}};
        return static_data_to_be_authenticated(records, hex(tags), hex(aip)).error().what;
    };
    for (const auto record : {"", "70", "7003", "77025F34", "70007000", "8F00"})
        CHECK(refused(1, record) ==
              "EMV book 3 clause 10.3: a record to be authenticated is not one template 70");
    for (const auto record : {"", "70", "7081", "708200", "8F00"}) {
        const std::vector<AuthenticatedRecord> records{{1, hex(record)}};
        CHECK_THROWS_WITH(static_data_of(records, false, {}), "a record is one template 70");
    }
    CHECK(refused(0, "7000") == "EMV book 3 clause 10.3: a short file identifier is 1 to 30");
    CHECK(refused(31, "7000") == "EMV book 3 clause 10.3: a short file identifier is 1 to 30");
    CHECK(refused(1, "7000", "8284") ==
          "EMV book 3 clause 10.3: the static data authentication tag list names more than the AIP");
    CHECK(refused(1, "7000", "82", "7C") == "EMV book 3 clause 10.3: the AIP has not 2 octets");
}

TEST_CASE("Certificates: the issuer's side refuses what fits no field") {
    const auto issuer = answers::issuer_key(), icc = answers::icc_key();
    const auto certify = [&](const IccCertificate& certificate) {
        return certify_icc_key(issuer, icc.public_key(), certificate, {});
    };
    CHECK_THROWS_WITH(certify({"", 2029y / 11, {}}), "a PAN has 1 to 19 digits");
    CHECK_THROWS_WITH(certify({"62109480A", 2029y / 11, {}}), "a PAN has 1 to 19 digits");
    CHECK_THROWS_WITH(certify({"12345678901234567890", 2029y / 11, {}}), "a PAN has 1 to 19 digits");
    CHECK_THROWS_WITH(certify({"1", 2029y / 13, {}}), "a certificate expires in a month of the calendar");
    CHECK_THROWS_WITH(certify_issuer_key(issuer, icc.public_key(), {"62", 2029y / 11, {}}),
                      "an issuer identifier has 3 to 8 digits");
    CHECK_THROWS_WITH(sign_dynamic_data(icc, hex("01"), {}),
                      "an ICC dynamic number has 2 to 8 octets, this one 1");
}
