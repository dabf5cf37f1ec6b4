#include <algorithm>
#include <array>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/judge/explain.hpp"
#include "reports/files.hpp"
#include "reports/html_template.hpp"
#include "reports/text.hpp"

namespace posbench::reports {
namespace {

using json = nlohmann::ordered_json;
using judge::CaseRecord;
using trace::Event;
using trace::Kind;

/// The report stays below 2 MB: charts beyond this many octets are left out, those of passing cases first.
constexpr std::size_t chart_budget = 1'500'000;

bool in_chart(Kind kind) {
    return kind != Kind::bench_run && kind != Kind::bench_end;
}

/// One row of the sequence chart: [time in µs, kind, text].
json row(const Event& event) {
    return json::array(
        {runtime::to_ns(event.at) / 1000, trace::spec(event.kind).name, judge::explain_fields(event)});
}

json chart(const CaseRecord& record) {
    json rows = json::array();
    for (const Event& event : record.events)
        if (in_chart(event.kind)) rows.push_back(row(event));
    return rows;
}

/// The chart's row that shows an event, or null.
json row_of(const CaseRecord& record, std::optional<std::size_t> event) {
    if (!event || *event >= record.events.size() || !in_chart(record.events[*event].kind)) return nullptr;
    const auto begin = record.events.begin();
    return std::count_if(begin, begin + static_cast<std::ptrdiff_t>(*event),
                         [](const Event& before) { return in_chart(before.kind); });
}

json findings_of(const CaseRecord& record) {
    json out = json::array();
    for (const judge::Finding& finding : record.judgement.findings) {
        const bool pass = finding.verdict == judge::Verdict::pass;
        out.push_back({{"id", finding.id},
                       {"verdict", judge::to_string(finding.verdict)},
                       {"suggested", finding.level == judge::Level::suggested},
                       {"expected", finding.expected},
                       {"seen", pass ? std::string() : finding.seen},
                       {"row", pass ? json(nullptr) : row_of(record, finding.event)}});
    }
    return out;
}

json measurements_of(const CaseRecord& record) {
    json out = json::array();
    for (const judge::Measurement& measurement : record.judgement.measurements)
        out.push_back({measurement.name, measurement.value ? human_duration(*measurement.value) : "–",
                       measurement.limit ? human_duration(*measurement.limit) : ""});
    return out;
}

json ledger_of(const CaseRecord& record) {
    json out = json::array();
    for (const judge::LedgerLine& line : record.judgement.ledger)
        out.push_back({line.stan, line.host, line.terminal, line.receipts, line.agrees, line.difference});
    return out;
}

json summary_of(const CaseRecord& record, Language language) {
    return {{"id", record.repetition == 1 ? record.case_id
                                          : fmt::format("{}#{}", record.case_id, record.repetition)},
            {"title", title_of(record, language)},
            {"verdict", judge::to_string(record.verdict())},
            {"causes", record.causes},
            {"tags", record.tags},
            {"profile", record.profile},
            {"seed", std::to_string(record.seed)},
            {"time", human_duration(record.run_time)},
            {"skipped", record.skipped_because},
            {"trace", record.trace_file.filename().string()},
            {"findings", findings_of(record)},
            {"measurements", measurements_of(record)},
            {"ledger", ledger_of(record)}};
}

/// Safe inside <script>: no "<" is left.
std::string for_script(const json& data) {
    std::string out;
    for (char c : data.dump(-1, ' ', false, json::error_handler_t::replace))
        out += c == '<' ? "\\u003c" : std::string(1, c);
    return out;
}

json cases_of(const judge::RunRecord& run, Language language) {
    json cases = json::array();
    std::size_t used = 0;
    for (const CaseRecord* record : worst_first(run)) {
        json one = summary_of(*record, language);
        json rows = chart(*record);
        used += rows.dump(-1, ' ', false, json::error_handler_t::replace).size();
        if (used < chart_budget) one["chart"] = std::move(rows);
        cases.push_back(std::move(one));
    }
    return cases;
}

}  // namespace

std::string html_report(const judge::RunRecord& run, Language language) {
    const json data{
        {"station", run.station},
        {"version", run.version},
        {"command", run.command},
        {"seed", std::to_string(run.seed)},
        {"started", fmt::format("{:%F %T} UTC", std::chrono::floor<std::chrono::seconds>(run.started))},
        {"took", human_duration(run.wall_time)},
        {"interrupted", run.interrupted_by},
        {"language", language == Language::zh ? "zh" : "en"},
        {"cases", cases_of(run, language)}};
    std::string page(html_template);
    constexpr std::string_view place = "/*DATA*/";
    page.replace(page.find(place), place.size(), for_script(data));
    return page;
}

}  // namespace posbench::reports
