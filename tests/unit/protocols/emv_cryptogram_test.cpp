#include <algorithm>

#include "drivers/protocols/emv/cryptogram.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::emv;

namespace {

crypto::Block16 key16(std::string_view text) {
    crypto::Block16 key{};
    std::ranges::copy(hex(text), key.begin());
    return key;
}

/// The data of the published example for cryptogram version 10 (fixtures of the known answer).
TlvMap example(std::string_view issuer_application_data) {
    TlvMap data;
    data.set(0x9F02, hex("000000004000"));
    data.set(0x9F03, hex("000000000000"));
    data.set(0x9F1A, hex("0124"));
    data.set(0x95, hex("8000048000"));
    data.set(0x5F2A, hex("0124"));
    data.set(0x9A, hex("191105"));
    data.set(0x9C, hex("01"));
    data.set(0x9F37, hex("52BF4585"));
    data.set(0x82, hex("1800"));
    data.set(0x9F36, hex("001C"));
    data.set(0x9F10, hex(issuer_application_data));
    return data;
}

}  // namespace

TEST_CASE("Cryptogram version 10: ARQC and ARPC of the known answer") {
    const auto master =
        crypto::card_master_key(hex("0123456789ABCDEFFEDCBA9876543210"), "1234567890123456", "00");
    REQUIRE(master.has_value());
    const auto input = cryptogram_input(example("06010A03A06010")).value();
    const auto arqc = make_cryptogram(CryptogramVersion::visa_10, *master, input);
    CHECK(to_hex(arqc) == "29CCA15AE665FA2E");
    CHECK(to_hex(make_arpc(CryptogramVersion::visa_10, *master, input.atc, arqc, "00")) ==
          "28993816AFAE4AEB");
}

TEST_CASE(
    "UnionPay cryptogram version 01: session key, '80' padding, algorithm 3 (PBOC 2.0 part 5 annex D)") {
    const auto master = key16("154F349D8585CB7F6B0798E9839B10C1");
    const auto session = pboc_session_key(master, 0x001C);
    // Both halves decrypt to the counter and to its complement.
    const crypto::DesCipher cipher(master);
    CHECK(to_hex(cipher.decrypt(ByteView(session))) == "000000000000001C000000000000FFE3");

    const auto input = cryptogram_input(example("07010103A0000001")).value();
    CHECK(to_hex(input.octets()) ==
          "000000004000000000000000012480000480000124191105"
          "0152BF45851800001C03A00000");
    Bytes padded = input.octets();
    padded.push_back(0x80);
    while (padded.size() % 8 != 0) padded.push_back(0x00);
    CHECK(make_cryptogram(CryptogramVersion::unionpay_01, master, input) ==
          crypto::mac_algorithm3(session, padded, crypto::Padding::zero));
}

TEST_CASE("Issuer application data: both layouts round trip") {
    IssuerApplicationData data;
    data.cvr = {0x03, 0xA0, 0x00, 0x00};
    CHECK(to_hex(data.octets()) == "07010103A0000001");
    data.version = CryptogramVersion::visa_10;
    CHECK(to_hex(data.octets()) == "06010A03A00000");
    for (const auto version : {CryptogramVersion::visa_10, CryptogramVersion::unionpay_01}) {
        data.version = version;
        const auto back = parse_issuer_application_data(data.octets()).value();
        CHECK(back.version == version);
        CHECK(back.cvr == data.cvr);
        CHECK(back.key_index == 1);
    }
    // Issuer discretionary data may follow, as on issued UnionPay cards.
    CHECK(parse_issuer_application_data(hex("07010103A00000010A010000050000BE1F0000")).has_value());
}

TEST_CASE("Issuer application data: an error names the octet") {
    const auto error = [](std::string_view octets) {
        return parse_issuer_application_data(hex(octets)).error().what;
    };
    CHECK(error("0701") == "tag 9F10 has 2 octets, at least 7 are needed");
    CHECK(error("0901 0103A0000001") == "tag 9F10: octet 1 gives a length of 9 in 8 octets");
    CHECK(error("0701 0104A0000001") == "tag 9F10: octet 4 gives a CVR length of 4 instead of 3");
    CHECK(error("0601 0103A00000") == "tag 9F10: the algorithm, octet 8, is missing");
    CHECK(error("0701 0103A0000004") == "tag 9F10: octet 8, algorithm 04 is not known");
    CHECK(error("0701 5503A0000001") == "tag 9F10: octet 3, cryptogram version 55 is not known");
}

TEST_CASE("Cryptogram input: a missing or misshapen tag is named") {
    auto data = example("06010A03A06010");
    data.erase(0x9F37);
    CHECK(cryptogram_input(data).error().what == "tag 9F37 is missing");
    data = example("06010A03A06010");
    data.set(0x95, hex("80"));
    CHECK(cryptogram_input(data).error().what == "tag 95 has 1 octets instead of 5");
}
