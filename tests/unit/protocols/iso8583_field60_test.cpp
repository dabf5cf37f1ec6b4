#include <stdexcept>
#include <string>

#include "drivers/protocols/iso8583/private_fields.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::iso8583;

TEST_CASE("field 60 ends after any of its parts; 16 digits leave two for the last") {
    for (const auto digits : {"", "22", "22000001", "22000001000", "220000010005", "2200000100050",
                              "22000001000500", "2200000100050020", "22000001000500123"}) {
        const auto parsed = parse_field60(digits);
        REQUIRE(parsed.has_value());
        CHECK(parsed->to_string() == digits);
    }
}

TEST_CASE("field 60: each part by name") {
    const Field60 field = parse_field60("22000123003521003").value();
    CHECK(field.transaction_type == "22");
    CHECK(field.batch == "000123");
    CHECK(field.network_management == "003");
    CHECK(field.read_capability == "5");
    CHECK(field.ic_condition == "2");
    CHECK(field.partial_approval == "1");
    CHECK(field.account_type == "003");
    CHECK(parse_field60("00000001003").value().read_capability.empty());
}

TEST_CASE("field 60: parts left out before the last are zeros") {
    Field60 field;
    CHECK(field.to_string().empty());
    field.transaction_type = "22";
    field.read_capability = std::string("5");
    CHECK(field.to_string() == "220000000005");
}

TEST_CASE("field 60 is refused when it ends inside a part, is too long, or holds no digits") {
    const auto error = [](std::string_view digits) { return parse_field60(digits).error().what; };
    CHECK(error("2") == "field 60: length 1 ends inside part 60.1");
    CHECK(error("2200001") == "field 60: length 7 ends inside part 60.2");
    CHECK(error("2200000100") == "field 60: length 10 ends inside part 60.3");
    CHECK(error("220000010005000") == "field 60: length 15 ends inside part 60.7");
    CHECK(error("220000010005001234") == "field 60: length 18 exceeds 17");
    CHECK(error("22A") == "field 60: a character is not a digit");
}

TEST_CASE("field 60: a part of a wrong width is refused by number") {
    Field60 field;
    field.batch = "12345";
    CHECK_THROWS_WITH(field.to_string(), "field 60.2: needs 6 digits");
    field.batch = "00000x";
    CHECK_THROWS_AS(field.to_string(), std::invalid_argument);
}
