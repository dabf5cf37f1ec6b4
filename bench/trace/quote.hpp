#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "bench/trace/event.hpp"

/// Field values inside sentences for people.
namespace posbench::trace {

/// Longest text quoted in a sentence, characters.
inline constexpr std::size_t quote_limit = 60;

/// "'text'" on one line: a line feed becomes " / ", other control characters and octets that are not UTF-8
/// become "?", what is longer than `limit` characters ends in "…".
std::string quote(std::string_view text, std::size_t limit = quote_limit);
/// A value as a query would write it: 'text', 42, true, ['a', 'b'].
std::string quote(const FieldValue& value);

/// Two texts side by side, as quote() writes them. Where that would cut off what tells them apart, both begin
/// with "…" some characters in front of it.
struct QuotedDifference {
    std::string left, right;
    std::size_t character = 0;  ///< the first that differs, from 1
    bool moved = false;         ///< they begin with "…"
};
/// Precondition: the texts differ.
QuotedDifference quote_difference(std::string_view left, std::string_view right);

}  // namespace posbench::trace
