#pragma once

#include <array>
#include <cstdint>

#include "bench/runtime/time.hpp"

namespace posbench::runtime {

/// Any number of lengths of time in a fixed amount of memory: counted in buckets of at most 1/64 of their
/// value (exact below 64 ns), so that a quantile is less than 1.6 % too high.
class Latencies {
  public:
    void add(Duration length) noexcept;
    std::uint64_t count() const noexcept { return count_; }
    Duration most() const noexcept { return most_; }
    /// The length that this fraction of all does not exceed; 0 when there is none. @param fraction 0 to 1
    Duration quantile(double fraction) const noexcept;

  private:
    static constexpr unsigned bits = 6;  ///< of a value that a bucket keeps, besides the highest
    static std::size_t bucket_of(std::uint64_t nanoseconds) noexcept;
    static std::uint64_t highest_of(std::size_t bucket) noexcept;

    std::array<std::uint64_t, (64 - bits + 1) << bits> buckets_{};
    std::uint64_t count_ = 0;
    Duration most_{};
};

}  // namespace posbench::runtime
