#include "bench/runtime/utf8.hpp"

#include "bench/runtime/result.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::runtime;

TEST_CASE("the length of a UTF-8 character, none for what is not one") {
    CHECK(utf8_length("a") == 1);
    CHECK(utf8_length("é") == 2);
    CHECK(utf8_length("交") == 3);
    CHECK(utf8_length("\xF0\x9F\x92\xB3") == 4);
    for (const char* bad :
         {"", "\x80", "\xC1\x81", "\xE0\x80\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE4\xBA"})
        CHECK(utf8_length(bad) == 0);
}

TEST_CASE("the character itself") {
    CHECK(utf8_character("a") == U'a');
    CHECK(utf8_character("é") == U'é');
    CHECK(utf8_character("交易") == U'交');
    CHECK(utf8_character("\xF4\x8F\xBF\xBF") == 0x10FFFF);
}

TEST_CASE("what no report may hold is shown octet by octet") {
    CHECK(printable("交易成功\n\t谢谢") == "交易成功\n\t谢谢");
    CHECK(printable("\x1B[2J\r\x7F") == "\\x1B[2J\\x0D\\x7F");
    CHECK(printable("a\xFF\xE4\xBA") == "a\\xFF\\xE4\\xBA");
    CHECK(printable("\xC2\x9B"
                    "31m") == "\\xC2\\x9B31m");  // CSI of C1
    CHECK(printable("\xEF\xBF\xBE\xEF\xBF\xBF") == "\\xEF\\xBF\\xBE\\xEF\\xBF\\xBF");
    CHECK(printable("\xED\xA0\x80") == "\\xED\\xA0\\x80");  // half of a surrogate pair
    CHECK(printable(std::string_view("\0", 1)) == "\\x00");
    CHECK(printable("") == "");
}

TEST_CASE("a result of text knows its value from its error") {
    const Result<std::string> value = std::string("text");
    const Result<std::string> error = Error{"wrong"};
    REQUIRE(value.has_value());
    CHECK(*value == "text");
    REQUIRE(error.has_error());
    CHECK(error.error().what == "wrong");
    CHECK_THROWS_WITH(error.value(), "wrong");
}
