// Dialects as data: what they mean on the wire, and what is wrong with one.

#include "drivers/protocols/iso8583/mac.hpp"
#include "drivers/protocols/iso8583/message.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/dialect.hpp"

using namespace posbench;
using namespace posbench::iso8583;
using Catch::Matchers::ContainsSubstring;

namespace {

Dialect dialect_of(const std::string& text) {
    return read_dialect(config::load_text(text, "dialect"));
}

std::string error_of(const std::string& text) {
    try {
        dialect_of(text);
    } catch (const config::ConfigError& error) {
        return error.what();
    }
    return "accepted";
}

std::string field_error(const std::string& field) {
    return error_of("[field]\n2 = { name = 'x', " + field + " }");
}

/// Of a message in `dialect`, in hexadecimal and both ways.
std::string on_the_wire(const Dialect& dialect, const Message& message) {
    const Bytes octets = encode(dialect, message);
    CHECK(decode(dialect, octets).value() == message);
    return to_hex(octets);
}

std::string decode_error(const Dialect& dialect, ByteView octets) {
    const auto message = decode(dialect, octets);
    return message ? "accepted" : message.error().what;
}

Message echo() {
    Message message("0800");
    message.set(7, "0615223000");
    message.set(11, "000042");
    message.set(32, "48021000");
    message.set(70, "301");
    return message;
}

}  // namespace

TEST_CASE("an echo in characters, packed, and in EBCDIC") {
    CHECK(as_text(encode(tests::load_dialect("iso1987-ascii"), echo())) ==
          "0800"
          "8220000100000000"
          "0400000000000000"
          "0615223000"
          "000042"
          "0848021000"
          "301");
    CHECK(on_the_wire(tests::load_dialect("iso1987-bcd"), echo()) ==
          "0800"
          "8220000100000000"
          "0400000000000000"
          "0615223000"
          "000042"
          "0848021000"
          "0301");  // an odd number of digits is padded at the left
    CHECK(on_the_wire(tests::load_dialect("iso1987-ebcdic"), echo()) ==
          "F0F8F0F0"
          "8220000100000000"
          "0400000000000000"
          "F0F6F1F5F2F2F3F0F0F0"
          "F0F0F0F0F4F2"
          "F0F8F4F8F0F2F1F0F0F0"
          "F3F0F1");
}

TEST_CASE("amounts with a sign: one octet of text, then digits") {
    Message message("0220");
    message.set(28, "D00000150");
    CHECK(on_the_wire(tests::load_dialect("iso1987-bcd"), message) ==
          "0220000000100000000044"
          "00000150");
    CHECK(on_the_wire(tests::load_dialect("iso1987-ebcdic"), message) ==
          "F0F2F2F00000001000000000C4F0F0F0F0F0F1F5F0");
    CHECK(decode_error(tests::load_dialect("iso1987-bcd"), hex("0220000000100000000045"
                                                               "00000150")) ==
          "field 28: the sign is neither C nor D, at octet 10");
    CHECK(decode_error(tests::load_dialect("iso1987-bcd"), hex("0220000000100000000044"
                                                               "0000015A")) ==
          "field 28: nibble A is not a digit, at octet 14");
    message.set(28, "X00000150");
    CHECK_THROWS_WITH(encode(tests::load_dialect("iso1987-bcd"), message),
                      "field 28: the sign is neither C nor D");
}

TEST_CASE("the sign of packed digits is a character of the dialect's text") {
    const auto dialect = dialect_of(R"(
[encoding]
text = 'ebcdic'
[field]
28 = { name = 'x', format = 'x+n 9' }
)");
    Message message("0220");
    message.set(28, "C00000150");
    CHECK(on_the_wire(dialect, message) == "02200000001000000000C300000150");
}

TEST_CASE("a message longer than any that is read is not written") {
    const auto dialect = dialect_of(R"(
[encoding]
length = 'binary'
[field]
2 = { name = 'a', format = 'b ..9999 LLLL', secrecy = 'hidden' }
3 = { name = 'b', format = 'b ..9999 LLLL' }
4 = { name = 'b', format = 'b ..9999 LLLL' }
5 = { name = 'b', format = 'b ..9999 LLLL' }
6 = { name = 'b', format = 'b ..9999 LLLL' }
7 = { name = 'b', format = 'b ..9999 LLLL' }
8 = { name = 'b', format = 'b ..9999 LLLL' }
)");
    Message message("0200");
    for (int field = 2; field <= 8; ++field) message.set(field, std::string(9999, '\0'));
    CHECK_THROWS_WITH(encode(dialect, message), "message: 70017 octets, more than 65535");
    message.clear(8);
    CHECK(encode(dialect, message).size() == 60016);
}

