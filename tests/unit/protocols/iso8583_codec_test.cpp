// Known octets of every kind of field, and every reason why octets or values are refused.

#include <stdexcept>

#include "drivers/protocols/iso8583/mac.hpp"
#include "drivers/protocols/iso8583/message.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/dialect.hpp"

using namespace posbench;
using namespace posbench::iso8583;

namespace {

/// MTI 0200, the bit of one field, its octets.
Bytes with_field(int field, std::string_view content) {
    Bytes octets = hex("0200 0000000000000000");
    octets[2 + (field - 1) / 8] = static_cast<std::uint8_t>(0x80 >> (field - 1) % 8);
    const Bytes tail = hex(content);
    octets.insert(octets.end(), tail.begin(), tail.end());
    return octets;
}

std::string decode_error(const Bytes& octets) {
    const auto result = decode(tests::unionpay(), octets);
    return result ? "accepted" : result.error().what;
}

std::string encode_error(int field, std::string value) {
    Message message("0200");
    message.set(field, std::move(value));
    try {
        encode(tests::unionpay(), message);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("a sign-in request, octet by octet") {
    Message message("0800");
    message.set(11, "000001");
    message.set(41, "10000001");
    message.set(42, "898100000000001");
    message.set(60, "00000001003");
    message.set(63, "01 ");
    const Bytes octets =
        hex("0800 0020000000C00012 000001 3130303030303031 383938313030303030303030303031"
            "0011 000000010030 0003 303120");
    CHECK(to_hex(encode(tests::unionpay(), message)) == to_hex(octets));
    CHECK(decode(tests::unionpay(), octets).value() == message);
}

TEST_CASE("each field of the dialect in its format, both ways") {
    struct Example {
        int field;
        std::string value;
        std::string_view octets;
    };
    const std::vector<Example> examples{
        {2, "6210948000000011", "16 6210948000000011"},
        {2, "6210948000000000013", "19 62109480000000000130"},
        {3, "310000", "310000"},
        {4, "000000001234", "000000001234"},
        {11, "000042", "000042"},
        {12, "235959", "235959"},
        {13, "1231", "1231"},
        {14, "2812", "2812"},
        {15, "0101", "0101"},
        {22, "071", "0710"},  // left-aligned
        {23, "001", "0001"},  // right-aligned
        {25, "06", "06"},
        {26, "12", "12"},
        {32, "48021000", "08 48021000"},
        {32, "01020304056", "11 010203040560"},
        {35, "6210948000000011D28122010000000000000", "37 6210948000000011D281220100000000000000"},
        {35, "6210948000000011D2812", "21 6210948000000011D28120"},
        {35, "0123456789ABCDEF", "16 0123456789ABCDEF"},  // enciphered
        {36, "996210948000000011D156D", "0023 996210948000000011D156D0"},
        {37, "000000000001", "303030303030303030303031"},
        {38, "A1B2C3", "413142324333"},
        {39, "00", "3030"},
        {41, "10000001", "3130303030303031"},
        {42, "898100000000001", "383938313030303030303030303031"},
        {44, "01020000", "08 3031303230303030"},
        {48, "0001", "0004 30303031"},
        {49, "156", "313536"},
        {52, std::string("\x04\x12\x77\xCD\xDE\xEF\xF6\x69", 8), "041277CDDEEFF669"},
        {53, "2600000000000000", "2600000000000000"},
        {54, "0202156C000000012345", "0020 30323032313536433030303030303031 32333435"},
        {55, std::string("\x95\x05\x80\x00\x04\x80\x00", 7), "0007 95058000048000"},
        {58, "0", "0001 30"},
        {59, "A200", "0004 41323030"},
        {60, "2200000100050", "0013 22000001000500"},
        {61, "000001000007", "0012 000001000007"},
        {62, std::string("\x00\xFF", 2), "0002 00FF"},
        {63, "CUP", "0003 435550"},
        {64, "5FE058DB", "3546453035384442"},
    };
    for (const Example& example : examples) {
        INFO("field " << example.field);
        Message message("0200");
        message.set(example.field, example.value);
        const Bytes octets = with_field(example.field, example.octets);
        CHECK(to_hex(encode(tests::unionpay(), message)) == to_hex(octets));
        const auto decoded = decode(tests::unionpay(), octets);
        REQUIRE(decoded.has_value());
        CHECK(*decoded == message);
    }
}

TEST_CASE("a length of zero is a field that is there and empty") {
    const Bytes octets = with_field(62, "0000");
    const Message message = decode(tests::unionpay(), octets).value();
    CHECK(message.has(62));
    CHECK(message.get(62).empty());
    CHECK(encode(tests::unionpay(), message) == octets);
}

TEST_CASE("octets that are no message are refused with field, rule and octet") {
    struct Example {
        Bytes octets;
        std::string_view error;
    };
    const std::vector<Example> examples{
        {{}, "message type needs 2 octets, 0 left, at octet 0"},
        {hex("02"), "message type needs 2 octets, 1 left, at octet 0"},
        {hex("02A0 0000000000000000"), "nibble A is not a digit, at octet 1"},
        {hex("0200 00000000"), "bitmap needs 8 octets, 4 left, at octet 2"},
        {hex("0200 8000000000000000"),
         "bitmap: bit 1 announces a secondary bitmap, which this dialect lacks, at octet 2"},
        {hex("0200 0000000000000000 AABBCC"), "3 octets after the last field, at octet 10"},
        {hex("0200 0000000000000000 AA"), "1 octet after the last field, at octet 10"},
        {with_field(7, "0101010101"), "field 7: not a field of this dialect, at octet 10"},
        {with_field(2, ""), "field 2: length needs 1 octet, 0 left, at octet 10"},
        {with_field(2, "1A"), "field 2: length octet 1A is not BCD, at octet 10"},
        {with_field(2, "20"), "field 2: length 20 exceeds 19, at octet 10"},
        {with_field(2, "16 621094"), "field 2: content needs 8 octets, 3 left, at octet 11"},
        {with_field(2, "04 12F4"), "field 2: nibble F is not a digit, at octet 12"},
        {with_field(2, "03 1235"), "field 2: the padding nibble is not 0, at octet 12"},
        {with_field(4, "00000000D234"), "field 4: nibble D is not a digit, at octet 14"},
        {with_field(22, "0715"), "field 22: the padding nibble is not 0, at octet 11"},
        {with_field(23, "1001"), "field 23: the padding nibble is not 0, at octet 10"},
        {with_field(23, "000B"), "field 23: nibble B is not a digit, at octet 11"},
        {with_field(35, "41"), "field 35: length 41 exceeds 37, at octet 10"},
        {with_field(35, "03 12F4"), "field 35: the padding nibble is not 0, at octet 12"},
        {with_field(36, "0105"), "field 36: length 105 exceeds 104, at octet 10"},
        {with_field(41, "3130303030300A31"), "field 41: octet 0A is not printable ASCII, at octet 16"},
        {with_field(44, "01 FF"), "field 44: octet FF is not printable ASCII, at octet 11"},
        {with_field(52, "00"), "field 52: content needs 8 octets, 1 left, at octet 10"},
        {with_field(60, "00"), "field 60: length needs 2 octets, 1 left, at octet 10"},
        {with_field(60, "001C"), "field 60: length octet 1C is not BCD, at octet 11"},
        {with_field(60, "9999"), "field 60: length 9999 exceeds 17, at octet 10"},
    };
    for (const Example& example : examples) CHECK(decode_error(example.octets) == example.error);
}

TEST_CASE("an error of decoding carries field and octet as numbers, and value() throws its text") {
    const Bytes octets = with_field(35, "41");
    const auto result = decode(tests::unionpay(), octets);
    REQUIRE(result.has_error());
    CHECK(result.error().field == 35);
    CHECK(result.error().offset == 10);
    CHECK_THROWS_WITH(decode(tests::unionpay(), octets).value(),
                      "field 35: length 41 exceeds 37, at octet 10");
}

TEST_CASE("values that do not fit their field are refused by rule, without the value") {
    CHECK(encode_error(4, "1234") == "field 4: 4 digits instead of 12");
    CHECK(encode_error(3, "00000A") == "field 3: a character is not a digit");
    CHECK(encode_error(3, "00000D") == "field 3: a character is not a digit");
    CHECK(encode_error(23, "A01") == "field 23: a character is not a digit");
    CHECK(encode_error(2, std::string(20, '6')) == "field 2: 20 digits exceed 19");
    CHECK(encode_error(35, "6210948000000011=2812") ==
          "field 35: a character is neither a digit nor the separator D, nor hexadecimal as enciphered");
    CHECK(encode_error(35, std::string(38, '6')) == "field 35: 38 characters exceed 37");
    CHECK(encode_error(41, "1000001") == "field 41: 7 characters instead of 8");
    CHECK(encode_error(41, "1000001\n") == "field 41: a character is not printable ASCII");
    CHECK(encode_error(52, "1234567") == "field 52: 7 octets instead of 8");
    CHECK(encode_error(55, std::string(256, 'x')) == "field 55: 256 octets exceed 255");
    CHECK(encode_error(7, "0101010101") == "field 7: not a field of this dialect");
    CHECK_THROWS_WITH(encode(tests::unionpay(), Message("200")), "message type: 3 digits instead of 4");
    CHECK_THROWS_WITH(encode(tests::unionpay(), Message("02x0")), "message type: a character is not a digit");
}

TEST_CASE("field 64 is appended over everything before it, its own bit included") {
    Message message("0200");
    message.set(11, "000001");
    Bytes hashed;
    const auto mac = [&](ByteView octets) {
        hashed.assign(octets.begin(), octets.end());
        return std::array<std::uint8_t, 8>{'5', 'F', 'E', '0', '5', '8', 'D', 'B'};
    };
    const Bytes octets = encode_with_mac(tests::unionpay(), message, mac);
    CHECK(to_hex(hashed) == "02000020000000000001000001");
    CHECK(to_hex(octets) == to_hex(hashed) + "3546453035384442");

    const Message decoded = decode(tests::unionpay(), octets).value();
    CHECK(decoded.get(64) == "5FE058DB");
    CHECK(to_hex(mac_input(decoded.bitmap(), octets)) == to_hex(hashed));
}

TEST_CASE("without field 64 there is nothing that it covers") {
    Message message("0200");
    message.set(11, "000001");
    CHECK(mac_input(message.bitmap(), encode(tests::unionpay(), message)).empty());
    message.set(64, "5FE058DB");
    CHECK(mac_input(message.bitmap(), hex("0200")).empty());
}
