#include "bench/runtime/latencies.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace posbench::runtime {

std::size_t Latencies::bucket_of(std::uint64_t nanoseconds) noexcept {
    const auto width = static_cast<unsigned>(std::bit_width(nanoseconds));
    if (width <= bits) return nanoseconds;
    const unsigned cut = width - 1 - bits;
    return (std::size_t{cut} + 1) << bits | (nanoseconds >> cut & ((1U << bits) - 1));
}

std::uint64_t Latencies::highest_of(std::size_t bucket) noexcept {
    if (bucket < std::size_t{1} << bits) return bucket;
    const std::size_t cut = (bucket >> bits) - 1;
    const std::uint64_t kept = (bucket & ((1U << bits) - 1)) | 1U << bits;
    return ((kept + 1) << cut) - 1;
}

void Latencies::add(Duration length) noexcept {
    const auto nanoseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(0, length.count()));
    ++buckets_[bucket_of(nanoseconds)];
    ++count_;
    most_ = std::max(most_, length);
}

Duration Latencies::quantile(double fraction) const noexcept {
    const auto wanted = static_cast<std::uint64_t>(std::ceil(fraction * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        seen += buckets_[i];
        if (seen > 0 && seen >= wanted)
            return std::min(most_, Duration(static_cast<std::int64_t>(highest_of(i))));
    }
    return {};
}

}  // namespace posbench::runtime
