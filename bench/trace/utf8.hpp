#pragma once

#include <cstddef>
#include <string_view>

namespace posbench::trace {

/// Octets of the well-formed UTF-8 character that `text` begins with (Unicode 15, table 3-7: no overlong
/// forms, no surrogates, nothing above U+10FFFF); 0 when it begins with none.
std::size_t utf8_length(std::string_view text) noexcept;

}  // namespace posbench::trace