TEST_CASE("tracks in characters keep the separator that they have") {
    for (const char* track : {"6210948000000011=2812201", "6210948000000011D2812201"}) {
        Message message("0200");
        message.set(35, track);
        CHECK_THAT(on_the_wire(tests::load_dialect("iso1987-ascii"), message),
                   Catch::Matchers::EndsWith(to_hex(as_bytes(track))));
    }
    Message message("0200");
    message.set(35, "6210948000000011=2812201");
    CHECK_THROWS_WITH(encode(tests::load_dialect("iso1987-bcd"), message),
                      "field 35: a character is neither a digit nor the separator D");
}

TEST_CASE("a track holds digits and separators, and any hexadecimal where it may come enciphered") {
    Message message("0200");
    message.set(35, "62109480ABCDEF");
    const auto dialect = [](const std::string& keys) {
        return dialect_of("[field]\n35 = { name = 'x', format = 'z ..37 LL'" + keys + " }");
    };
    CHECK_THROWS_WITH(encode(dialect(""), message),
                      "field 35: a character is neither a digit nor the separator D");
    CHECK(decode_error(dialect(""), hex("0200 0000000020000000 04 12F4")) ==
          "field 35: nibble F is not a digit or the separator D, at octet 12");
    for (const std::string keys : {"", ", code = 'ascii'", ", code = 'ebcdic'"}) {
        INFO(keys);
        on_the_wire(dialect(keys + ", may_be_enciphered = true"), message);
        CHECK_THROWS(encode(dialect(keys), message));
    }
    message.set(35, "62109480abcdef");
    CHECK_THROWS_WITH(
        encode(dialect(", may_be_enciphered = true"), message),
        "field 35: a character is neither a digit nor the separator D, nor hexadecimal as enciphered");
    CHECK_THAT(field_error("format = 'n ..19 LL', may_be_enciphered = true"),
               ContainsSubstring("only a track (z) comes enciphered"));
}

TEST_CASE("text in EBCDIC: every printable character has an octet of its own") {
    std::string printable_characters;
    for (char c = 0x20; c < 0x7F; ++c) printable_characters += c;
    Message message("0800");
    message.set(48, printable_characters);
    const Dialect ebcdic = tests::load_dialect("iso1987-ebcdic");
    CHECK(decode(ebcdic, encode(ebcdic, message)).value().get(48) == printable_characters);
    // Known octets of code page 037.
    message.set(48, "Az09 =|");
    CHECK_THAT(to_hex(encode(ebcdic, message)), Catch::Matchers::EndsWith("C1A9F0F9407E4F"));
    CHECK_THAT(decode_error(ebcdic, hex("F0F8F0F0 0000000000010000 F0F0F1 00")),
               ContainsSubstring("field 48: octet 00 is not printable EBCDIC, at octet 15"));
}

TEST_CASE("bitmaps in characters are upper-case hexadecimal, and a second one has a field") {
    const Dialect ascii = tests::load_dialect("iso1987-ascii");
    CHECK(decode_error(ascii, as_bytes("0800000000000000a000")) ==
          "bitmap: a character is not upper-case hexadecimal, at octet 16");
    CHECK(decode_error(ascii, as_bytes("080080000000000000000000000000000000")) ==
          "bitmap: bit 1 announces a secondary bitmap without any field, at octet 4");
    CHECK(decode_error(ascii, as_bytes("08008000000000000000")) ==
          "bitmap needs 16 octets, 0 left, at octet 20");
    CHECK(decode_error(ascii, as_bytes("080080000000000000008000000000000000")) ==
          "field 65: not a field of this dialect, at octet 36");
}

