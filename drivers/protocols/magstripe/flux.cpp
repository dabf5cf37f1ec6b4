#include <algorithm>

#include "drivers/protocols/magstripe/stripe.hpp"

namespace posbench::magstripe {
namespace {

/// The length of a bit as the reader believes it to be, in nanoseconds.
class BitClock {
  public:
    explicit BitClock(double length) noexcept : length_(length) {}

    bool is_half(double interval) const noexcept {
        return interval >= shortest_half * length_ && interval < threshold * length_;
    }
    bool is_whole(double interval) const noexcept {
        return interval >= threshold * length_ && interval < longest_whole * length_;
    }
    /// Follows the speed of the hand.
    void follow(double bit) noexcept { length_ += gain * (bit - length_); }

  private:
    // With intervals off by up to a fifth, whole bits begin at 0.8 and halves end at 0.6 of a bit.
    static constexpr double threshold = 0.7;
    static constexpr double shortest_half = 0.25;
    static constexpr double longest_whole = 1.6;
    static constexpr double gain = 0.1;
    double length_;
};

/// First estimate from the leading zeros, each of which is a whole bit. The very first interval begins before
/// the clocking and is the least trusted, so several are averaged.
double first_estimate(std::span<const std::uint32_t> intervals) noexcept {
    const std::size_t count = std::min<std::size_t>(intervals.size(), 8);
    double sum = 0;
    for (const std::uint32_t interval : intervals.first(count)) sum += interval;
    return sum / static_cast<double>(count);
}

}  // namespace

std::vector<std::uint8_t> from_flux(std::span<const std::uint32_t> intervals) {
    std::vector<std::uint8_t> bits;
    if (intervals.empty()) return bits;
    bits.reserve(intervals.size());
    BitClock clock(first_estimate(intervals));
    for (std::size_t i = 0; i < intervals.size(); ++i) {
        const double interval = intervals[i];
        if (clock.is_whole(interval)) {
            bits.push_back(0);
            clock.follow(interval);
            continue;
        }
        if (!clock.is_half(interval) || i + 1 == intervals.size() || !clock.is_half(intervals[i + 1])) break;
        bits.push_back(1);
        clock.follow(interval + intervals[i + 1]);
        ++i;
    }
    return bits;
}

}  // namespace posbench::magstripe
