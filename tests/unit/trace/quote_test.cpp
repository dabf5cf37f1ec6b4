#include "bench/trace/quote.hpp"

#include "tests/support/catch.hpp"

using namespace posbench::trace;

TEST_CASE("a quoted text is one line, printable, and bounded") {
    CHECK(quote(std::string_view("交易成功\n谢谢")) == "'交易成功 / 谢谢'");
    CHECK(quote(std::string_view("a\x01\x7F\xFF")) == "'a" + std::string(3, '?') + "'");
    CHECK(quote(std::string_view("\xC2\x9B"
                                 "31m")) == "'?31m'");
    CHECK(quote(std::string_view(std::string(100, 'x'))) == "'" + std::string(quote_limit, 'x') + "…'");
}

TEST_CASE("values are quoted as a query writes them") {
    CHECK(quote(FieldValue(true)) == "true");
    CHECK(quote(FieldValue(std::int64_t{-5})) == "-5");
    CHECK(quote(FieldValue(std::vector<std::string>{"a", "b"})) == "['a', 'b']");
}