TEST_CASE("lengths are digits of the dialect, and within what the format says") {
    const Dialect ascii = tests::load_dialect("iso1987-ascii");
    CHECK(decode_error(ascii, as_bytes("080000000001000000000A48021000")) ==
          "field 32: length octet 41 is not a digit, at octet 21");
    CHECK(decode_error(ascii, as_bytes("080000000001000000001248021000")) ==
          "field 32: length 12 exceeds 11, at octet 20");
    Dialect binary = dialect_of(
        "[encoding]\nlength = 'binary'\n[field]\n"
        "48 = { name = 'x', format = 'ans 2..300 LLL' }\n"
        "44 = { name = 'y', format = 'ans ..25 LL' }");
    Message message("0800");
    message.set(44, "A");
    message.set(48, std::string(258, 'x'));
    CHECK_THAT(on_the_wire(binary, message), ContainsSubstring("01410102787878"));
    CHECK(decode_error(binary, hex("0800 0000000000010000 0001 41")) ==
          "field 48: length 1 is less than 2, at octet 10");
    message.set(48, "x");
    CHECK_THROWS_WITH(encode(binary, message), "field 48: 1 character, at least 2 are needed");
}

TEST_CASE("padding as the dialect has it, and no other") {
    const Dialect f_at_left = dialect_of(
        "[encoding]\npadding = 'left F'\n[field]\n"
        "35 = { name = 'track 2', format = 'z ..37 LL' }");
    Message message("0200");
    message.set(35, "6210D28");
    CHECK(on_the_wire(f_at_left, message) ==
          "0200"
          "0000000020000000"
          "07"
          "F6210D28");
    CHECK(decode_error(f_at_left, hex("0200 0000000020000000 07 06210D28")) ==
          "field 35: the padding nibble is not F, at octet 11");
    const Dialect f_at_right = dialect_of(
        "[encoding]\npadding = 'right F'\n[field]\n"
        "35 = { name = 'track 2', format = 'z ..37 LL' }");
    CHECK(on_the_wire(f_at_right, message) ==
          "0200"
          "0000000020000000"
          "07"
          "6210D28F");
}

TEST_CASE("the code of a message with a second bitmap is field 128") {
    const Dialect dialect = tests::load_dialect("iso1987-bcd");
    const Bytes key = hex("0123456789ABCDEFFEDCBA9876543210");
    const MacFunction mac = mac_function(dialect, key);
    Message sent = echo();
    const Bytes octets = encode_with_mac(dialect, sent, mac);
    const Message message = decode(dialect, octets).value();
    CHECK(message == sent);
    CHECK(message.has(128));
    CHECK_FALSE(message.has(64));
    CHECK(check_mac(message, octets, mac) == MacState::ok);
    Bytes damaged = octets;
    damaged[20] ^= 0x10;
    CHECK(check_mac(decode(dialect, damaged).value(), damaged, mac) == MacState::bad);
    CHECK(check_mac(message, octets, {}) == MacState::unchecked);
    CHECK(check_mac(echo(), encode(dialect, echo()), mac) == MacState::absent);

    Message sale("0200");
    sale.set(3, "000000");
    CHECK(decode(dialect, encode_with_mac(dialect, sale, mac)).value().has(64));
    Dialect none = dialect;
    none.mac = MacAlgorithm::none;
    CHECK_THROWS_WITH(mac_function(none, key), ContainsSubstring("has no message authentication code"));
}

TEST_CASE("a message with fields beyond 64 is not written where there is no second bitmap") {
    CHECK_THROWS_WITH(encode(tests::unionpay(), echo()), "field 70: this dialect has no secondary bitmap");
}

