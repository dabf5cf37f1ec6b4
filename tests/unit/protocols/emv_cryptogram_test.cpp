#include <algorithm>

#include <fmt/format.h>

#include "drivers/protocols/crypto/sm.hpp"
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

/// What the host makes of it: the version by 9F10, the rest by the version.
Result<CryptogramInput> input_of(const TlvMap& data, Scheme scheme = Scheme::unknown) {
    const auto version = issuer_data_version(data.get(0x9F10), scheme);
    if (!version) return version.error();
    return cryptogram_input(data, *version);
}

}  // namespace

TEST_CASE("Cryptogram version 10: ARQC and ARPC of the known answer") {
    const auto master =
        crypto::card_master_key(hex("0123456789ABCDEFFEDCBA9876543210"), "1234567890123456", "00");
    REQUIRE(master.has_value());
    const auto input = input_of(example("06010A03A06010")).value();
    const auto arqc = make_cryptogram(CryptogramVersion::visa_10, *master, input);
    CHECK(to_hex(arqc) == "29CCA15AE665FA2E");
    IssuerDecision decision;
    decision.code = "00";
    const Bytes tag_91 =
        issuer_authentication_data(CryptogramVersion::visa_10, *master, input.atc, arqc, decision);
    CHECK(to_hex(tag_91) == "28993816AFAE4AEB3030");
    CHECK(verify_issuer_authentication_data(CryptogramVersion::visa_10, *master, input.atc, arqc, tag_91)
              .value()
              .code == "00");
}

TEST_CASE("Cryptogram version 18: session key, whole 9F10, ARPC method 2 of the known answer") {
    const auto master = key16("154F349D8585CB7F6B0798E9839B10C1");
    const auto input = input_of(example("06011203A0B800")).value();
    const auto arqc = make_cryptogram(CryptogramVersion::visa_18, master, input);
    CHECK(to_hex(arqc) == "7A788EA6B8A3E733");
    IssuerDecision decision;
    CHECK(to_hex(issuer_authentication_data(CryptogramVersion::visa_18, master, input.atc, arqc, decision)) ==
          "9AF514C100000000");
    decision.csu[1] = csu::issuer_approves;
    decision.proprietary = hex("0102");
    const Bytes tag_91 =
        issuer_authentication_data(CryptogramVersion::visa_18, master, input.atc, arqc, decision);
    CHECK(to_hex(tag_91).substr(8) == "008000000102");
    const auto back =
        verify_issuer_authentication_data(CryptogramVersion::visa_18, master, input.atc, arqc, tag_91)
            .value();
    CHECK(to_hex(back.csu) == "00800000");
    CHECK(to_hex(back.proprietary) == "0102");
    // Issuer discretionary data is under the cryptogram too.
    const auto longer = input_of(example("06011203A0B80001")).value();
    CHECK(make_cryptogram(CryptogramVersion::visa_18, master, longer) != arqc);
}

TEST_CASE("Cryptogram version 17: four data objects under the card master key") {
    const auto master = key16("154F349D8585CB7F6B0798E9839B10C1");
    TlvMap data;
    data.set(0x9F02, hex("000000004000"));
    data.set(0x9F37, hex("52BF4585"));
    data.set(0x9F36, hex("001C"));
    data.set(0x9F10, hex("06011103A0B800"));
    const auto input = input_of(data).value();
    CHECK(to_hex(input.octets(CryptogramVersion::visa_17)) == "00000000400052BF4585001CA0");
    CHECK(make_cryptogram(CryptogramVersion::visa_17, master, input) ==
          crypto::mac_algorithm3(master, hex("00000000400052BF4585001CA0 000000"), crypto::Padding::zero));
    data.erase(0x9F37);
    CHECK(input_of(data).error().what == "tag 9F37 is missing");
}

