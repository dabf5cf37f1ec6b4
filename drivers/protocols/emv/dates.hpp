#pragma once

#include <chrono>
#include <optional>
#include <string_view>

/// Dates as cards bear them, with two digits for the year. A century is nowhere written: years 50 to 99 are
/// of the 20th, 00 to 49 of the 21st (EMV book 4, date management).
namespace posbench::emv {

/// A month YYMM: the expiry date of a stripe (ISO/IEC 7813) and field 14. None when there is no such month.
std::optional<std::chrono::year_month> parse_month(std::string_view yymm) noexcept;

/// A day YYMMDD: tags 5F24, 5F25 and 9A. None when there is no such day.
std::optional<std::chrono::year_month_day> parse_date(std::string_view yymmdd) noexcept;

}  // namespace posbench::emv
