#include "bench/judge/record.hpp"

#include <algorithm>

namespace posbench::judge {

Verdict CaseRecord::verdict() const noexcept {
    return skipped_because.empty() ? judgement.verdict : Verdict::skipped;
}

void abridge(CaseRecord& record) {
    record.abridged = true;
    std::vector<trace::Event>().swap(record.events);
    Judgement& judgement = record.judgement;
    std::erase_if(judgement.findings, [](const Finding& one) { return one.verdict == Verdict::pass; });
    std::erase_if(judgement.ledger, [](const LedgerLine& line) { return line.agrees; });
    judgement.findings.shrink_to_fit();
    judgement.ledger.shrink_to_fit();
}

int RunRecord::count(Verdict verdict) const {
    return static_cast<int>(
        std::ranges::count_if(cases, [&](const CaseRecord& record) { return record.verdict() == verdict; }));
}

int RunRecord::exit_code() const {
    if (interrupted_by > 0) return exit_code::interrupted + interrupted_by;
    const auto any = [&](Verdict verdict) {
        return count(verdict) > 0 || std::ranges::any_of(summary_findings, [&](const Finding& finding) {
                   return finding.level == Level::mandatory && finding.verdict == verdict;
               });
    };
    if (any(Verdict::error)) return exit_code::bench_error;
    if (any(Verdict::fail)) return exit_code::failed;
    if (any(Verdict::inconclusive) || any(Verdict::none)) return exit_code::nothing_shown;
    return any(Verdict::pass) ? exit_code::passed : exit_code::nothing_shown;
}

}  // namespace posbench::judge