TEST_CASE("Issuer authentication data: another length or any flipped bit is refused, for both methods") {
    const auto master = key16("154F349D8585CB7F6B0798E9839B10C1");
    const crypto::Block8 arqc{1, 2, 3, 4, 5, 6, 7, 8};
    IssuerDecision decision;
    decision.code = "05";
    decision.proprietary = hex("A1A2A3A4A5A6A7A8");
    for (const auto version :
         {CryptogramVersion::unionpay_01, CryptogramVersion::unionpay_01_sm4, CryptogramVersion::visa_10,
          CryptogramVersion::visa_17, CryptogramVersion::visa_18, CryptogramVersion::mchip_10,
          CryptogramVersion::mchip_11, CryptogramVersion::mchip_14, CryptogramVersion::mchip_15}) {
        Bytes tag_91 = issuer_authentication_data(version, master, 7, arqc, decision);
        const auto verdict = [&] {
            return verify_issuer_authentication_data(version, master, 7, arqc, tag_91);
        };
        REQUIRE(verdict().has_value());
        for (std::size_t bit = 0; bit < 8 * tag_91.size(); ++bit) {
            tag_91[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
            if (verdict().has_value()) FAIL_CHECK("bit " << bit);
            tag_91[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        }
        const bool method2 = version == CryptogramVersion::visa_18;
        tag_91.resize(method2 ? 17 : 11);
        CHECK(verdict().error().what ==
              (method2 ? "tag 91 has 17 octets instead of 8 to 16" : "tag 91 has 11 octets instead of 10"));
        tag_91.clear();
        CHECK(verdict().has_error());
    }
    CHECK_THROWS_WITH(cryptogram_key(static_cast<CryptogramVersion>(0x55), master, 1, {}),
                      "cryptogram version 55 is not known");
}

TEST_CASE(
    "UnionPay cryptogram version 01: session key, '80' padding, algorithm 3 (PBOC 2.0 part 5 annex D)") {
    const auto master = key16("154F349D8585CB7F6B0798E9839B10C1");
    const auto session = pboc_session_key(master, 0x001C);
    // Both halves decrypt to the counter and to its complement.
    const crypto::DesCipher cipher(master);
    CHECK(to_hex(cipher.decrypt(ByteView(session))) == "000000000000001C000000000000FFE3");

    const auto input = input_of(example("07010103A0000001")).value();
    CHECK(to_hex(input.octets(CryptogramVersion::unionpay_01)) ==
          "000000004000000000000000012480000480000124191105"
          "0152BF45851800001C03A00000");
    Bytes padded = input.octets(CryptogramVersion::unionpay_01);
    padded.push_back(0x80);
    while (padded.size() % 8 != 0) padded.push_back(0x00);
    CHECK(make_cryptogram(CryptogramVersion::unionpay_01, master, input) ==
          crypto::mac_algorithm3(session, padded, crypto::Padding::zero));
}

TEST_CASE("UnionPay cryptogram version 01 with SM4: keys, MAC and ARPC (PBOC 3.0 part 17)") {
    const auto version = CryptogramVersion::unionpay_01_sm4;
    const Bytes issuer_key = hex("0123456789ABCDEFFEDCBA9876543210");
    // One block: the value of option A and its complement.
    const auto master = card_master_key(version, issuer_key, "1234567890123456", "00").value();
    CHECK(to_hex(crypto::Sm4Cipher(issuer_key).decrypt(ByteView(master))) ==
          "3456789012345600"
          "CBA9876FEDCBA9FF");
    CHECK(card_master_key(version, issuer_key, "12345678901234X6", "00").has_error());
    CHECK(card_master_key(CryptogramVersion::unionpay_01, issuer_key, "1234567890123456", "00").value() ==
          crypto::card_master_key(issuer_key, "1234567890123456", "00").value());
    const auto session = pboc_sm4_session_key(master, 0x001C);
    CHECK(to_hex(crypto::Sm4Cipher(master).decrypt(ByteView(session))) == "000000000000001C000000000000FFE3");

    const auto input = input_of(example("07010103A0000004")).value();
    Bytes padded = input.octets(version);
    padded.push_back(0x80);
    while (padded.size() % 16 != 0) padded.push_back(0x00);
    Bytes chained(16, 0);
    for (std::size_t at = 0; at < padded.size(); at += 16) {
        for (std::size_t i = 0; i < 16; ++i) chained[i] ^= padded[at + i];
        chained = crypto::Sm4Cipher(session).encrypt(chained);
    }
    const auto arqc = make_cryptogram(version, master, input);
    CHECK(to_hex(arqc) == to_hex(ByteView(chained).first(8)));

    const Bytes approval = issuer_authentication_data(version, master, 0x001C, arqc, {"00", {}, {}});
    Bytes block(arqc.begin(), arqc.end());
    block[0] ^= 0x30;
    block[1] ^= 0x30;
    block.resize(16);
    const Bytes arpc = crypto::Sm4Cipher(session).encrypt(block);
    CHECK(to_hex(approval) == to_hex(ByteView(arpc).first(8)) + "3030");
}

TEST_CASE("Issuer application data: every version is read again") {
    IssuerApplicationData data;
    data.results.first = CardResults::First::arqc;
    data.results.second = CardResults::Second::not_requested;
    CHECK(to_hex(data.octets()) == "07010103A0000001");
    data.version = CryptogramVersion::visa_10;
    CHECK(to_hex(data.octets()) == "06010A03A00000");
    for (const auto version :
         {CryptogramVersion::visa_10, CryptogramVersion::visa_17, CryptogramVersion::visa_18,
          CryptogramVersion::unionpay_01, CryptogramVersion::unionpay_01_sm4}) {
        data.version = version;
        CHECK(issuer_data_version(data.octets(), Scheme::unknown).value() == version);
    }
    // Issuer discretionary data may follow, as on issued UnionPay cards.
    CHECK(issuer_data_version(hex("07010103A00000010A010000050000BE1F0000"), Scheme::unionpay).has_value());
}

TEST_CASE("Issuer application data: an error names the octet") {
    const auto error = [](std::string_view octets) {
        return issuer_data_version(hex(octets), Scheme::unknown).error().what;
    };
    CHECK(error("0701") == "tag 9F10 has 2 octets, at least 7 are needed");
    CHECK(error("0901 0103A0000001") == "tag 9F10: octet 1 gives a length of 9 in 8 octets");
    CHECK(error("0701 0104A0000001") == "tag 9F10: octet 4 gives a CVR length of 4 instead of 3");
    CHECK(error("0601 0103A00000") == "tag 9F10: the algorithm, octet 8, is missing");
    CHECK(error("0701 0103A0000002") == "tag 9F10: octet 8, algorithm 02 is not known");
    CHECK(error("0701 5503A0000001") == "tag 9F10: octet 3, cryptogram version 55 is not known");
}

TEST_CASE("Cryptogram input: a missing or misshapen tag is named") {
    auto data = example("06010A03A06010");
    data.erase(0x9F37);
    CHECK(input_of(data).error().what == "tag 9F37 is missing");
    data = example("06010A03A06010");
    data.set(0x95, hex("80"));
    CHECK(input_of(data).error().what == "tag 95 has 1 octet instead of 5");
}

namespace {

/// pyemv's test vectors for M/Chip (tests/test_cvn_hsm.py; there the versions are decimal): issuer key, PAN
/// and data are the same in all of them.
struct MchipAnswer {
    CryptogramVersion version;
    std::string_view issuer_data, arqc, arpc;
};
constexpr MchipAnswer mchip_answers[]{
    {CryptogramVersion::mchip_10, "0110A00003220000000000000000000000FF", "24CCF3DEE3158C70",
     "73F6BBF389A6586C"},
    {CryptogramVersion::mchip_11, "0111A00003220000000000000000000322FF", "EAE8A620A75648D8",
     "29CF11FBDB9CA650"},
    {CryptogramVersion::mchip_14, "0114A00003220000000000000000000000FF", "CD29615D6452E70E",
     "DFD0956606B68D64"},
    {CryptogramVersion::mchip_15, "0115A00003220000000000000000000322FF", "C30E54BE496CF5E5",
     "4F51F9CC63CE8B3C"},
};

TlvMap mchip_example(std::string_view issuer_data) {
    TlvMap data = example(issuer_data);
    data.set(0x9F02, hex("000000009999"));
    data.set(0x95, hex("8000000000"));
    data.set(0x9A, hex("209906"));
    data.set(0x9C, hex("00"));
    data.set(0x9F37, hex("ABCDEF12"));
    return data;
}

}  // namespace

TEST_CASE("M/Chip cryptogram versions 10, 11, 14 and 15: ARQC and ARPC of the known answers") {
    const auto master = key16("154F349D8585CB7F6B0798E9839B10C1");
    for (const MchipAnswer& answer : mchip_answers) {
        INFO(answer.issuer_data);
        const auto data = mchip_example(answer.issuer_data);
        REQUIRE(issuer_data_version(data.get(0x9F10), Scheme::mastercard).value() == answer.version);
        const auto input = input_of(data, Scheme::mastercard).value();
        const auto arqc = make_cryptogram(answer.version, master, input);
        CHECK(to_hex(arqc) == answer.arqc);
        IssuerDecision decision;
        decision.code = "00";  // M/Chip has a code of its own
        decision.csu[1] = csu::issuer_approves;
        const Bytes tag_91 = issuer_authentication_data(answer.version, master, input.atc, arqc, decision);
        CHECK(to_hex(tag_91) == std::string(answer.arpc) + "0010");
        const auto back =
            verify_issuer_authentication_data(answer.version, master, input.atc, arqc, tag_91).value();
        CHECK(back.csu == decision.csu);
        CHECK(back.code.empty());
    }
}

TEST_CASE("M/Chip: the counters are under the cryptogram where the version says so, the code never") {
    const auto master = key16("154F349D8585CB7F6B0798E9839B10C1");
    const auto made = [&](const TlvMap& data) {
        const auto version = issuer_data_version(data.get(0x9F10), Scheme::mastercard).value();
        return make_cryptogram(version, master, cryptogram_input(data, version).value());
    };
    for (const MchipAnswer& answer : mchip_answers) {
        const auto data = mchip_example(answer.issuer_data);
        const auto with_octet = [&](std::size_t at) {
            Bytes changed = *data.find(0x9F10);
            changed[at] ^= 0x01;
            TlvMap other = data;
            other.set(0x9F10, changed);
            return other;
        };
        const bool counters =
            answer.version == CryptogramVersion::mchip_11 || answer.version == CryptogramVersion::mchip_15;
        CHECK((made(with_octet(17)) != made(data)) == counters);
        CHECK((made(with_octet(10)) != made(data)) == counters);
        CHECK(made(with_octet(8)) == made(data));
        for (std::size_t at = 2; at < 8; ++at) CHECK(made(with_octet(at)) != made(data));
        // Only Mastercard's own session key is made of the unpredictable number.
        const auto key = [&](std::uint8_t octet) {
            return cryptogram_key(answer.version, master, 0x001C, {0, 0, 0, octet});
        };
        const bool own_key =
            answer.version == CryptogramVersion::mchip_10 || answer.version == CryptogramVersion::mchip_11;
        CHECK((key(1) != key(2)) == own_key);
    }
}

TEST_CASE("M/Chip's ARPC response code: every bit of it that a card status update has too") {
    const auto master = key16("154F349D8585CB7F6B0798E9839B10C1");
    const crypto::Block8 arqc{1, 2, 3, 4, 5, 6, 7, 8};
    const auto version = CryptogramVersion::mchip_14;
    const auto code_of = [&](std::array<std::uint8_t, 4> csu) {
        const Bytes data = issuer_authentication_data(version, master, 1, arqc, {"00", csu, {}});
        const auto back = verify_issuer_authentication_data(version, master, 1, arqc, data).value();
        return to_hex(ByteView(data).subspan(8)) + " " + to_hex(back.csu);
    };
    CHECK(code_of({0x00, 0x80, 0, 0}) == "0010 00800000");
    CHECK(code_of({0x02, 0x10, 0, 0}) == "0208 02100000");
    CHECK(code_of({0x00, 0x08, 0, 0}) == "0004 00080000");
    for (unsigned counters = 0; counters < 4; ++counters)
        CHECK(code_of({0, static_cast<std::uint8_t>(0x80 | counters), 0, 0}) ==
              fmt::format("001{0} 008{0}0000", counters));
    // The block of card or application needs a script.
    CHECK(code_of({0xFF, 0x60, 0xFF, 0xFF}) == "0F00 0F000000");

    // A code with reserved bits, as issuers send it, is under the ARPC like any other: 9900 declines.
    Bytes odd;
    append(odd, crypto::arpc_method1(cryptogram_key(version, master, 1, {}), arqc, std::string("\x99\0", 2)));
    append(odd, hex("9900"));
    CHECK(to_hex(verify_issuer_authentication_data(version, master, 1, arqc, odd).value().csu) == "09000000");
}

TEST_CASE("M/Chip's issuer application data: lengths and versions, told apart by the scheme alone") {
    const auto error = [](std::string_view octets, Scheme scheme) {
        const auto version = issuer_data_version(hex(octets), scheme);
        return version ? fmt::format("version {:04X}", static_cast<unsigned>(*version))
                       : version.error().what;
    };
    CHECK(error("0110A000032200000000", Scheme::mastercard) == "version 0110");
    CHECK(error("0110A00003220000000000", Scheme::mastercard) ==
          "tag 9F10 has 11 octets, M/Chip's has 10, 18, 20, 26 or 28");
    CHECK(error("", Scheme::mastercard) == "tag 9F10 has 0 octets, M/Chip's has 10, 18, 20, 26 or 28");
    CHECK(error("0112A000032200000000", Scheme::mastercard) ==
          "tag 9F10: octet 2, M/Chip cryptogram version 12 is not known");
    CHECK(error("06010A03A06010", Scheme::mastercard) ==
          "tag 9F10: octet 2, M/Chip cryptogram version 01 is not known");
    // These octets are good in both layouts: version 0A with issuer discretionary data, and M/Chip's 10.
    CHECK(error("07100A03A06010000000", Scheme::visa) == "version 000A");
    CHECK(error("07100A03A06010000000", Scheme::mastercard) == "version 0110");
    CHECK(error("0114A00003220000000000000000000000FF", Scheme::visa) ==
          "tag 9F10: octet 1 gives a length of 1 in 18 octets");
}
