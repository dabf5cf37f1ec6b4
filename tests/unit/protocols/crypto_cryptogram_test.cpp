#include "drivers/protocols/crypto/crypto.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::crypto;

namespace {

// 9F02, 9F03, 9F1A, 95, 5F2A, 9A, 9C, 9F37, 82, 9F36 of the known answers for cryptogram versions 10 and 18.
constexpr std::string_view transaction =
    "000000004000 000000000000 0124 8000048000 0124 191105 01 52BF4585 1800 001C";

Bytes with_card_data(std::string_view card_data) {
    return hex(std::string(transaction).append(card_data));
}

Block16 master_key() {
    return card_master_key(hex("0123456789ABCDEFFEDCBA9876543210"), "1234567890123456", "00").value();
}

}  // namespace

TEST_CASE("option A card master keys: known answers, odd parity") {
    CHECK(
        to_hex(card_master_key(hex("9E15204313F7318ACB79B90BD986AD29"), "5413330089020011", "03").value()) ==
        "4519028F544CAD6DCEE9A7C7C17562FD");
    CHECK(to_hex(master_key()) == "154F349D8585CB7F6B0798E9839B10C1");
    for (const std::uint8_t octet : master_key()) CHECK(__builtin_popcount(octet) % 2 == 1);
}

TEST_CASE("option A uses the last sixteen digits of PAN and sequence number, zeros at the left") {
    const Bytes imk = hex("9E15204313F7318ACB79B90BD986AD29");
    const auto key = [&](std::string_view pan, std::string_view psn) {
        return card_master_key(imk, pan, psn).value();
    };
    CHECK(key("5413330089020011", "03") == key("13330089020011", "03"));
    CHECK(key("9995413330089020011", "03") == key("5413330089020011", "03"));
    CHECK(key("123", "00") == key("000123", "00"));
    CHECK(key("5413330089020011", "") == key("5413330089020011", "00"));
    CHECK(key("5413330089020011", "03") != key("5413330089020011", "04"));
}

TEST_CASE("option A refuses what is no PAN, sequence number or key") {
    const Bytes imk = hex("9E15204313F7318ACB79B90BD986AD29");
    for (const auto pan : {"", "12345678901234567890", "541333008902001F"})
        CHECK(card_master_key(imk, pan, "00").error().what == "a PAN has 1 to 19 digits");
    for (const auto psn : {"1", "001", "0x"})
        CHECK(card_master_key(imk, "5413330089020011", psn).error().what ==
              "a PAN sequence number has 2 digits");
    CHECK_THROWS_WITH(card_master_key(hex("9E15204313F7318A"), "5413330089020011", "00"),
                      "a double-length key has 16 octets, this one 8");
}

TEST_CASE("common session keys: known answers") {
    CHECK(to_hex(common_session_key(hex("CB45F993BDDA763EF030AF6CE1762735"), 0x0001)) ==
          "E011BB83D8A60BEE3CDE768F68560BD9");
    Block16 key = common_session_key(master_key(), 0x001C);
    CHECK(to_hex(key) == "426B942BD737E18465B532B1EC96CA27");
    adjust_parity(key);  // this answer is published with parity
    CHECK(to_hex(key) == "436B942AD637E08564B532B0EC97CB26");
}

