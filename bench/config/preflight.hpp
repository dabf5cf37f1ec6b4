#pragma once

#include <cstddef>
#include <string_view>

#include "bench/config/value.hpp"

/// What is checked of a document's octets before the TOML parser sees them.
namespace posbench::config {

inline constexpr std::size_t largest_document = 1024 * 1024;
/// Parts of one dotted key, and brackets inside one another. Bounds the depth of the tree, and so the stack
/// that parsing, copying and destroying it takes.
inline constexpr std::size_t deepest_nesting = 32;

/// @throws ConfigError with the place in `file` when the text is too large, not UTF-8 (RFC 3629: no overlong
/// forms, no surrogates, nothing above U+10FFFF) or nested too deeply.
void preflight(std::string_view text, const std::shared_ptr<const std::string>& file);

}  // namespace posbench::config
