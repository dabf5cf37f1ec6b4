#include "drivers/protocols/magstripe/clock.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace posbench::magstripe {
namespace {

/// Intervals that an estimate of the bit length is made of.
constexpr std::size_t window = 11;

/// The interval that a fraction of the first ones are shorter than.
double quantile(std::span<const std::uint32_t> intervals, double fraction) noexcept {
    std::array<std::uint32_t, window> sorted{};
    const std::size_t count = std::min(intervals.size(), window);
    const auto at = static_cast<std::ptrdiff_t>(fraction * static_cast<double>(count));
    std::copy_n(intervals.begin(), count, sorted.begin());
    std::nth_element(sorted.begin(), sorted.begin() + at,
                     sorted.begin() + static_cast<std::ptrdiff_t>(count));
    return sorted[static_cast<std::size_t>(at)];
}

double median(std::span<const std::uint32_t> intervals) noexcept {
    return quantile(intervals, 0.5);
}

constexpr double impossible = std::numeric_limits<double>::infinity();

/// The best of the ways that end in one state.
struct Survivor {
    double cost = impossible;
    double cell = 0;             ///< length of a bit as this way sees it, ns
    double growth = 0;           ///< change of that from one bit to the next, ns
    double half = 0;             ///< inside a one: its first half, ns
    double margin = impossible;  ///< how much better this way was than the next best, where that was least

    bool alive() const noexcept { return cost < impossible; }
};

/// How far an interval is from what it should be; impossible when it cannot be that at all.
double misfit(double interval, double expected) noexcept {
    constexpr double shortest = 0.5, longest = 1.7;
    const double ratio = interval / expected;
    if (!(ratio > shortest && ratio < longest)) return impossible;
    const double logarithm = std::log(ratio);
    return logarithm * logarithm;
}

class Trellis {
  public:
    Trellis(double cell, const ClockGain& gain) noexcept : gain_(gain) {
        between_.cost = 0;
        between_.cell = cell;
    }

    /// False when the interval can be neither a bit nor half a bit on any way; nothing changed then.
    bool step(double interval) {
        const double whole = between_.cost + misfit(interval, between_.cell);
        const double second = inside_.cost + misfit(interval, inside_.cell / 2);
        const double first = between_.cost + misfit(interval, between_.cell / 2);
        if (whole == impossible && second == impossible && first == impossible) return false;
        Survivor between;
        if (second < whole)
            between = followed(inside_, inside_.half + interval, second);
        else if (whole < impossible)
            between = followed(between_, interval, whole);
        if (second < impossible && whole < impossible)
            between.margin = std::min(between.margin, std::abs(second - whole));
        Survivor inside = between_;
        inside.cost = first;
        inside.half = interval;
        from_half_.push_back(second < whole);
        between_ = between;
        inside_ = inside;
        return true;
    }

    BitRun finish() const {
        BitRun run;
        // A run that ends inside a one does not have that bit.
        const Survivor& best = between_.alive() ? between_ : inside_;
        std::size_t left = from_half_.size() - (between_.alive() ? 0 : 1);
        run.unsteadiness = left == 0 ? 0 : std::sqrt(best.cost / static_cast<double>(left));
        run.margin = best.margin;
        while (left > 0) {
            const bool one = from_half_[left - 1];
            run.bits.push_back(one ? 1 : 0);
            left -= one ? 2 : 1;
        }
        std::ranges::reverse(run.bits);
        return run;
    }

  private:
    Survivor followed(Survivor way, double seen, double cost) const noexcept {
        const double error = seen - way.cell;
        way.growth += gain_.growth * error;
        way.cell += way.growth + gain_.length * error;
        way.cost = cost;
        return way;
    }

    ClockGain gain_;
    Survivor between_;             ///< at the end of a bit
    Survivor inside_;              ///< in the middle of a one
    std::vector<bool> from_half_;  ///< for each interval: what ended there, if a bit did, was a one
};

std::uint32_t sum(std::uint32_t left, std::uint32_t right) noexcept {
    return left > UINT32_MAX - right ? UINT32_MAX : left + right;
}

/// How far an interval is from the usual one, its double and its half, in octaves.
double uncommon(double interval, double usual) noexcept {
    const double octaves = std::log2(interval / usual);
    return std::abs(octaves - std::clamp(std::round(octaves), -1.0, 1.0));
}

}  // namespace

std::vector<BitRun> follow_clock(std::span<const std::uint32_t> intervals, const ClockGain& gain) {
    std::vector<BitRun> runs;
    while (intervals.size() >= window) {
        const double cell = median(intervals);
        Trellis trellis(cell, gain);
        std::size_t used = 0;
        while (used < intervals.size() && trellis.step(intervals[used])) ++used;
        if (used >= window) {
            runs.push_back(trellis.finish());
            runs.back().cell_ns = cell;
            runs.back().broken = used < intervals.size();
        }
        intervals = intervals.subspan(std::min(used + 1, intervals.size()));
    }
    return runs;
}

std::vector<std::uint32_t> without_pulses(std::span<const std::uint32_t> intervals) {
    constexpr double shortest = 0.3;
    std::vector<std::uint32_t> joined;
    joined.reserve(intervals.size());
    for (std::size_t i = 0; i < intervals.size(); ++i) {
        const auto around = intervals.subspan(i < window / 2 ? 0 : i - window / 2);
        const double longest_short = shortest * median(around);
        const auto is_short = [&](std::size_t at) { return intervals[at] < longest_short; };
        if (joined.empty() || i + 1 == intervals.size() || !is_short(i)) {
            joined.push_back(intervals[i]);
            continue;
        }
        const std::uint32_t before = joined.back(), next = intervals[i + 1];
        // A pulse close to a transition: there is a second short interval, and it may be on either side.
        if (i + 2 < intervals.size() && is_short(i + 1)) {
            const std::uint32_t both = sum(intervals[i], next), after = intervals[i + 2];
            // Unlike the median, never one that a pulse divided.
            const double usual = quantile(around, 0.75);
            const double pulse_before = uncommon(sum(before, both), usual) + uncommon(after, usual);
            const double pulse_behind = uncommon(before, usual) + uncommon(sum(both, after), usual);
            if (pulse_behind < pulse_before) {
                joined.push_back(sum(both, after));
                i += 2;
                continue;
            }
        }
        joined.back() = sum(before, sum(intervals[i], next));
        ++i;
    }
    return joined;
}

}  // namespace posbench::magstripe
