#include <algorithm>
#include <map>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

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

/// Octets of the page. What is in it for certain (template, heading, a line for each whole run) comes first;
/// the rest is spent in this order: limits, details, charts.
constexpr std::size_t page_budget = 2'000'000;
constexpr std::size_t limits_budget = 100'000;   ///< over repetitions
constexpr std::size_t details_budget = 450'000;  ///< findings, measurements, ledgers
constexpr std::size_t longest_text = 2'000;      ///< of a finding or the heading
constexpr std::size_t longest_name = 300;        ///< in a line

bool in_chart(Kind kind) {
    return kind != Kind::bench_run && kind != Kind::bench_end;
}

/// A row of the sequence chart for each event: [time in µs, kind, text].
json chart(const CaseRecord& record, const TellEvents& tell) {
    const std::vector<std::string> texts = tell(record.events);
    json rows = json::array();
    for (std::size_t i = 0; i < record.events.size(); ++i) {
        const Event& event = record.events[i];
        if (!in_chart(event.kind)) continue;
        rows.push_back(
            json::array({runtime::to_ns(event.at) / 1000, trace::spec(event.kind).name, texts.at(i)}));
    }
    return rows;
}

/// The chart's row that shows an event, or null.
json row_of(const CaseRecord& record, std::optional<std::size_t> event) {
    if (!event || *event >= record.events.size() || !in_chart(record.events[*event].kind)) return nullptr;
    const auto begin = record.events.begin();
    return std::count_if(begin, begin + static_cast<std::ptrdiff_t>(*event),
                         [](const Event& before) { return in_chart(before.kind); });
}

std::string clip(std::string_view text, std::size_t longest = longest_text) {
    if (text.size() <= longest) return std::string(text);
    std::size_t end = longest;
    while ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80 && end > 0) --end;
    return std::string(text.substr(0, end)) + "…";
}

json as_json(const judge::Finding& finding) {
    return {{"id", clip(finding.id)},
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

/// What stands of every whole run.
json line_of(const CaseRecord& record) {
    return {{"id", clip(run_name(record), longest_name)},
            {"verdict", judge::to_string(record.verdict())},
            {"trace", clip(record.trace_file.filename().string(), longest_name)}};
}

/// The line with all that is known beside the events.
json details_of(const CaseRecord& record, Language language) {
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

/// Octets that may still be written.
class Budget {
  public:
    explicit Budget(std::size_t octets) : left_(octets) {}
    /// False, with nothing spent, when there is not that much left.
    bool spend(std::size_t octets) {
        if (octets > left_) return false;
        left_ -= octets;
        return true;
    }
    /// What is written in any case: the budget may end at nothing.
    void must_spend(std::size_t octets) { left_ -= std::min(octets, left_); }
    std::size_t left() const { return left_; }

  private:
    std::size_t left_;
};

/// Octets of `data` in the page, with the comma after it.
std::size_t size_of(const json& data) {
    return for_script(data).size() + 1;
}

/// A line for each run that is whole, the worst first (`abridged` ones are only counted); then, in the same
/// order, details and charts as far as `page` goes. What does not fit leaves its place to what follows.
json cases_of(const judge::RunRecord& run, Language language, const TellEvents& tell, Budget& page) {
    std::vector<const CaseRecord*> whole = worst_first(run);
    std::erase_if(whole, [](const CaseRecord* record) { return record->abridged; });
    json cases = json::array();
    for (const CaseRecord* record : whole) {
        cases.push_back(line_of(*record));
        make_printable(cases.back());
        page.must_spend(size_of(cases.back()));
    }
    const auto counts = counts_by_case(run);
    Budget details(std::min(details_budget, page.left()));
    for (std::size_t i = 0; i < whole.size(); ++i) {
        json one = details_of(*whole[i], language);
        if (whole[i]->repetition == 1) one["runs"] = counts.at(whole[i]->case_id);
        make_printable(one);
        const std::size_t size = size_of(one);
        if (!details.spend(size)) continue;
        page.must_spend(size);
        cases[i] = std::move(one);
    }
    for (std::size_t i = 0; i < whole.size(); ++i) {
        if (!cases[i].contains("findings")) continue;
        json rows = chart(*whole[i], tell);
        make_printable(rows);
        constexpr std::size_t name = std::string_view("\"chart\":").size();
        if (page.spend(name + size_of(rows))) cases[i]["chart"] = std::move(rows);
    }
    return cases;
}

json totals_of(const judge::RunRecord& run) {
    Counts totals;
    for (const CaseRecord& record : run.cases) ++totals[judge::to_string(record.verdict())];
    return totals;
}

/// Limits over the repetitions (p95), failures first, and how many did not fit.
void add_limits(json& data, const judge::RunRecord& run) {
    json listed = json::array();
    std::size_t left_out = 0;
    Budget limits(limits_budget);
    for (const bool passed : {false, true})
        for (const judge::Finding& finding : run.summary_findings) {
            if ((finding.verdict == judge::Verdict::pass) != passed) continue;
            json one = as_json(finding);
            make_printable(one);
            if (limits.spend(size_of(one)))
                listed.push_back(std::move(one));
            else
                ++left_out;
        }
    data["over_repetitions"] = std::move(listed);
    data["limits_left_out"] = left_out;
}

}  // namespace

std::string html_report(const judge::RunRecord& run, Language language, const TellEvents& tell) {
    json data{{"station", clip(run.station)},
              {"version", clip(run.version)},
              {"command", clip(run.command)},
              {"seed", std::to_string(run.seed)},
              {"started", fmt::format("{:%F %T} UTC", std::chrono::floor<std::chrono::seconds>(run.started))},
              {"took", human_duration(run.wall_time)},
              {"interrupted", run.interrupted_by},
              {"language", language == Language::zh ? "zh" : "en"},
              {"totals", totals_of(run)}};
    make_printable(data);
    add_limits(data, run);
    data["cases"] = json::array();
    Budget budget(page_budget);
    budget.must_spend(html_template.size() + size_of(data));
    data["cases"] = cases_of(run, language, tell, budget);
    std::string page(html_template);
    constexpr std::string_view place = "/*DATA*/";
    page.replace(page.find(place), place.size(), for_script(data));
    return page;
}

}  // namespace posbench::reports