TEST_CASE("a dialect that cannot be is refused, with field, rule and place") {
    CHECK_THAT(error_of("mti = 'bdc'"), ContainsSubstring("did you mean 'bcd'"));
    CHECK_THAT(error_of("mti = 'binary'\n[field]"), ContainsSubstring("dialect:1"));
    CHECK_THAT(error_of("bitmap = 'bcd'\n[field]"), ContainsSubstring("dialect:1:10: bitmap"));
    CHECK_THAT(error_of("mti = 'bcd'"), ContainsSubstring("'field'"));
    CHECK_THAT(error_of("[field]\n1 = { name = 'x', format = 'n 6' }"),
               ContainsSubstring("a field is a number from 2 to 64"));
    CHECK_THAT(error_of("[field]\n65 = { name = 'x', format = 'n 6' }"), ContainsSubstring("from 2 to 64"));
    CHECK_THAT(error_of("secondary = true\n[field]\n65 = { name = 'x', format = 'n 6' }"),
               ContainsSubstring("without 65"));
    CHECK_THAT(error_of("[field]\n02 = { name = 'x', format = 'n 6' }"), ContainsSubstring("a field is"));
    CHECK_THAT(error_of("[field]\n64 = { name = 'x', format = 'b 4' }"),
               ContainsSubstring("message authentication code, b 8"));
    CHECK_THAT(error_of("[frame]\nmost = 9000\nlength = 'bcd'\nlength_octets = 1\n[field]"),
               ContainsSubstring("9000 octets have no room in a length of 1 octet"));
    CHECK_THAT(error_of("[encoding]\ntext = 'bcd'\n[field]"), ContainsSubstring("ascii or ebcdic"));
    for (const char* format : {"n", "n 0", "n6", "m 6", "n ..19", "n 19 LL", "n 5..3 LL", "n ..19 LLLLL",
                               "n ..19 XX", "n 10000", "n -1", "n ..  LL", ""})
        CHECK_THAT(field_error("format = '" + std::string(format) + "'"), ContainsSubstring("is no format"));
    CHECK_THAT(field_error("format = 'n ..100 LL'"), ContainsSubstring("100 exceeds the 99"));
    CHECK_THAT(field_error("format = 'n ..300 LL', length = 'binary'"),
               ContainsSubstring("300 exceeds the 255"));
    CHECK_THAT(field_error("format = 'n 6', secrecy = 'secret'"), ContainsSubstring("secrecy"));
    CHECK_THAT(field_error("format = 'ans 6', code = 'bcd'"), ContainsSubstring("ascii or ebcdic"));
    CHECK_THAT(field_error("format = 'n 6', pading = 'left 0'"), ContainsSubstring("did you mean 'padding'"));
    CHECK(field_error("format = 'n 6'") == "accepted");
}

TEST_CASE("a dialect whose keys say nothing, or contradict one another, is refused") {
    CHECK_THAT(error_of("[field]"), ContainsSubstring("at least one field"));
    CHECK_THAT(field_error("format = 'n 6', length = 'ascii'"), ContainsSubstring("there is no length"));
    CHECK_THAT(field_error("format = 'b 6', code = 'ascii'"), ContainsSubstring("has no code"));
    CHECK_THAT(field_error("format = 'ans 6', padding = 'left 0'"), ContainsSubstring("are padded"));
    CHECK_THAT(field_error("format = 'n 6', secrecy = 'chip'"), ContainsSubstring("of content b"));
    CHECK_THAT(field_error("format = 'b 6', secrecy = 'pan'"), ContainsSubstring("digits or text"));
    const std::string one = "\n[field]\n3 = { name = 'x', format = 'n 6' }";
    CHECK_THAT(error_of("[frame]\ntpdu = true\nheader = 60\nmost = 64" + one),
               ContainsSubstring("a frame has 75 octets at least"));
    CHECK_THAT(error_of("mac = 'x9.19'" + one), ContainsSubstring("field 64, the message authentication"));
    CHECK_THAT(error_of("mac = 'x9.19'\nsecondary = true" + one + "\n64 = { name = 'x', format = 'b 8' }"),
               ContainsSubstring("field 128, the message authentication"));
    CHECK_THAT(error_of("dialect = 'unionpay-pos'" + one), ContainsSubstring("'dialect'"));
}

TEST_CASE("account number, tracks and PIN block are secret without being told") {
    const auto dialect = dialect_of(R"(
[field]
2  = { name = 'a', format = 'n ..19 LL' }
3  = { name = 'b', format = 'n 6' }
35 = { name = 'c', format = 'ans ..37 LL' }
45 = { name = 'd', format = 'ans ..76 LL' }
46 = { name = 'e', format = 'z ..20 LL' }
47 = { name = 'f', format = 'z ..20 LL', secrecy = 'open' }
52 = { name = 'g', format = 'b 8' }
)");
    CHECK(dialect.field(2).secrecy == Secrecy::pan);
    CHECK(dialect.field(3).secrecy == Secrecy::open);
    for (const int field : {35, 45, 46, 52}) CHECK(dialect.field(field).secrecy == Secrecy::hidden);
    CHECK(dialect.field(47).secrecy == Secrecy::open);
}
