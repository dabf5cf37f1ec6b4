#include "bench/judge/explain.hpp"

#include <limits>

#include "tests/support/catch.hpp"
#include "tests/unit/judge/story.hpp"

using namespace posbench;
using namespace posbench::judge;
using namespace posbench::judge::test;

namespace {

std::string fields_of(Kind kind, trace::Fields fields) {
    return explain_fields(trace::Event{{}, kind, std::move(fields)});
}

}  // namespace

TEST_CASE("times are told to the millisecond") {
    CHECK(format_time(runtime::TimePoint(12340ms)) == "12.340 s");
    CHECK(format_time(runtime::Duration(499'999)) == "0.000 s");
    CHECK(format_time(runtime::Duration(500'000)) == "0.001 s");
    CHECK(format_time(runtime::Duration(-1500ms)) == "-1.500 s");
    CHECK(format_time(runtime::Duration::min()) == "-9223372036.855 s");
}

TEST_CASE("money is told with its currency") {
    CHECK(format_money(1234, "156") == "12.34 CNY");
    CHECK(format_money(-5, "156") == "-0.05 CNY");
    CHECK(format_money(1234, "392") == "1234 JPY");
    CHECK(format_money(1234, "999") == "1234 minor units of currency 999");
    CHECK(format_money(1234, "") == "1234 minor units");
}

TEST_CASE("an event is one line: time, kind, what happened, how") {
    const trace::Event event{runtime::TimePoint(12340ms),
                             Kind::host_request,
                             {{"mti", "0200"},
                              {"amount", 1234},
                              {"currency", "156"},
                              {"stan", "000002"},
                              {"pan", "621094******0011"},
                              {"mac", "ok"}}};
    CHECK(
        explain(event) ==
        "    12.340 s  host.request            0200 STAN 000002 12.34 CNY, pan '621094******0011', mac 'ok'");
    CHECK(cite(event) == "host.request at 12.340 s");
}

TEST_CASE("what is empty or says nothing is left out, long lists are cut") {
    CHECK(fields_of(Kind::power_cut, {}).empty());
    CHECK(fields_of(Kind::terminal_display, {{"text", "交易成功\n谢谢"}}) == "text '交易成功 / 谢谢'");
    CHECK(fields_of(Kind::bench_step,
                    {{"index", 1}, {"do", "wait"}, {"line", 3}, {"state", "done"}, {"detail", ""}}) ==
          "done, index 1, do 'wait', line 3");
    CHECK(fields_of(Kind::terminal_chip, {{"step", "risk"},
                                          {"outcome", "done"},
                                          {"tvr", std::vector<std::string>{"a", "b", "c", "d", "e", "f"}}}) ==
          "done risk, tvr ['a', 'b', 'c', 'd', +2]");
}

TEST_CASE("what is missing from an exchange with a card is said") {
    CHECK(fields_of(Kind::card_apdu, {{"command", "READ RECORD"}, {"header", "00B2010C"}, {"sw", "9000"}}) ==
          "READ RECORD 00B2010C, sw '9000'");
    CHECK(fields_of(Kind::card_apdu, {{"command", "GENERATE AC"}, {"header", "80AE8000"}}) ==
          "GENERATE AC 80AE8000, no answer");
    CHECK(fields_of(Kind::card_reset, {{"interface", "contact"}}) == "no answer, interface 'contact'");
    CHECK(fields_of(Kind::card_reset, {{"interface", "contactless"}, {"ats", "0578807002"}}) ==
          "interface 'contactless', ats '0578807002'");
}

TEST_CASE("a reason is told to its end, other texts are cut") {
    const std::string reason =
        "DDA: EMV book 2 clause 6.2: the authority key A000000333 77 of the issuer's certificate has expired";
    CHECK(fields_of(Kind::terminal_chip,
                    {{"step", "authentication"}, {"outcome", "done"}, {"detail", reason}}) ==
          "done authentication, detail '" + reason + "'");
    const std::string endless(1000, 'x');
    CHECK(fields_of(Kind::terminal_chip, {{"step", "risk"}, {"outcome", "done"}, {"detail", endless}}) ==
          "done risk, detail '" + endless.substr(0, 240) + "…'");
    CHECK(fields_of(Kind::terminal_display, {{"text", endless}}) == "text '" + endless.substr(0, 60) + "…'");
}
