#pragma once

#include <span>

#include "bench/judge/record.hpp"

namespace posbench::judge {

/// Judges one run from its trace alone: criteria, limits, the ledger (always), notes of the bench. A trace
/// without bench.end is inconclusive at best; steps that were missed and impairments that were not verified
/// make it inconclusive; a note of severity error makes it an error.
Judgement judge(const Definition& definition, std::span<const trace::Event> events);

/// The three books by STAN: what host.posted, terminal.journal and terminal.printed say. Used by judge(), and
/// by the runner to know whether the terminal still owes something.
std::vector<LedgerLine> reconcile(std::span<const trace::Event> events);

/// p95 limits over the repetitions of each case (nearest rank; a measurement that never completed counts as
/// infinite).
std::vector<Finding> judge_repetitions(std::span<const CaseRecord> cases);

}  // namespace posbench::judge
