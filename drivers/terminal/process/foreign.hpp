#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "bench/trace/event.hpp"

/// What a program of somebody else's says, made fit for the trace.
namespace posbench::terminal::process {

/// Masks card numbers in the fields of an event: `pan` to its first six and last four digits whatever they
/// are (blanks and hyphens dropped), every other text as mask_text does. Left alone is `mid`: of numbers of
/// fifteen digits every tenth passes the Luhn check.
void mask_fields(trace::Fields& fields);

/// Octets of a program's standard error that are worth keeping for last_words().
inline constexpr std::size_t last_words_kept = 512;

/// The end of what a program wrote to its standard error, for a sentence: at most 300 octets of it, PANs
/// masked, without line ends at its end, printable (runtime::printable).
/// @param octets the last `last_words_kept`, or all there are
std::string last_words(std::string_view octets);

}  // namespace posbench::terminal::process
