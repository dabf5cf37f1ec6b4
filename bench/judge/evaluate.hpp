#pragma once

#include <string>

#include "bench/judge/observation.hpp"
#include "bench/judge/record.hpp"

namespace posbench::judge {

/// What is expected, to stand behind that word: "host.request where mti == '0400', exactly 1, within 120s
/// after network.restored".
std::string describe(const Criterion& criterion);

/// Judges one criterion of any form but `ledger`.
Finding evaluate(const Criterion& criterion, const Observation& observation);

/// The time one measurement took; the finding is there when it has a limit for each run.
struct Timed {
    Measurement measurement;
    std::optional<Finding> finding;
};
Timed evaluate(const Measure& measure, const Observation& observation);

/// What came nearest to `query`, which nothing in the window matched from event number `begin` on: one
/// sentence without its stop.
std::string nearest_miss(const trace::Query& query, const Observation& observation, const Window& window,
                         std::size_t begin);

}  // namespace posbench::judge
