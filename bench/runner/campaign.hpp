#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "bench/judge/record.hpp"
#include "bench/station/station.hpp"

namespace posbench::runner {

struct CampaignOptions {
    std::string version;
    std::uint64_t seed = 1;
    int repeat = 1;
    int jobs = 1;
    std::filesystem::path trace_folder;  ///< empty: no traces are written
    std::stop_token stop;
};

/// Runs every case `repeat` times on `jobs` threads. Each case keeps to one thread and shares nothing with
/// another, so traces and verdicts are the same whatever `jobs` is. Records come back in the order of the
/// cases, then of the repetitions; cases that had not begun when the stop token was triggered are left out.
/// `done` is called once a case, one call at a time, in the order they end, with the whole record. Of the
/// repetitions most are abridged afterwards (judge::abridge): whole are the first of each case and its first
/// ten that did not pass.
std::vector<judge::CaseRecord> run_campaign(const std::vector<station::BoundCase>& cases,
                                            const CampaignOptions& options,
                                            const std::function<void(const judge::CaseRecord&)>& done);

/// The cases of which not all runs are among `records`: run_campaign() was told to stop before.
std::vector<judge::NotBegun> not_begun(const std::vector<station::BoundCase>& cases, int repeat,
                                       const std::vector<judge::CaseRecord>& records);

/// A file name for a case's trace, another one for each case and repetition and safe in a shell:
/// "card.expired~card.image=visa.jsonl", "card.expired~card.image=visa#2.jsonl".
std::string trace_file_name(std::string_view case_id, int repetition);

}  // namespace posbench::runner
