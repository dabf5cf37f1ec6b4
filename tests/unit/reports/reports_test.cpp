#include <sstream>

#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "bench/runtime/utf8.hpp"
#include "reports/console.hpp"
#include "reports/files.hpp"
#include "reports/live_metrics.hpp"
#include "reports/text.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::reports;
using judge::Verdict;
using namespace std::chrono_literals;

namespace {

judge::CaseRecord passed() {
    judge::CaseRecord record;
    record.scenario = record.case_id = "card.chip-sale";
    record.title = {{"en", "Chip sale, approved"}, {"zh", "插卡消费"}};
    record.profile = "clean";
    record.run_time = 12s;
    record.judgement.verdict = Verdict::pass;
    record.judgement.findings.push_back(
        {"approved", Verdict::pass, judge::Level::mandatory, "expect x", "", {}, {}, {}});
    record.judgement.measurements.push_back({"card_to_decision", 3210ms, 20s, {}});
    record.events.push_back(
        {runtime::TimePoint(1s), trace::Kind::terminal_display, {{"text", "交易成功</script>"}}});
    return record;
}

judge::CaseRecord failed() {
    judge::CaseRecord record = passed();
    record.scenario = record.case_id = "network.cut";
    record.judgement.verdict = Verdict::fail;
    record.judgement.findings = {{"ledger",
                                  Verdict::fail,
                                  judge::Level::mandatory,
                                  "the three books agree",
                                  "12.34 CNY, STAN 000002: cardholder charged & <nothing> shown",
                                  0,
                                  runtime::TimePoint(1s),
                                  {}}};
    judge::LedgerLine line;
    line.stan = "000002";
    line.host = 1234;
    line.agrees = false;
    record.judgement.ledger.push_back(line);
    record.judgement.measurements = {{"card_to_decision", std::nullopt, 20s, {}}};
    return record;
}

judge::CaseRecord skipped() {
    judge::CaseRecord record = passed();
    record.scenario = record.case_id = "network.weak-signal";
    record.judgement = {};
    record.events.clear();
    record.skipped_because = "station emulated-loopback lacks network impairment";
    return record;
}

judge::RunRecord run_of(std::vector<judge::CaseRecord> cases) {
    judge::RunRecord run;
    run.version = "0.1.0";
    run.station = "emulated";
    run.command = "posbench run";
    run.cases = std::move(cases);
    return run;
}

std::string summary(const judge::RunRecord& run, ConsoleOptions options) {
    std::ostringstream out;
    Console console(out, options);
    console.begin(run.cases.size(), run.station);
    for (const auto& record : run.cases) console.case_done(record);
    console.summary(run, "records");
    return out.str();
}

}  // namespace

