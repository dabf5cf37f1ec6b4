#include "bench/runtime/random.hpp"

#include <bit>
#include <cmath>
#include <numbers>

namespace posbench::runtime {
namespace {

std::uint64_t split_mix(std::uint64_t& state) noexcept {
    std::uint64_t z = (state += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

}  // namespace

std::uint64_t hash64(std::string_view text) noexcept {
    std::uint64_t hash = 0xCBF29CE484222325U;
    for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
    return hash;
}

Random::Random(std::uint64_t seed) noexcept : seed_(seed) {
    std::uint64_t mixer = seed;
    for (auto& word : state_) word = split_mix(mixer);
}

Random Random::fork(std::string_view consumer) const noexcept {
    std::uint64_t mixer = seed_ ^ hash64(consumer);
    return Random(split_mix(mixer));
}

std::uint64_t Random::next() noexcept {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
}

double Random::uniform() noexcept {
    return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

std::int64_t Random::between(std::int64_t low, std::int64_t high) noexcept {
    const std::uint64_t range = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
    if (range == 0) return static_cast<std::int64_t>(next());
    const std::uint64_t unbiased_below = range * (UINT64_MAX / range);
    std::uint64_t draw = next();
    while (draw >= unbiased_below) draw = next();
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + draw % range);
}

double Random::normal() noexcept {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

void Random::fill(std::span<std::uint8_t> bytes) noexcept {
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(next() >> 56);
}

}  // namespace posbench::runtime
