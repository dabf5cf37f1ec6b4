#include "bench/runtime/bytes.hpp"

#include <stdexcept>

#include "tests/support/catch.hpp"

using namespace posbench;

TEST_CASE("hexadecimal is written in upper case and read in either, with blanks") {
    CHECK(to_hex(Bytes{0x00, 0x0A, 0xFF}) == "000AFF");
    CHECK(to_hex({}).empty());
    CHECK(from_hex("000aFf") == Bytes{0x00, 0x0A, 0xFF});
    CHECK(from_hex(" 60 00\t06\r\n") == Bytes{0x60, 0x00, 0x06});
    CHECK(from_hex("6 0") == Bytes{0x60});
    CHECK(from_hex("") == Bytes{});
}

TEST_CASE("what is not hexadecimal is refused") {
    CHECK_FALSE(from_hex("0"));
    CHECK_FALSE(from_hex("0G"));
    CHECK_FALSE(from_hex("0x60"));
    CHECK_FALSE(from_hex("60\xC3\xA9"));
    CHECK_THROWS_AS(hex("xyz"), std::invalid_argument);
}

TEST_CASE("octets are put behind others") {
    Bytes out = hex("0102");
    append(out, hex("03FF"));
    append(out, {});
    append(out, as_bytes("A"));
    CHECK(to_hex(out) == "010203FF41");
}

TEST_CASE("text and octets view one another without a copy") {
    const std::string_view text = "交易成功";
    const ByteView octets = as_bytes(text);
    CHECK(octets.size() == text.size());
    CHECK(as_text(octets) == text);
    CHECK(static_cast<const void*>(octets.data()) == static_cast<const void*>(text.data()));
}
