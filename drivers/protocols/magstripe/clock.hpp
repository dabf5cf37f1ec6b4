#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

/// The reader's bit clock, for the decoder alone.
namespace posbench::magstripe {

/// How much of what an interval was off goes into the length of a bit, and into its change from bit to bit.
struct ClockGain {
    double length;
    double growth;
};

/// Bits that were read without losing the clock.
struct BitRun {
    std::vector<std::uint8_t> bits;
    bool broken = false;      ///< it ended because an interval was neither a bit nor half a bit
    double cell_ns = 0;       ///< length of a bit at its start
    double unsteadiness = 0;  ///< root mean square of how far intervals were off, natural logarithm
    /// How much worse the next best way to read the intervals was where that was least, squared logarithm:
    /// 0.7 for a perfect track, 0 where two ways were equally good.
    double margin = std::numeric_limits<double>::infinity();
};

/// Intervals of one direction to runs of bits; after each break the clock starts anew. A run too short to
/// start a clock with is left out. Of all ways to see an interval as a bit or as half a bit that one is taken
/// which fits the whole run best, each way with a clock of its own (a trellis of two states with per-survivor
/// processing; Raheli, Polydoros and Tzou, IEEE Trans. Commun. 43, 1995).
std::vector<BitRun> follow_clock(std::span<const std::uint32_t> intervals, const ClockGain& gain);

/// Takes out noise pulses: an interval much shorter than half a bit is joined with both its neighbours.
std::vector<std::uint32_t> without_pulses(std::span<const std::uint32_t> intervals);

}  // namespace posbench::magstripe
