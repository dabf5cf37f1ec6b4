#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "bench/runtime/time.hpp"

namespace posbench::iso8583 {

/// Civil time, without a zone, as messages and chip data write it.
struct CivilTime {
    std::chrono::year_month_day date;
    std::chrono::seconds of_day;  ///< since midnight

    explicit CivilTime(runtime::WallTime instant);
    std::chrono::year_month month() const noexcept { return date.year() / date.month(); }
    std::string mmdd() const;    ///< "0615", field 13
    std::string hhmmss() const;  ///< "223000", field 12 and tag 9F21
    std::string yymmdd() const;  ///< "260615", tag 9A
};

/// The instant that fields 12 (hhmmss) and 13 (MMDD) mean: they carry no year, so it is the one that comes
/// nearest to `about`. None for digits that are no time.
std::optional<runtime::WallTime> nearest_instant(std::string_view hhmmss, std::string_view mmdd,
                                                 runtime::WallTime about);

}  // namespace posbench::iso8583