TEST_CASE("the console explains a failure by what was expected, what was seen and where") {
    const std::string text = summary(run_of({passed(), failed(), skipped()}), {});
    CHECK_THAT(text,
               Catch::Matchers::ContainsSubstring("1 passed, 1 failed, 0 inconclusive, 0 errors, 1 skipped"));
    CHECK_THAT(text, Catch::Matchers::ContainsSubstring("expected   the three books agree"));
    CHECK_THAT(text, Catch::Matchers::ContainsSubstring("cardholder charged"));
    CHECK_THAT(text, Catch::Matchers::ContainsSubstring("terminal.display"));
    CHECK_THAT(text, Catch::Matchers::ContainsSubstring("lacks network impairment"));
    CHECK_THAT(text, Catch::Matchers::ContainsSubstring("records/report.html"));
    CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("the console says which runs had not begun when a signal came, and the results do") {
    judge::RunRecord run = run_of({passed(), failed()});
    run.interrupted_by = 15;
    run.not_begun = {{"host.slow[a=1]", 1}, {"host.slow[a=2]", 3}};
    CHECK_THAT(summary(run, {}),
               Catch::Matchers::ContainsSubstring("interrupted by signal 15\n4 of 6 runs had not begun:\n"
                                                  "  host.slow[a=1]\n  host.slow[a=2] × 3\n"));
    CHECK_THAT(results_json(run), Catch::Matchers::ContainsSubstring("\"case\": \"host.slow[a=2]\""));
    run.not_begun.assign(25, {"host.slow", 1});
    CHECK_THAT(summary(run, {}), Catch::Matchers::ContainsSubstring("25 of 27 runs had not begun") &&
                                     Catch::Matchers::ContainsSubstring("  … 5\n"));
    run.not_begun.clear();
    CHECK_THAT(summary(run, {}), !Catch::Matchers::ContainsSubstring("not begun"));
}

TEST_CASE("the console speaks Chinese when asked, and keeps quiet when asked") {
    ConsoleOptions options;
    options.language = Language::zh;
    CHECK_THAT(summary(run_of({failed()}), options), Catch::Matchers::ContainsSubstring("插卡消费") &&
                                                         Catch::Matchers::ContainsSubstring("1 失败"));
    options = {};
    options.quiet = true;
    const std::string quiet = summary(run_of({passed(), failed()}), options);
    CHECK_THAT(quiet, Catch::Matchers::ContainsSubstring("network.cut") &&
                          !Catch::Matchers::ContainsSubstring("card.chip-sale"));
}

TEST_CASE("columns line up with Chinese text: a wide character takes two") {
    CHECK(display_width("abc") == 3);
    CHECK(display_width("交易成功") == 8);
    CHECK(display_width("é–") == 2);
    CHECK(fit("交易成功", 10) == "交易成功  ");
    CHECK(display_width(fit("交易成功交易成功", 9)) == 9);
    CHECK(fit("abcdef", 4) == "abc…");
    CHECK(fit("abcdef", 0) == "…");
    CHECK(fit_ends("abcdef", 6) == "abcdef");
    CHECK(fit_ends("abcdefghij", 5) == "ab…ij");
    CHECK(fit_ends("abcdefghij", 6) == "ab…hij");
    CHECK(fit_ends("交易成功交易成功", 8) == "交…成功 ");
    CHECK(fit_ends("交易成功交易成功", 7) == "交…功  ");
    CHECK(display_width(fit_ends("交易成功交易成功", 7)) == 7);
    CHECK(fit_ends("abcdef", 2) == "a…");
}

TEST_CASE("durations as people say them") {
    CHECK(human_duration(850us) == "850 µs");
    CHECK(human_duration(12300us) == "12.3 ms");
    CHECK(human_duration(4250ms) == "4.25 s");
    CHECK(human_duration(123s) == "2 min 03 s");
    CHECK(human_duration(3700s) == "1 h 01 min");
}

TEST_CASE("JUnit: failure for the terminal, error for the bench, skipped with the reason, counts by suite") {
    auto broken = passed();
    broken.case_id = "card.broken\x01";
    broken.judgement.verdict = Verdict::error;
    const std::string text = junit_xml(run_of({passed(), failed(), broken, skipped()}));
    pugi::xml_document document;
    REQUIRE(document.load_string(text.c_str()));
    const auto suites = document.child("testsuites");
    const auto card = suites.find_child_by_attribute("testsuite", "name", "card");
    CHECK(card.attribute("tests").as_int() == 2);
    CHECK(card.attribute("errors").as_int() == 1);
    CHECK(card.attribute("failures").as_int() == 0);
    const auto network = suites.find_child_by_attribute("testsuite", "name", "network");
    CHECK(network.attribute("failures").as_int() == 1);
    CHECK(network.attribute("skipped").as_int() == 1);
    const auto failure = network.find_child_by_attribute("testcase", "name", "network.cut").child("failure");
    CHECK_THAT(failure.attribute("message").value(),
               Catch::Matchers::ContainsSubstring("cardholder charged & <nothing> shown"));
    CHECK(text.find('\x01') == std::string::npos);
    // The time that the terminal took, not what the bench computed.
    const auto one = network.find_child_by_attribute("testcase", "name", "network.cut");
    CHECK(one.attribute("time").as_double() == 12.0);
    CHECK(network.attribute("time").as_double() == 24.0);  // of both its cases
    CHECK_THAT(one.child("system-out").text().get(), Catch::Matchers::ContainsSubstring("run time 12.00 s"));
}

TEST_CASE("results.json holds every case with findings, measurements and ledger") {
    const auto results = nlohmann::json::parse(results_json(run_of({passed(), failed(), skipped()})));
    CHECK(results.at("results_version") == 1);
    CHECK(results.at("totals").at("fail") == 1);
    CHECK(results.at("exit_code") == 1);
    const auto& cases = results.at("cases");
    REQUIRE(cases.size() == 3);
    CHECK(cases[0].at("measurements")[0].at("value_ns") == 3'210'000'000);
    CHECK(cases[1].at("measurements")[0].at("value_ns").is_null());
    CHECK(cases[1].at("ledger")[0].at("agrees") == false);
    CHECK(cases[2].at("verdict") == "skipped");
}

TEST_CASE("Prometheus text: verdicts, phases, censored phases; no label that grows without bound") {
    const std::string text = prometheus_text(run_of({passed(), passed(), failed()}));
    CHECK_THAT(text, Catch::Matchers::ContainsSubstring(
                         "posbench_runs_total{outcome=\"pass\",profile=\"clean\",scenario=\"card.chip-sale\","
                         "station=\"emulated\"} 2"));
    CHECK_THAT(text,
               Catch::Matchers::ContainsSubstring("posbench_phase_seconds_count{phase=\"card_to_decision\""));
    CHECK_THAT(text, Catch::Matchers::ContainsSubstring(
                         "posbench_phase_incomplete_total{phase=\"card_to_decision\""));
    CHECK_THAT(text, Catch::Matchers::ContainsSubstring("posbench_money_differences_total"));
    CHECK(text.find("000002") == std::string::npos);
}

TEST_CASE("/metrics is served while a campaign runs, and a port that is taken is named") {
    LiveMetrics metrics("0", "emulated");
    metrics.case_done(passed());
    CHECK(metrics.port() != 0);
    CHECK_THROWS_WITH(LiveMetrics(std::to_string(metrics.port()), "emulated"),
                      Catch::Matchers::ContainsSubstring(std::to_string(metrics.port())));
}

TEST_CASE("the HTML report is one file whose data cannot break out of its script, failures first") {
    const std::string page = html_report(run_of({passed(), failed()}), Language::en);
    CHECK(page.find("交易成功</script>") == std::string::npos);
    CHECK(page.find("交易成功\\u003c/script>") != std::string::npos);
    CHECK(page.find("/*DATA*/") == std::string::npos);
    CHECK(page.find("\"id\":\"network.cut\"") < page.find("\"id\":\"card.chip-sale\""));
    CHECK(page.find("http://") == page.find("http://www.w3.org/2000/svg"));
    CHECK(page.find("https://") == std::string::npos);
}

namespace {

/// What a hostile terminal may put into any text: escapes of a display, C1, half a character, no character.
const std::string hostile =
    "a\x1B[2J\x07\xC2\x9B"
    "1m\xFF\xE4\xBA\xEF\xBF\xBF\x7F</script>]]>";

judge::CaseRecord hostile_record() {
    judge::CaseRecord record = failed();
    record.scenario = record.case_id = "network." + hostile;
    record.title = {{"en", hostile}};
    record.profile = hostile;
    record.judgement.findings.front().id = hostile;
    record.judgement.findings.front().expected = hostile;
    record.judgement.findings.front().seen = hostile;
    record.judgement.measurements.front().name = hostile;
    record.judgement.ledger.front().difference = hostile;
    record.trace_file = "traces/" + hostile;
    record.events = {
        {runtime::TimePoint(1s), trace::Kind::terminal_display, {{"text", hostile}}},
        {runtime::TimePoint(1s), trace::Kind::host_request, {{"mti", hostile}, {"stan", hostile}}}};
    record.judgement.findings.front().event = 1;
    return record;
}

judge::CaseRecord hostile_skip() {
    judge::CaseRecord record = skipped();
    record.skipped_because = hostile;
    return record;
}

/// Nothing that a terminal would act on, nothing that is no UTF-8.
void check_harmless(const std::string& text) {
    CHECK(runtime::printable(text) == text);
}

judge::Finding p95(Verdict verdict) {
    return {"limit:card_to_decision",
            verdict,
            judge::Level::mandatory,
            "card.chip-sale: 95 of 100 card_to_decision take at most 2s",
            "p95 over 100 runs: 3.210 s",
            {},
            {},
            {}};
}

}  // namespace

TEST_CASE("octets that are no text and control characters reach no report as they are") {
    auto run = run_of({hostile_record(), hostile_skip()});
    run.station = run.command = hostile;
    run.summary_findings = {p95(Verdict::fail)};
    run.summary_findings.front().seen = hostile;
    check_harmless(summary(run, {}));
    check_harmless(html_report(run, Language::en));
    const std::string junit = junit_xml(run);
    check_harmless(junit);
    pugi::xml_document document;
    CHECK(document.load_string(junit.c_str()));
    CHECK(nlohmann::json::accept(results_json(run)));
    std::ostringstream out;
    print_trace(out, run.cases.front().events);
    print_judgement(out, run.cases.front().judgement, run.cases.front().events, {});
    check_harmless(out.str());
    CHECK_THAT(out.str(), Catch::Matchers::ContainsSubstring("\\x1B[2J\\x07\\xC2\\x9B1m\\xFF"));
}

TEST_CASE("a judgement alone says where, like a run") {
    std::ostringstream out;
    const auto record = failed();
    print_judgement(out, record.judgement, record.events, {});
    const std::string where = "where           1.000 s  terminal.display";
    CHECK_THAT(out.str(), Catch::Matchers::ContainsSubstring(where));
    CHECK_THAT(summary(run_of({record}), {}), Catch::Matchers::ContainsSubstring(where));
}

TEST_CASE("a run that judged nothing is counted, everywhere") {
    auto record = passed();
    record.judgement.verdict = Verdict::none;
    const auto run = run_of({passed(), record});
    CHECK_THAT(summary(run, {}),
               Catch::Matchers::ContainsSubstring(
                   "1 passed, 0 failed, 0 inconclusive, 0 errors, 1 not judged, 0 skipped"));
    CHECK_THAT(summary(run_of({passed()}), {}), !Catch::Matchers::ContainsSubstring("not judged"));
    CHECK(nlohmann::json::parse(results_json(run)).at("totals").at("none") == 1);
    CHECK_THAT(html_report(run, Language::en),
               Catch::Matchers::ContainsSubstring(R"("totals":{"none":1,"pass":1})"));
}

TEST_CASE("limits over the repetitions stand in every report, failures first") {
    auto run = run_of({passed()});
    run.summary_findings = {p95(Verdict::pass), p95(Verdict::fail)};
    run.summary_findings.front().id = "limit:other";
    const std::string page = html_report(run, Language::en);
    const auto at = page.find(R"("over_repetitions":[{"id":"limit:card_to_decision","verdict":"fail")");
    CHECK(at != std::string::npos);
    CHECK_THAT(page, Catch::Matchers::ContainsSubstring("p95 over 100 runs: 3.210 s"));
    CHECK_THAT(page, Catch::Matchers::ContainsSubstring("\"id\":\"limit:other\""));
    CHECK_THAT(summary(run, {}), Catch::Matchers::ContainsSubstring("p95 over 100 runs: 3.210 s"));
    CHECK_THAT(junit_xml(run), Catch::Matchers::ContainsSubstring("p95 over 100 runs: 3.210 s"));
    CHECK_THAT(results_json(run), Catch::Matchers::ContainsSubstring("p95 over 100 runs: 3.210 s"));
}

TEST_CASE("abridged runs are counted, not listed: a report does not grow with its repetitions") {
    std::vector<judge::CaseRecord> cases{passed()};
    cases.front().case_id = "network.cut";
    for (int repetition = 2; repetition <= 5000; ++repetition) {
        cases.push_back(failed());
        cases.back().repetition = repetition;
        if (repetition > 3) judge::abridge(cases.back());
    }
    const auto run = run_of(cases);
    const std::string page = html_report(run, Language::en);
    CHECK(page.size() < 40'000);
    CHECK_THAT(page, Catch::Matchers::ContainsSubstring(R"("totals":{"fail":4999,"pass":1})"));
    CHECK_THAT(page, Catch::Matchers::ContainsSubstring(R"("runs":{"fail":4999,"pass":1})"));
    CHECK_THAT(page, Catch::Matchers::ContainsSubstring("network.cut#3") &&
                         !Catch::Matchers::ContainsSubstring("network.cut#4"));
    const std::string text = summary(run, {});
    CHECK_THAT(text, Catch::Matchers::ContainsSubstring("\n… 4997 more runs did not pass\n"));
    CHECK_THAT(text, Catch::Matchers::ContainsSubstring("fail  network.cut#3") &&
                         !Catch::Matchers::ContainsSubstring("fail  network.cut#4"));
    const auto results = nlohmann::json::parse(results_json(run));
    REQUIRE(results.at("cases").size() == 5000);
    CHECK(results.at("cases")[4999].at("abridged") == true);
    CHECK(results.at("cases")[4999].at("findings")[0].at("verdict") == "fail");
    CHECK(results.at("cases")[4999].at("measurements").size() == 1);
}
