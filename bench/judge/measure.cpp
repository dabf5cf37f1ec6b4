#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

#include "bench/judge/evaluate.hpp"
#include "bench/judge/explain.hpp"
#include "bench/judge/judge.hpp"
#include "bench/runtime/plural.hpp"

namespace posbench::judge {
namespace {

using runtime::Duration;

/// The events a measurement lies between; `missing` says which of them never came.
struct Ends {
    std::optional<std::size_t> from, to;
    std::string missing;
};

Ends find_ends(const Measure& measure, const Observation& observation) {
    Ends ends;
    const auto steps = observation.steps();
    if (!steps) return {{}, {}, "the steps never began"};
    const Window all = observation.window_after(*steps, {});
    ends.from = observation.find(measure.from, all);
    if (!ends.from) {
        const std::string miss = nearest_miss(measure.from, observation, all, all.begin);
        ends.missing = fmt::format("{} never came: {}", measure.from.text(), miss);
        return ends;
    }
    // An event of another process may be recorded after one that it was stamped before: that is no end.
    const trace::Event& from = observation.event(*ends.from);
    const auto first = observation.find(measure.to, all, *ends.from + 1);
    ends.to = first;
    while (ends.to && observation.event(*ends.to).at < from.at)
        ends.to = observation.find(measure.to, all, *ends.to + 1);
    if (ends.to) return ends;
    const std::string miss = first ? fmt::format("{} is stamped earlier", cite(observation.event(*first)))
                                   : nearest_miss(measure.to, observation, all, *ends.from + 1);
    ends.missing = fmt::format("after {} no {}: {}", cite(from), measure.to.text(), miss);
    return ends;
}

Finding judge_limit(const Measure& measure, const Ends& ends, const Observation& observation) {
    Finding finding;
    finding.id = "limit:" + measure.name;
    finding.source = measure.source;
    finding.expected =
        fmt::format("{} takes at most {}", measure.name, config::format_duration(*measure.limit));
    if (!ends.to) {
        finding.verdict = observation.ended() ? Verdict::fail : Verdict::inconclusive;
        finding.seen = "not completed: " + ends.missing;
        return finding;
    }
    const trace::Event& from = observation.event(*ends.from);
    const trace::Event& to = observation.event(*ends.to);
    const Duration took = to.at - from.at;
    finding.verdict = took <= *measure.limit ? Verdict::pass : Verdict::fail;
    finding.seen = fmt::format("took {}, from {} to {}", format_time(took), cite(from), cite(to));
    finding.event = ends.to;
    finding.at = to.at;
    return finding;
}

/// What the repetitions of one case say of one measurement.
struct Samples {
    std::string case_id;
    std::string name;
    Duration limit{};
    std::vector<Duration> values;  ///< Duration::max() for one that never completed
};

/// The bench's own failures say nothing of the terminal's time.
bool counts(const CaseRecord& record) {
    return record.verdict() != Verdict::skipped && record.verdict() != Verdict::error;
}

std::vector<Samples> collect(std::span<const CaseRecord> cases) {
    std::vector<Samples> all;
    for (const CaseRecord& record : cases) {
        if (!counts(record)) continue;
        for (const Measurement& measurement : record.judgement.measurements) {
            const bool cut_off = !measurement.value && record.verdict() == Verdict::inconclusive;
            if (!measurement.limit_p95 || cut_off) continue;
            auto found = std::ranges::find_if(all, [&](const Samples& samples) {
                return samples.case_id == record.case_id && samples.name == measurement.name;
            });
            if (found == all.end())
                found = all.insert(all.end(), {record.case_id, measurement.name, *measurement.limit_p95, {}});
            found->values.push_back(measurement.value.value_or(Duration::max()));
        }
    }
    return all;
}

Finding judge_p95(Samples samples) {
    std::ranges::sort(samples.values);
    const std::size_t count = samples.values.size();
    const std::size_t rank = (count * 95 + 99) / 100;  // nearest rank: ceil(0.95 n), from 1
    const Duration p95 = samples.values[rank - 1];
    const auto unfinished = std::ranges::count(samples.values, Duration::max());
    Finding finding;
    finding.id = "limit:" + samples.name;
    finding.expected = fmt::format("{}: 95 of 100 {} take at most {}", samples.case_id, samples.name,
                                   config::format_duration(samples.limit));
    finding.verdict = p95 <= samples.limit ? Verdict::pass : Verdict::fail;
    const std::string figure = p95 == Duration::max() ? "never completed" : format_time(p95);
    finding.seen = fmt::format("p95 over {}: {}", runtime::counted(count, "run"), figure);
    if (unfinished > 0) finding.seen += fmt::format("; {} of them not completed", unfinished);
    return finding;
}

}  // namespace

Timed evaluate(const Measure& measure, const Observation& observation) {
    const Ends ends = find_ends(measure, observation);
    Timed timed{{measure.name, {}, measure.limit, measure.limit_p95}, {}};
    if (ends.to) timed.measurement.value = observation.event(*ends.to).at - observation.event(*ends.from).at;
    if (measure.limit) timed.finding = judge_limit(measure, ends, observation);
    return timed;
}

std::vector<Finding> judge_repetitions(std::span<const CaseRecord> cases) {
    std::vector<Finding> findings;
    for (Samples& samples : collect(cases)) findings.push_back(judge_p95(std::move(samples)));
    return findings;
}

}  // namespace posbench::judge
