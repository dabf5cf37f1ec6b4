#include "drivers/terminal/process/foreign.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::terminal::process;

namespace {

std::string masked(std::string_view name, std::string text) {
    trace::Fields fields{{name, std::move(text)}};
    mask_fields(fields);
    return std::get<std::string>(fields[0].value);
}

}  // namespace

TEST_CASE("a field that holds a PAN is masked whatever its digits are") {
    CHECK(masked("pan", "6210948000000011") == "621094******0011");
    CHECK(masked("pan", "6210948000000012") == "621094******0012");  // Luhn says no
    CHECK(masked("pan", "6210 9480 0000 0012") == "621094******0012");
    CHECK(masked("pan", "621094******0011") == "621094******0011");
    CHECK(masked("pan", "**** **** **** 0011") == "************0011");
    CHECK(masked("pan", "62109480****0011") == "621094******0011");
    CHECK(masked("pan", "6210948000000011D3012") == std::string(21, '*'));
}

TEST_CASE("digits that look like a PAN are masked in every other field") {
    for (const auto name : {"text", "detail", "rrn", "auth_code", "reason", "stan", "entry"})
        CHECK(masked(name, "6210948000000011") == "621094******0011");
    CHECK(masked("rrn", "061510000002") == "061510000002");
    CHECK(masked("mid", "104110045110014") == "104110045110014");
    trace::Fields list{{"tvr", std::vector<std::string>{"expired application", "6210948000000011"}}};
    mask_fields(list);
    CHECK(std::get<std::vector<std::string>>(list[0].value) ==
          std::vector<std::string>{"expired application", "621094******0011"});
}

TEST_CASE("last words are printable: what is not is written as an escape") {
    CHECK(last_words("out of memory\r\n\n") == "out of memory");
    CHECK(last_words("one\ntwo\tthree") == "one\ntwo\tthree");
    CHECK(last_words("\033[31mred\177") == "\\x1B[31mred\\x7F");
    CHECK(last_words(std::string_view("a\0b", 3)) == "a\\x00b");
    CHECK(last_words("caf\303\251 \351t\351") == "caf\303\251 \\xE9t\\xE9");
    CHECK(last_words("\302\205 \302\240") == "\\xC2\\x85 \302\240");
    CHECK(last_words("").empty());
}

TEST_CASE("last words are the end, cut between characters, and no PAN is cut in two") {
    const std::string long_text = "\351\223\266" + std::string(299, 'x');  // the cut falls into a character
    CHECK(last_words(long_text) == std::string(299, 'x'));
    const std::string pan = "6210948000000011" + std::string(290, 'x');
    CHECK(last_words(pan) == "******0011" + std::string(290, 'x'));
}