TEST_CASE("option B card master keys: known answers by their check values") {
    // knovichikhin/pyemv, tests/test_kd_hsm.py.
    const Bytes imk = hex("0123456789ABCDEFFEDCBA9876543210");
    const auto check = [&](std::string_view pan, std::string_view psn) {
        return to_hex(key_check_value(card_master_key_option_b(imk, pan, psn).value())).substr(0, 4);
    };
    CHECK(check("1234567890123456", "") == "BAB0");
    CHECK(check("12345678901234567", "45") == "0BAF");
    CHECK(check("12345678901234567", "") == "4626");
    CHECK(check("123456789012345679", "00") == "C2F3");
    CHECK(check("000000000000000005", "23") == "DD73");  // fewer than 16 decimal digits in the hash
    CHECK(to_hex(card_master_key_option_b(imk, "99012345678901234", "45").value()) ==
          "985EC4FD3EDF6162E31AF1C7D0543416");
    for (const std::uint8_t octet : card_master_key_option_b(imk, "99012345678901234", "45").value())
        CHECK(__builtin_popcount(octet) % 2 == 1);
    CHECK(card_master_key_option_b(imk, "1234567890123456A", "45").error().what ==
          "a PAN has 1 to 19 digits");
    CHECK(card_master_key_option_b(imk, "12345678901234567890", "45").error().what ==
          "a PAN has 1 to 19 digits");
    CHECK(card_master_key_option_b(imk, "12345678901234567", "4").error().what ==
          "a PAN sequence number has 2 digits");
    CHECK_THROWS_WITH(card_master_key_option_b(hex("00"), "12345678901234567", "45"),
                      "a double-length key has 16 octets, this one 1");
}

TEST_CASE("session keys by any diversification value, Mastercard's and Visa's: known answers") {
    // knovichikhin/pyemv, tests/test_kd_hsm.py and test_cvn_hsm.py.
    const auto check = [](const Block16& key) { return to_hex(key_check_value(key)).substr(0, 4); };
    const Bytes imk = hex("0123456789ABCDEFFEDCBA9876543210");
    const Block16 master = card_master_key(imk, "12345678901234567", "45").value();
    CHECK(check(common_session_key(master, Block8{0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56})) ==
          "DF82");
    CHECK(check(mastercard_session_key(master_key(), 0x001C, {0xAB, 0xCD, 0xEF, 0x12})) == "2FD5");
    CHECK(mastercard_session_key(master_key(), 0x001C, {}) == common_session_key(master_key(), 0x001C));
    const Block16 integrity =
        card_master_key(hex("FEDCBA98765432100123456789ABCDEF"), "1234567890123456", "").value();
    CHECK(check(integrity) == "F010");
    CHECK(check(visa_messaging_session_key(integrity, 0x001C)) == "DB10");
    CHECK_THROWS_WITH(visa_messaging_session_key(hex("0123456789ABCDEF"), 1),
                      "a double-length key has 16 octets, this one 8");
}

TEST_CASE("cryptogram version 10 with ARPC method 1: known answers") {
    const Block16 key = master_key();
    const Block8 arqc = application_cryptogram(key, with_card_data("03A06010"), Padding::zero);
    CHECK(to_hex(arqc) == "29CCA15AE665FA2E");
    CHECK(to_hex(arpc_method1(key, arqc, "00")) == "28993816AFAE4AEB");
    CHECK(arpc_method1(key, arqc, "05") != arpc_method1(key, arqc, "00"));
}

TEST_CASE("cryptogram version 18 with ARPC method 2: known answers") {
    const Block16 key = common_session_key(master_key(), 0x001C);
    const Block8 arqc = application_cryptogram(key, with_card_data("06011203A0B800"), Padding::method2);
    CHECK(to_hex(arqc) == "7A788EA6B8A3E733");
    CHECK(to_hex(arpc_method2(key, arqc, hex("00000000"), {})) == "9AF514C1");
    CHECK(arpc_method2(key, arqc, hex("00000000"), hex("01")) !=
          arpc_method2(key, arqc, hex("00000000"), {}));
}

TEST_CASE("ARPC refuses codes and status updates of another length") {
    const Block16 key = master_key();
    CHECK_THROWS_WITH(arpc_method1(key, {}, "0"),
                      "an authorisation response code has 2 characters, this one 1");
    CHECK_THROWS_WITH(arpc_method2(key, {}, hex("0000"), {}),
                      "a card status update has 4 octets, this one 2");
    CHECK_THROWS_WITH(arpc_method2(key, {}, hex("00000000"), Bytes(9)),
                      "proprietary authentication data has at most 8 octets, here 9");
}
