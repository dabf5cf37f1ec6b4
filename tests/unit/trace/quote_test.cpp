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

TEST_CASE("two long texts are cut around what tells them apart, both alike") {
    const std::string same(100, 'x');
    const auto shown = quote_difference(same + "A" + same, same + "B");
    CHECK(shown.moved);
    CHECK(shown.character == 101);
    CHECK(shown.left == "'…" + std::string(20, 'x') + "A" + std::string(39, 'x') + "…'");
    CHECK(shown.right == "'…" + std::string(20, 'x') + "B'");

    const auto longer = quote_difference(same, same + "B");
    CHECK(longer.left == "'…" + std::string(20, 'x') + "'");
    CHECK(longer.right == "'…" + std::string(20, 'x') + "B'");
}

TEST_CASE("a difference that is shown anyhow moves nothing, and characters are not cut through") {
    const std::string tail(100, 'x');
    const auto early = quote_difference("A" + tail, "B" + tail);
    CHECK_FALSE(early.moved);
    CHECK(early.character == 1);
    CHECK(early.left == quote(std::string_view("A" + tail)));

    std::string chinese;
    for (int i = 0; i < 60; ++i) chinese += "成";
    const auto wide = quote_difference(chinese + "功", chinese + "败");
    CHECK(wide.character == 61);
    CHECK(wide.left == "'…" + chinese.substr(0, 60) + "功'");
    // The first octet of 功 alone is no character.
    const auto octets = quote_difference(tail + "\xE5\x8A\x9F", tail + "\xE5");
    CHECK(octets.character == 101);
    CHECK(octets.left == "'…" + std::string(20, 'x') + "功'");
    CHECK(octets.right == "'…" + std::string(20, 'x') + "?'");
}
