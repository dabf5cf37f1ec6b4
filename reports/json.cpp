#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reports/files.hpp"
#include "reports/text.hpp"

namespace posbench::reports {
namespace {

using json = nlohmann::ordered_json;
using judge::CaseRecord;

constexpr int results_version = 1;

std::string dump(const json& value, int indent) {
    return value.dump(indent, ' ', false, json::error_handler_t::replace);
}

json nanoseconds(const std::optional<runtime::Duration>& duration) {
    return duration ? json(duration->count()) : json(nullptr);
}

json as_json(const judge::Finding& finding) {
    json out{{"id", finding.id},
             {"verdict", judge::to_string(finding.verdict)},
             {"level", finding.level == judge::Level::mandatory ? "mandatory" : "suggested"},
             {"expected", finding.expected},
             {"seen", finding.seen}};
    if (finding.at) out["at_ns"] = runtime::to_ns(*finding.at);
    if (finding.event) out["event"] = *finding.event;
    if (finding.source.line > 0) out["source"] = finding.source.to_string();
    return out;
}

json as_json(const judge::Measurement& measurement) {
    json out{{"name", measurement.name}, {"value_ns", nanoseconds(measurement.value)}};
    if (measurement.limit) out["limit_ns"] = measurement.limit->count();
    if (measurement.limit_p95) out["limit_p95_ns"] = measurement.limit_p95->count();
    return out;
}

json as_json(const judge::LedgerLine& line) {
    json out{{"stan", line.stan},         {"currency", line.currency},
             {"host", line.host},         {"terminal", line.terminal},
             {"receipts", line.receipts}, {"reversal_pending", line.reversal_pending},
             {"agrees", line.agrees}};
    if (!line.difference.empty()) out["difference"] = line.difference;
    return out;
}

template <class Items>
json list(const Items& items) {
    json out = json::array();
    for (const auto& item : items) out.push_back(as_json(item));
    return out;
}

json as_json(const CaseRecord& record) {
    json out{{"case", record.case_id},
             {"scenario", record.scenario},
             {"title", record.title},
             {"causes", record.causes},
             {"tags", record.tags},
             {"profile", record.profile},
             {"seed", std::to_string(record.seed)},
             {"repetition", record.repetition},
             {"file", record.file.string()},
             {"trace", record.trace_file.string()},
             {"verdict", judge::to_string(record.verdict())},
             {"run_time_ns", record.run_time.count()},
             {"wall_time_ns", record.wall_time.count()}};
    if (record.abridged) out["abridged"] = true;
    if (!record.skipped_because.empty()) out["skipped_because"] = record.skipped_because;
    out["findings"] = list(record.judgement.findings);
    out["measurements"] = list(record.judgement.measurements);
    out["ledger"] = list(record.judgement.ledger);
    return out;
}

}  // namespace

std::string results_json(const judge::RunRecord& run) {
    json totals;
    for (const auto verdict : {judge::Verdict::pass, judge::Verdict::fail, judge::Verdict::inconclusive,
                               judge::Verdict::error, judge::Verdict::none, judge::Verdict::skipped})
        totals[std::string(judge::to_string(verdict))] = run.count(verdict);
    json not_begun = json::array();
    for (const judge::NotBegun& missing : run.not_begun)
        not_begun.push_back({{"case", missing.case_id}, {"runs", missing.runs}});
    const json out{
        {"results_version", results_version},
        {"posbench", run.version},
        {"station", run.station},
        {"command", run.command},
        {"started", fmt::format("{:%FT%TZ}", std::chrono::floor<std::chrono::seconds>(run.started))},
        {"wall_time_ns", run.wall_time.count()},
        {"seed", std::to_string(run.seed)},
        {"interrupted_by", run.interrupted_by},
        {"not_begun", not_begun},
        {"exit_code", run.exit_code()},
        {"totals", totals},
        {"over_repetitions", list(run.summary_findings)}};
    // The cases as text, one after another: as one tree, ten thousand would take many times their text.
    std::string text = dump(out, 1);
    text.erase(text.rfind("\n}"));
    text += ",\n \"cases\": [";
    for (const CaseRecord& record : run.cases)
        text += (text.back() == '[' ? "\n  " : ",\n  ") + dump(as_json(record), -1);
    return text + "\n ]\n}\n";
}

}  // namespace posbench::reports
