#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/judge/criteria.hpp"
#include "bench/judge/verdict.hpp"
#include "bench/runtime/time.hpp"
#include "bench/trace/event.hpp"

/// The finished record of a run: all that reports know.
namespace posbench::judge {

/// One thing that was judged.
struct Finding {
    std::string id;  ///< criterion identifier, or "ledger", "limit:NAME", "bench", "stimulus"
    Verdict verdict{};
    Level level = Level::mandatory;
    std::string expected;              ///< "never terminal.display where text contains '交易成功'"
    std::string seen;                  ///< what the trace shows, one sentence for people
    std::optional<std::size_t> event;  ///< index of the event that shows it
    std::optional<runtime::TimePoint> at;
    config::Source source;  ///< of the criterion
};

struct Measurement {
    std::string name;
    std::optional<runtime::Duration> value;  ///< none: never completed (a censored sample)
    std::optional<runtime::Duration> limit;
    std::optional<runtime::Duration> limit_p95;
};

/// The money of one transaction in the three books (minor units; positive: the cardholder pays).
struct LedgerLine {
    std::string stan;
    std::string currency;
    std::int64_t host = 0;          ///< what the host would settle
    std::int64_t terminal = 0;      ///< what the terminal's journal counts
    bool has_journal = true;        ///< false: the trace holds no journal (a real terminal): two books
    std::int64_t receipts = 0;      ///< what the receipts say
    bool reversal_pending = false;  ///< the terminal still owes a reversal
    bool agrees = true;
    std::string
        difference;  ///< "12.34 CNY, STAN 000007: cardholder charged, terminal shows no approval and …"
};

/// The judgement of one trace.
struct Judgement {
    Verdict verdict = Verdict::none;
    /// First the mandatory ones that gave the verdict, then the others; in both what befell the run, then
    /// criteria and limits in the scenario's order, then the ledger.
    std::vector<Finding> findings;
    std::vector<Measurement> measurements;
    std::vector<LedgerLine> ledger;
};

/// One run of one case, judged.
struct CaseRecord {
    std::string scenario;                      ///< "card.expired"
    std::string case_id;                       ///< "card.expired[card.image=visa]"
    std::map<std::string, std::string> title;  ///< by language: en, zh
    std::vector<std::string> causes, tags;
    std::string profile;  ///< network profile
    std::uint64_t seed = 0;
    int repetition = 1;                ///< from 1
    std::filesystem::path file;        ///< the scenario's
    std::filesystem::path trace_file;  ///< empty when none is kept
    std::string skipped_because;
    Judgement judgement;
    runtime::Duration run_time{};  ///< on the run's own time line
    std::chrono::nanoseconds wall_time{};
    std::vector<trace::Event> events;  ///< for charts; empty when abridged
    /// Only the verdict, the measurements and what did not pass are kept.
    bool abridged = false;

    /// `skipped` when there is a reason for it, else the judgement's.
    Verdict verdict() const noexcept;
};

/// Runs of a case that did not pass and stay whole, beside the case's first run. The others are abridged, so
/// that ten thousand repetitions fit into memory and into a report.
inline constexpr std::size_t most_whole_failures = 10;

/// Drops events, findings that passed and accounts that agree. (Findings still name events by their number
/// in the trace file.)
void abridge(CaseRecord& record);

/// A case of which runs had not begun when the signal came.
struct NotBegun {
    std::string case_id;
    int runs = 0;
};

/// All of one `posbench run`.
struct RunRecord {
    std::string version;
    std::string station;
    std::string command;          ///< how to run the same again
    runtime::WallTime started{};  ///< real civil time (UTC)
    std::chrono::nanoseconds wall_time{};
    std::uint64_t seed = 0;
    int interrupted_by = 0;  ///< signal number
    std::vector<CaseRecord> cases;
    std::vector<NotBegun> not_begun;        ///< in the order of the cases; empty: nothing was left out
    std::vector<Finding> summary_findings;  ///< limits over repetitions (p95)

    /// Cases of this verdict.
    int count(Verdict verdict) const;
    /// By the worst that happened: interrupted, error, fail, inconclusive or none, pass. Skipped cases change
    /// nothing beside others; a run of nothing but skipped cases has shown nothing.
    int exit_code() const;
};

}  // namespace posbench::judge
