#include "bench/trace/quote.hpp"

#include "bench/trace/utf8.hpp"
#include "tests/support/catch.hpp"

using namespace posbench::trace;

TEST_CASE("a quoted text is one line, printable, and bounded") {
    CHECK(quote(std::string_view("交易成功\n谢谢")) == "'交易成功 / 谢谢'");
    CHECK(quote(std::string_view("a\x01\x7F\xFF")) == "'a" + std::string(3, '?') + "'");
    CHECK(quote(std::string_view(std::string(100, 'x'))) == "'" + std::string(quote_limit, 'x') + "…'");
}

TEST_CASE("values are quoted as a query writes them") {
    CHECK(quote(FieldValue(true)) == "true");
    CHECK(quote(FieldValue(std::int64_t{-5})) == "-5");
    CHECK(quote(FieldValue(std::vector<std::string>{"a", "b"})) == "['a', 'b']");
}

TEST_CASE("the length of a UTF-8 character, none for what is not one") {
    CHECK(utf8_length("a") == 1);
    CHECK(utf8_length("é") == 2);
    CHECK(utf8_length("交") == 3);
    CHECK(utf8_length("\xF0\x9F\x92\xB3") == 4);
    for (const char* bad :
         {"", "\x80", "\xC1\x81", "\xE0\x80\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE4\xBA"})
        CHECK(utf8_length(bad) == 0);
}
