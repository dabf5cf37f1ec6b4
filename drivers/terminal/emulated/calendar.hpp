#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "bench/runtime/time.hpp"

namespace posbench::terminal {

/// Civil time as a terminal's messages and receipts write it.
struct Civil {
    std::chrono::year_month_day date;
    std::chrono::hh_mm_ss<std::chrono::seconds> time;

    explicit Civil(runtime::WallTime instant);
    std::string yymmdd() const;   ///< "260615", as EMV tag 9A
    std::string yymm() const;     ///< "2606", as an expiry date
    std::string hhmmss() const;   ///< "223000", as field 12
    std::string printed() const;  ///< "2026/06/15 22:30:00"
};

/// The instant that fields 12 (hhmmss) and 13 (MMDD) mean: they carry no year, so it is the one that comes
/// nearest to `about`. None for digits that are no time.
std::optional<runtime::WallTime> host_time(std::string_view hhmmss, std::string_view mmdd,
                                           runtime::WallTime about);

/// A date YYMMDD (EMV 5F24, 5F25); 50 to 99 are of the 20th century. None when there is no such day.
std::optional<std::chrono::year_month_day> card_date(std::string_view yymmdd);

}  // namespace posbench::terminal
