#pragma once

#include <cstdint>
#include <string_view>

namespace posbench::judge {

/// Worst wins, as in TTCN-3 (ETSI ES 201 873-1, clause 24). `skipped` stands outside the lattice: nothing was
/// run.
enum class Verdict : std::uint8_t {
    none,          ///< nothing was judged
    pass,          ///< the terminal behaved
    inconclusive,  ///< nothing can be said of the terminal: a step was missed, an impairment not verified, …
    fail,          ///< the terminal is wrong
    error,         ///< the bench is broken
    skipped,       ///< the station lacks what the scenario needs
};

constexpr Verdict worse(Verdict a, Verdict b) noexcept {
    return a < b ? b : a;
}
std::string_view to_string(Verdict verdict) noexcept;

/// Exit codes of posbench, in this one place.
namespace exit_code {
inline constexpr int passed = 0;         ///< all that ran passed, and something ran (skipped ones aside)
inline constexpr int failed = 1;         ///< at least one fail
inline constexpr int usage = 2;          ///< bad usage or an invalid file; nothing was run
inline constexpr int bench_error = 3;    ///< at least one error
inline constexpr int nothing_shown = 4;  ///< nothing ran, or something that ran is inconclusive or none
inline constexpr int interrupted = 128;  ///< plus the signal's number
}  // namespace exit_code

}  // namespace posbench::judge
