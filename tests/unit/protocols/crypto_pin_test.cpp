#include "drivers/protocols/crypto/crypto.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::crypto;

TEST_CASE("PIN block format 0: known answers, both ways") {
    const auto four = pin_block_iso0("1234", "5544332211009966").value();
    CHECK(to_hex(four) == "041277CDDEEFF669");
    CHECK(pin_from_iso0(four, "5544332211009966").value() == "1234");
    const auto six = pin_block_iso0("123456", "123456789012345678").value();
    CHECK(to_hex(six) == "061253DFFEDCBA98");
    CHECK(pin_from_iso0(six, "123456789012345678").value() == "123456");
}

TEST_CASE("PIN block format 0: every PIN length and PAN length comes back") {
    const std::string digits = "9876543210123456789";
    for (std::size_t pin = 4; pin <= 12; ++pin)
        for (std::size_t pan = 13; pan <= 19; ++pan) {
            const auto block = pin_block_iso0(digits.substr(0, pin), digits.substr(0, pan)).value();
            CHECK(pin_from_iso0(block, digits.substr(0, pan)).value() == digits.substr(0, pin));
        }
}

TEST_CASE("PIN block format 0: the check digit and digits left of the twelve do not count") {
    const auto block = pin_block_iso0("1234", "6210948000000011").value();
    CHECK(block == pin_block_iso0("1234", "9990948000000012").value());
    CHECK(block != pin_block_iso0("1234", "6210948000000021").value());
}

TEST_CASE("PIN block format 0 refuses PINs and PANs outside the standard without repeating them") {
    for (const auto pin : {"", "123", "1234567890123", "12a4", "12 4"})
        CHECK(pin_block_iso0(pin, "6210948000000011").error().what == "a PIN has 4 to 12 digits");
    for (const auto pan : {"", "621094800000", "62109480000000A1"})
        CHECK(pin_block_iso0("1234", pan).error().what ==
              "a format 0 PIN block needs a PAN of at least 13 digits");
}

TEST_CASE("a clear block is refused unless control, length, digits and filler are all right") {
    const std::string pan = "0000000000000";  // so that the block is the PIN field itself
    const auto read = [&](std::string_view text) {
        const Bytes octets = hex(text);
        Block8 block;
        std::copy(octets.begin(), octets.end(), block.begin());
        return pin_from_iso0(block, pan);
    };
    CHECK(read("041234FFFFFFFFFF").value() == "1234");
    CHECK(read("0C123456789012FF").value() == "123456789012");
    for (const auto text : {"141234FFFFFFFFFF",  // another format
                            "03123FFFFFFFFFFF",  // three digits
                            "0D1234567890123F",  // thirteen digits
                            "04123AFFFFFFFFFF",  // not a digit
                            "041234FFFFFFFFFE",  // filler
                            "0512345678FFFFFF",  // digits beyond the length
                            "0000000000000000"}) {
        INFO(text);
        CHECK(read(text).error().what == "not a format 0 PIN block for this PAN");
    }
    const auto block = pin_block_iso0("1234", "6210948000000011").value();
    CHECK(pin_from_iso0(block, "6210948000009911").has_error());
    CHECK(pin_from_iso0(block, "12").has_error());
}

TEST_CASE("format 2: known answers, and back") {
    // knovichikhin/pyemv, tests/test_sm_hsm.py.
    CHECK(to_hex(pin_block_iso2("9999").value()) == "249999FFFFFFFFFF");
    CHECK(to_hex(pin_block_iso2("999999999999").value()) == "2C999999999999FF");
    for (const auto pin : {"1234", "12345", "123456789012"})
        CHECK(pin_from_iso2(pin_block_iso2(pin).value()).value() == pin);
}

TEST_CASE("format 2: what is no PIN, and no PIN block, is refused") {
    for (const auto pin : {"", "123", "1234567890123", "12A4"})
        CHECK(pin_block_iso2(pin).error().what == "a PIN has 4 to 12 digits");
    for (const auto block :
         {"", "249999FFFFFFFF", "249999FFFFFFFFFFFF", "049999FFFFFFFFFF", "239999FFFFFFFFFF",
          "2D99999999999999", "24A999FFFFFFFFFF", "2499990FFFFFFFFF", "249999FFFFFFFFF0"})
        CHECK(pin_from_iso2(hex(block)).error().what == "not a format 2 PIN block");
}
