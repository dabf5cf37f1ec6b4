#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "bench/judge/record.hpp"
#include "reports/console.hpp"

/// Small things that several renderers say the same way.
namespace posbench::reports {

/// "850 µs", "12.3 ms", "4.25 s", "2 min 03 s".
std::string human_duration(std::chrono::nanoseconds duration);
/// Seconds with microseconds, for machines: "4.250000".
std::string seconds(std::chrono::nanoseconds duration);

/// Columns a terminal needs for UTF-8 text: East Asian wide characters take two (Unicode TR 11).
std::size_t display_width(std::string_view text);
/// Padded with blanks to `width` columns, or cut to it with "…".
std::string fit(std::string_view text, std::size_t width);
/// The same, cut in the middle: cases of one scenario differ at their ends.
std::string fit_ends(std::string_view text, std::size_t width);

/// The title in the language asked for, or the other one, or the identifier.
std::string title_of(const judge::CaseRecord& record, Language language);

/// The case, and from its second run on the repetition: "card.chip-sale#2".
std::string run_name(const judge::CaseRecord& record);

/// "card" of "card.chip-sale".
std::string_view family_of(std::string_view scenario);

/// Indices of the records with failures first: error, fail, inconclusive; the rest in their order.
std::vector<const judge::CaseRecord*> worst_first(const judge::RunRecord& run);

}  // namespace posbench::reports
