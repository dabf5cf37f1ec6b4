#include "bench/judge/judge.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "bench/judge/books.hpp"
#include "bench/judge/evaluate.hpp"
#include "bench/judge/explain.hpp"
#include "bench/judge/observation.hpp"
#include "bench/runtime/plural.hpp"

namespace posbench::judge {
namespace {

using trace::Event;
using trace::Kind;

Finding bench_finding(std::string id, Verdict verdict, std::string expected, std::string seen,
                      const Observation& observation, std::optional<std::size_t> index) {
    Finding finding;
    finding.id = std::move(id);
    finding.verdict = verdict;
    finding.expected = std::move(expected);
    finding.seen = std::move(seen);
    finding.event = index;
    if (index) finding.at = observation.event(*index).at;
    return finding;
}

/// How the run ended, when that tells something.
std::optional<Finding> judge_ending(const Definition& definition, const Observation& observation) {
    const std::string expected = "the run comes to its end";
    const auto events = observation.events();
    const auto last = events.empty() ? std::nullopt : std::optional(events.size() - 1);
    const Event* ending = observation.ending();
    if (!ending)
        return bench_finding("bench", Verdict::inconclusive, expected,
                             fmt::format("the trace was cut off at {}", format_time(observation.last())),
                             observation, last);
    const auto state = ending->text("state");
    if (state == "complete") return std::nullopt;
    const auto index = static_cast<std::size_t>(ending - events.data());
    if (state == "interrupted")
        return bench_finding("bench", Verdict::inconclusive, expected,
                             fmt::format("interrupted at {}", format_time(ending->at)), observation, index);
    if (state != "hung")
        return bench_finding("bench", Verdict::error, expected,
                             fmt::format("the bench broke off at {}", format_time(ending->at)), observation,
                             index);
    const std::string seen =
        fmt::format("the terminal did not come to rest within {}", config::format_duration(definition.limit));
    return bench_finding("bench", Verdict::fail, "the terminal comes to rest", seen, observation, index);
}

/// What the bench itself reports: steps that were missed, impairments that did not act, its own failures.
std::optional<Finding> judge_report(const Observation& observation, std::size_t index) {
    const Event& event = observation.event(index);
    const auto text = [&](std::string_view name) { return std::string(event.text(name)); };
    if (event.kind == Kind::bench_step && event.text("state") == "missed") {
        const std::string step = fmt::format("step {}, {}", event.integer("index").value_or(0), text("do"));
        const std::string detail = event.text("detail").empty() ? "" : ": " + text("detail");
        return bench_finding("stimulus", Verdict::inconclusive, step + ", is done",
                             step + ", was missed" + detail, observation, index);
    }
    if (event.kind == Kind::terminal_state && event.text("state") == "crashed")
        return bench_finding("terminal", Verdict::fail, "the terminal keeps working", "the terminal crashed",
                             observation, index);
    if (event.kind == Kind::bench_note && event.text("severity") == "stimulus")
        return bench_finding("stimulus", Verdict::inconclusive, "the stimulus is given as asked",
                             text("text"), observation, index);
    if (event.kind == Kind::bench_note && event.text("severity") == "error")
        return bench_finding("bench", Verdict::error, "the bench works", text("text"), observation, index);
    if (event.kind == Kind::network_verified && !event.flag("ok")) {
        const std::string way = event.text("direction").empty() ? "" : ", " + text("direction");
        return bench_finding("stimulus", Verdict::inconclusive,
                             fmt::format("network {}{}: {}", text("what"), way, text("asked")),
                             fmt::format("the network gave {}", text("achieved")), observation, index);
    }
    return std::nullopt;
}

/// The impairment did not act as asked: what the terminal did under it says nothing of the terminal. Not so
/// when it stood ready and no traffic came: a terminal that is silent is not excused by that.
bool voids_stimulus(const Finding& finding, const Observation& observation) {
    if (finding.id != "stimulus" || !finding.event) return false;
    const Event& event = observation.event(*finding.event);
    return event.kind != Kind::bench_step && !event.flag("unmet");
}

std::string agreement(const std::vector<LedgerLine>& lines) {
    if (lines.empty()) return "no money moved: all books are empty";
    const std::string books =
        lines.front().has_journal
            ? "host, journal and receipts agree"
            : "host and receipts agree; the terminal shows no journal, so two books were compared";
    return fmt::format("{}: {}", runtime::counted(lines.size(), "transaction"), books);
}

/// The one finding about money, under the identifier of the scenario's own ledger criterion when it has one.
Finding judge_ledger(const Definition& definition, const Observation& observation,
                     std::vector<LedgerLine>& lines) {
    Criterion criterion;
    criterion.id = "ledger";
    criterion.form = Criterion::Form::ledger;
    const auto own = std::ranges::find(definition.criteria, Criterion::Form::ledger, &Criterion::form);
    if (own != definition.criteria.end()) criterion = *own;

    Finding finding;
    finding.id = criterion.id;
    finding.expected = describe(criterion);
    finding.source = criterion.source;
    const Books books = read_books(observation.events());
    for (const auto& [stan, account] : books.accounts) {
        lines.push_back(balance(stan, account, books.has_journal));
        if (lines.back().agrees) continue;
        finding.seen += (finding.seen.empty() ? "" : "; ") + lines.back().difference;
        finding.event = account.last_event;
        finding.at = observation.event(account.last_event).at;
    }
    if (finding.seen.empty()) {
        finding.verdict = observation.ended() ? Verdict::pass : Verdict::inconclusive;
        finding.seen = agreement(lines);
    } else if (observation.ended()) {
        finding.verdict = Verdict::fail;
    } else {
        finding.verdict = Verdict::inconclusive;
        finding.seen += "; the run was cut off before the books could be closed";
    }
    return finding;
}

void judge_behaviour(const Definition& definition, const Observation& observation, Judgement& judgement) {
    for (const Criterion& criterion : definition.criteria)
        if (criterion.form != Criterion::Form::ledger)
            judgement.findings.push_back(evaluate(criterion, observation));
    for (const Measure& measure : definition.measures) {
        Timed timed = evaluate(measure, observation);
        judgement.measurements.push_back(std::move(timed.measurement));
        if (timed.finding) judgement.findings.push_back(*std::move(timed.finding));
    }
}

/// Takes back the fails of criteria and limits: without the stimulus they are not the terminal's.
void excuse(std::vector<Finding>& findings) {
    for (Finding& finding : findings) {
        if (finding.verdict != Verdict::fail) continue;
        finding.verdict = Verdict::inconclusive;
        finding.seen += " (not held against the terminal: the stimulus was not given as asked)";
    }
}

/// What gave the verdict comes first, and of that what befell the run: a terminal's program that died is why
/// nothing that was expected came.
void put_cause_first(Judgement& judgement) {
    if (judgement.verdict <= Verdict::pass) return;
    std::ranges::stable_partition(judgement.findings, [&](const Finding& finding) {
        return finding.level == Level::mandatory && finding.verdict == judgement.verdict;
    });
}

/// A pass needs a mandatory criterion or limit that could have failed; the ledger alone is none.
bool asks_something(const Definition& definition) {
    const bool criterion = std::ranges::any_of(
        definition.criteria, [](const Criterion& asked) { return asked.level == Level::mandatory; });
    return criterion || std::ranges::any_of(definition.measures,
                                            [](const Measure& measure) { return measure.limit.has_value(); });
}

}  // namespace

Judgement judge(const Definition& definition, std::span<const Event> events) {
    const Observation observation(definition, events);
    Judgement judgement;
    judge_behaviour(definition, observation, judgement);

    std::vector<Finding> reports;
    for (std::size_t i = 0; i < events.size(); ++i)
        if (auto report = judge_report(observation, i)) reports.push_back(*std::move(report));
    const bool voided = std::ranges::any_of(
        reports, [&](const Finding& report) { return voids_stimulus(report, observation); });
    if (voided) excuse(judgement.findings);

    judgement.findings.push_back(judge_ledger(definition, observation, judgement.ledger));
    if (auto ending = judge_ending(definition, observation)) reports.push_back(*std::move(ending));
    judgement.findings.insert(judgement.findings.begin(), std::move_iterator(reports.begin()),
                              std::move_iterator(reports.end()));

    for (const Finding& finding : judgement.findings)
        if (finding.level == Level::mandatory) judgement.verdict = worse(judgement.verdict, finding.verdict);
    put_cause_first(judgement);
    if (judgement.verdict == Verdict::pass && !asks_something(definition)) judgement.verdict = Verdict::none;
    return judgement;
}

}  // namespace posbench::judge
