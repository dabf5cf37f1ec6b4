#include <nlohmann/json.hpp>

#include "reports/files.hpp"
#include "reports/html_template.hpp"
#include "tests/support/catch.hpp"

// report.html stays below 2 MB: what it leaves out, and that it says so.

using namespace posbench;
using namespace posbench::reports;
using judge::Verdict;
using namespace std::chrono_literals;

namespace {

judge::CaseRecord run_of(const std::string& id, Verdict verdict, std::size_t events = 1) {
    judge::CaseRecord record;
    record.scenario = record.case_id = id;
    record.title = {{"en", "A title"}};
    record.trace_file = "traces/" + id + ".jsonl";
    record.judgement.verdict = verdict;
    record.judgement.findings.push_back(
        {"ledger", verdict, judge::Level::mandatory, "the three books agree", "what was seen", {}, {}, {}});
    for (std::size_t i = 0; i < events; ++i)
        record.events.push_back({runtime::TimePoint(1s),
                                 trace::Kind::terminal_display,
                                 {{"text", "a line of some length, for weight"}}});
    return record;
}

nlohmann::json data_of(const std::string& page) {
    const std::string_view begin = R"(<script type="application/json" id="data">)";
    const auto at = page.find(begin) + begin.size();
    return nlohmann::json::parse(page.substr(at, page.find("</script>", at) - at));
}

std::string page_of(std::vector<judge::CaseRecord> cases) {
    judge::RunRecord run;
    run.cases = std::move(cases);
    return html_report(run, Language::en);
}

const nlohmann::json& find(const nlohmann::json& data, const std::string& id) {
    for (const auto& one : data.at("cases"))
        if (one.at("id") == id) return one;
    FAIL("no line for " << id);
    return data;
}

std::size_t count_with(const nlohmann::json& data, const std::string& verdict, const std::string& member) {
    std::size_t count = 0;
    for (const auto& one : data.at("cases"))
        if (one.at("verdict") == verdict && one.contains(member)) ++count;
    return count;
}

}  // namespace

TEST_CASE("charts of passing runs are left out before those of failed ones") {
    std::vector<judge::CaseRecord> cases;
    for (int i = 0; i < 60; ++i) cases.push_back(run_of("pass." + std::to_string(i), Verdict::pass, 1000));
    for (int i = 0; i < 5; ++i) cases.push_back(run_of("fail." + std::to_string(i), Verdict::fail, 1000));
    const std::string page = page_of(cases);
    CHECK(page.size() < 2'000'000);
    const auto data = data_of(page);
    CHECK(count_with(data, "fail", "chart") == 5);
    const auto passing = count_with(data, "pass", "chart");
    CHECK(passing > 0);
    CHECK(passing < 60);
    CHECK(count_with(data, "pass", "findings") == 60);
}

TEST_CASE("a chart that does not fit leaves its place to the next") {
    const std::string page =
        page_of({run_of("fail.big", Verdict::fail, 40'000), run_of("fail.small", Verdict::fail, 10),
                 run_of("pass.small", Verdict::pass, 10)});
    CHECK(page.size() < 2'000'000);
    const auto data = data_of(page);
    CHECK(data.at("cases")[0].at("id") == "fail.big");
    CHECK_FALSE(find(data, "fail.big").contains("chart"));
    CHECK(find(data, "fail.small").at("chart").size() == 10);
    CHECK(find(data, "pass.small").at("chart").size() == 10);
}

TEST_CASE("every whole run has a line, also when its details do not fit, and the worst have theirs") {
    std::vector<judge::CaseRecord> cases;
    for (int i = 0; i < 3000; ++i) {
        cases.push_back(run_of("pass." + std::to_string(i), Verdict::pass));
        cases.back().judgement.findings.front().expected = std::string(100'000, '<');
    }
    cases.push_back(run_of("fail.long", Verdict::fail));
    cases.back().judgement.findings.front().seen = std::string(5'000'000, 'x');
    cases.push_back(run_of("fail.huge", Verdict::error));
    cases.back().judgement.measurements.push_back({std::string(600'000, 'm'), {}, {}, {}});
    const std::string page = page_of(cases);
    CHECK(page.size() < 2'000'000);
    const auto data = data_of(page);
    CHECK(data.at("totals") == nlohmann::json{{"error", 1}, {"fail", 1}, {"pass", 3000}});
    CHECK(data.at("cases").size() == 3002);
    CHECK(find(data, "fail.long").contains("findings"));
    const auto& huge = find(data, "fail.huge");
    CHECK(huge == nlohmann::json{{"id", "fail.huge"}, {"verdict", "error"}, {"trace", "fail.huge.jsonl"}});
    CHECK(count_with(data, "pass", "findings") < 3000);
}

TEST_CASE("four hundred failed runs are all listed, with as many details as fit") {
    std::vector<judge::CaseRecord> cases;
    for (int i = 0; i < 400; ++i) {
        cases.push_back(run_of("fail." + std::to_string(i), Verdict::fail, 300));
        cases.back().judgement.findings.front().seen = std::string(1'800, 'x');
    }
    const std::string page = page_of(cases);
    CHECK(page.size() < 2'000'000);
    const auto data = data_of(page);
    CHECK(data.at("cases").size() == 400);
    CHECK(count_with(data, "fail", "findings") > 150);
    CHECK(count_with(data, "fail", "chart") > 50);
}

TEST_CASE("limits over the repetitions and the heading have their share of the page, and no more") {
    judge::RunRecord run;
    run.command = run.station = run.version = std::string(3'000'000, '<');
    for (int i = 0; i < 60; ++i)
        run.cases.push_back(run_of("pass." + std::to_string(i), Verdict::pass, 1000));
    for (int i = 0; i < 400; ++i)
        run.summary_findings.push_back({"limit:" + std::string(100'000, '<'),
                                        i < 399 ? Verdict::pass : Verdict::fail,
                                        judge::Level::mandatory,
                                        std::string(100'000, '<'),
                                        "p95",
                                        {},
                                        {},
                                        {}});
    const std::string page = html_report(run, Language::en);
    CHECK(page.size() < 2'000'000);
    const auto data = data_of(page);
    const std::size_t listed = data.at("over_repetitions").size();
    CHECK(listed > 0);
    CHECK(data.at("over_repetitions")[0].at("verdict") == "fail");
    CHECK(data.at("limits_left_out") == 400 - listed);
    CHECK(data.at("cases").size() == 60);
}

TEST_CASE(
    "lines are never left out: a line weighs at most 4 kB, beyond 2 MB the page is as large as they are") {
    std::vector<judge::CaseRecord> cases;
    for (int i = 0; i < 800; ++i)
        cases.push_back(run_of(std::to_string(i) + std::string(1'000, '<'), Verdict::pass));
    const std::string page = page_of(cases);
    const auto data = data_of(page);
    CHECK(data.at("cases").size() == 800);
    CHECK(count_with(data, "pass", "findings") == 0);
    CHECK(page.size() > 2'000'000);
    CHECK(page.size() < html_template.size() + 1'000 + 800 * 4'000);
}
