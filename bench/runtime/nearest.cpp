#include "bench/runtime/nearest.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace posbench::runtime {
namespace {

constexpr std::size_t longest = 64;
using Row = std::array<std::size_t, longest + 1>;

/// Precondition: both at most `longest`.
std::size_t alignment_distance(std::string_view a, std::string_view b) {
    Row before_last{};
    Row last{};
    Row current{};
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        current[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            current[j] = std::min({last[j] + 1, current[j - 1] + 1, replace});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                current[j] = std::min(current[j], before_last[j - 2] + 1);
        }
        before_last = last;
        last = current;
    }
    return last[b.size()];
}

}  // namespace

std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates) {
    if (name.empty() || name.size() > longest) return {};
    const std::string* best = nullptr;
    std::size_t best_distance = std::max<std::size_t>(1, name.size() / 3) + 1;
    for (const std::string& candidate : candidates) {
        if (candidate.size() > longest) continue;
        const std::size_t distance = alignment_distance(name, candidate);
        if (distance >= best_distance) continue;
        best = &candidate;
        best_distance = distance;
    }
    if (best) return *best;
    for (const std::string& candidate : candidates)
        if (std::min(name.size(), candidate.size()) >= 3 &&
            (candidate.starts_with(name) || name.starts_with(candidate)))
            return candidate;
    return {};
}

}  // namespace posbench::runtime
