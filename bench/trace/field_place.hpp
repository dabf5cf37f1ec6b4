#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "bench/trace/vocabulary.hpp"

namespace posbench::trace {

/// Number of the field in its kind's table, looked for from `first` on; the table's size when it is not
/// there.
inline std::size_t place_of(std::span<const FieldSpec> known, std::string_view name,
                            std::size_t first) noexcept {
    while (first < known.size() && known[first].name != name) ++first;
    return first;
}

}  // namespace posbench::trace
