#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "bench/runtime/time.hpp"

namespace posbench::host {

/// Civil time as ISO 8583 writes it.
struct CivilTime {
    explicit CivilTime(runtime::WallTime wall)
        : date(std::chrono::floor<std::chrono::days>(wall)),
          of_day(
              std::chrono::floor<std::chrono::seconds>(wall - std::chrono::floor<std::chrono::days>(wall))) {}

    std::string mmdd() const;    ///< field 13
    std::string hhmmss() const;  ///< field 12
    /// Years since 2000 times 100 plus the month: comparable with the YYMM of a card.
    int yymm() const;

    std::chrono::year_month_day date;
    std::chrono::seconds of_day;  ///< since midnight
};

}  // namespace posbench::host
