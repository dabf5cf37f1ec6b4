#include <algorithm>
#include <map>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/judge/explain.hpp"
#include "bench/runtime/utf8.hpp"
#include "reports/files.hpp"
#include "reports/html_template.hpp"
#include "reports/text.hpp"

namespace posbench::reports {
namespace {

using json = nlohmann::ordered_json;
using judge::CaseRecord;
using trace::Event;
using trace::Kind;

/// The report stays below 2 MB: what goes beyond these octets is left out, that of passing cases first.
constexpr std::size_t chart_budget = 1'450'000;
constexpr std::size_t summary_budget = 450'000;
constexpr std::size_t most_limits = 100;     ///< over repetitions
constexpr std::size_t longest_text = 2'000;  ///< of one finding, octets

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

std::string clip(std::string_view text) {
    if (text.size() <= longest_text) return std::string(text);
    std::size_t end = longest_text;
    while ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80 && end > 0) --end;
    return std::string(text.substr(0, end)) + "…";
}

json as_json(const judge::Finding& finding) {
    return {{"id", finding.id},
            {"verdict", judge::to_string(finding.verdict)},
            {"suggested", finding.level == judge::Level::suggested},
            {"expected", clip(finding.expected)},
            {"seen", clip(finding.seen)},
            {"row", nullptr}};
}

json findings_of(const CaseRecord& record) {
    json out = json::array();
    for (const judge::Finding& finding : record.judgement.findings) {
        out.push_back(as_json(finding));
        if (finding.verdict == judge::Verdict::pass)
            out.back()["seen"] = "";
        else
            out.back()["row"] = row_of(record, finding.event);
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
    return {{"id", run_name(record)},
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

/// Every text in `data` as a page may show it.
void make_printable(json& data) {
    if (data.is_string())
        data = runtime::printable(data.get_ref<const std::string&>());
    else if (data.is_structured())
        for (json& item : data) make_printable(item);
}

/// Verdicts and how often each was given.
using Counts = std::map<std::string_view, int>;

std::map<std::string_view, Counts> counts_by_case(const judge::RunRecord& run) {
    std::map<std::string_view, Counts> counts;
    for (const CaseRecord& record : run.cases) ++counts[record.case_id][judge::to_string(record.verdict())];
    return counts;
}

/// The runs that are whole, the worst first, as far as the budgets go. `abridged` ones are only counted.
json cases_of(const judge::RunRecord& run, Language language) {
    const auto counts = counts_by_case(run);
    json cases = json::array();
    std::size_t summaries = 0;
    std::size_t charts = 0;
    for (const CaseRecord* record : worst_first(run)) {
        if (record->abridged) continue;
        json one = summary_of(*record, language);
        const Counts& runs = counts.at(record->case_id);
        if (record->repetition == 1) one["runs"] = runs;
        make_printable(one);
        const std::size_t size = for_script(one).size();
        if (summaries + size > summary_budget) continue;
        summaries += size;
        json rows = chart(*record);
        make_printable(rows);
        charts += for_script(rows).size();
        if (charts < chart_budget) one["chart"] = std::move(rows);
        cases.push_back(std::move(one));
    }
    return cases;
}

json totals_of(const judge::RunRecord& run) {
    Counts totals;
    for (const CaseRecord& record : run.cases) ++totals[judge::to_string(record.verdict())];
    return totals;
}

/// Limits over the repetitions (p95), failures first.
json repetitions_of(const judge::RunRecord& run) {
    json out = json::array();
    for (const bool passed : {false, true})
        for (const judge::Finding& finding : run.summary_findings)
            if ((finding.verdict == judge::Verdict::pass) == passed && out.size() < most_limits)
                out.push_back(as_json(finding));
    return out;
}

}  // namespace

std::string html_report(const judge::RunRecord& run, Language language) {
    json data{{"station", run.station},
              {"version", run.version},
              {"command", run.command},
              {"seed", std::to_string(run.seed)},
              {"started", fmt::format("{:%F %T} UTC", std::chrono::floor<std::chrono::seconds>(run.started))},
              {"took", human_duration(run.wall_time)},
              {"interrupted", run.interrupted_by},
              {"language", language == Language::zh ? "zh" : "en"},
              {"totals", totals_of(run)},
              {"over_repetitions", repetitions_of(run)}};
    make_printable(data);
    data["cases"] = cases_of(run, language);
    std::string page(html_template);
    constexpr std::string_view place = "/*DATA*/";
    page.replace(page.find(place), place.size(), for_script(data));
    return page;
}

}  // namespace posbench::reports
