#include "bench/runtime/nearest.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace posbench::runtime {
namespace {

constexpr std::size_t longest_name = 80;

std::string lower(std::string_view name) {
    std::string text(name);
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

/// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours, each counting one.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
        std::swap(before_last, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

}  // namespace

std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates) {
    if (name.empty() || name.size() > longest_name) return {};
    const std::string wanted = lower(name);
    const std::size_t tolerated = std::max<std::size_t>(1, wanted.size() / 3);
    std::size_t best = tolerated + 1;
    const std::string* nearest = nullptr;
    const std::string* longer = nullptr;
    for (const std::string& candidate : candidates) {
        if (candidate.size() > longest_name) continue;
        const std::string known = lower(candidate);
        const std::size_t apart = distance(wanted, known);
        if (apart < best && apart < wanted.size()) {
            best = apart;
            nearest = &candidate;
        }
        if (longer == nullptr && wanted.size() >= 3 && known.starts_with(wanted)) longer = &candidate;
    }
    if (nearest != nullptr) return *nearest;
    return longer != nullptr ? *longer : std::string{};
}

}  // namespace posbench::runtime
