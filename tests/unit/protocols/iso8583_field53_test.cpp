#include "drivers/protocols/iso8583/private_fields.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::iso8583;

TEST_CASE(
    "field 53 tells the form of the PIN block, the length of its key, and of tracks if they are enciphered") {
    using Block = Field53::Block;
    CHECK(Field53{Block::with_pan, true}.to_string() == "2600000000000000");
    CHECK(Field53{Block::with_pan, false}.to_string() == "2000000000000000");
    CHECK(Field53{Block::without_pan, true}.to_string() == "1600000000000000");
    CHECK(Field53{}.to_string() == "0000000000000000");
    CHECK(Field53{Block::with_pan, true, true}.to_string() == "2610000000000000");
    CHECK(Field53{Block::none, true, true}.to_string() == "0610000000000000");
    for (const auto digits : {"2600000000000000", "2000000000000000", "1600000000000000", "0000000000000000",
                              "2610000000000000", "0610000000000000"})
        CHECK(parse_field53(digits).value().to_string() == digits);
}

TEST_CASE("field 53 is refused in any other form") {
    const auto error = [](std::string_view digits) { return parse_field53(digits).error().what; };
    CHECK(error("") == "field 53: needs 16 digits");
    CHECK(error("260000000000000") == "field 53: needs 16 digits");
    CHECK(error("3600000000000000") == "field 53: digit 1 is none of 0, 1, 2");
    CHECK(error("2300000000000000") == "field 53: digit 2 is neither 0 nor 6");
    CHECK(error("2620000000000000") == "field 53: digit 3 is neither 0 nor 1");
    CHECK(error("2610000000000001") == "field 53: a digit after the third is not 0");
}
