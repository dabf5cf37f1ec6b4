#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace posbench::runtime {

/// Seeded randomness, the same on every machine and compiler: xoshiro256** (Blackman and Vigna, 2018), seeded
/// through SplitMix64. The standard library's distributions differ between implementations and are not used.
class Random {
  public:
    explicit Random(std::uint64_t seed) noexcept;
    /// An independent generator for one consumer ("network.up", "card"): what one part draws never changes
    /// what another part draws.
    Random fork(std::string_view consumer) const noexcept;

    std::uint64_t next() noexcept;
    /// Uniform in [0, 1).
    double uniform() noexcept;
    /// Uniform in [low, high], both inclusive. Precondition: low <= high.
    std::int64_t between(std::int64_t low, std::int64_t high) noexcept;
    /// Standard normal (Box–Muller, one of the pair).
    double normal() noexcept;
    bool chance(double probability) noexcept { return uniform() < probability; }
    void fill(std::span<std::uint8_t> bytes) noexcept;

  private:
    std::uint64_t seed_;
    std::uint64_t state_[4];
};

/// Stable 64-bit hash of a text (FNV-1a), for deriving seeds from names.
std::uint64_t hash64(std::string_view text) noexcept;

}  // namespace posbench::runtime
