#include "drivers/terminal/emulated/flash.hpp"

namespace posbench::terminal {

std::optional<Bytes> MemoryFlash::read(std::string_view key) const {
    const auto found = cells_.find(key);
    if (found == cells_.end()) return std::nullopt;
    return found->second;
}

std::vector<std::string> MemoryFlash::keys(std::string_view prefix) const {
    std::vector<std::string> result;
    for (auto cell = cells_.lower_bound(prefix); cell != cells_.end() && cell->first.starts_with(prefix);
         ++cell)
        result.push_back(cell->first);
    return result;
}

void MemoryFlash::write(const std::vector<FlashChange>& changes) {
    for (const FlashChange& change : changes) {
        if (change.value)
            cells_.insert_or_assign(change.key, *change.value);
        else
            cells_.erase(change.key);
    }
}

}  // namespace posbench::terminal
