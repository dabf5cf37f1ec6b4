#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>

#include "bench/judge/record.hpp"
#include "bench/station/station.hpp"

namespace posbench::runner {

struct CaseOptions {
    std::string version;
    std::uint64_t run_seed =
        0;               ///< the case's own seed is derived from it, the case identifier and the repetition
    int repetition = 1;  ///< from 1
    std::filesystem::path trace_file;  ///< written as the case runs; empty: in memory only
    std::stop_token stop;
};

/// Runs one case once, from power-on to judgement, on a clock, a network and drivers of its own. Whatever
/// goes wrong becomes part of the record: a driver that throws is a verdict `error`, a skipped case says what
/// the station lacks.
///
///     setup ──▶ steps ──▶ settling ──▶ closing ──▶ release ──▶ judged
///       │         │          │            │           ▲
///       └─────────┴──────────┴────────────┴───────────┘   limit reached, interrupted, or a driver threw
judge::CaseRecord run_case(const station::BoundCase& bound, const CaseOptions& options);

/// The seed of one case's repetition.
std::uint64_t case_seed(std::uint64_t run_seed, std::string_view case_id, int repetition);

}  // namespace posbench::runner
