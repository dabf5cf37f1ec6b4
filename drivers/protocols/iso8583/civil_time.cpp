#include "drivers/protocols/iso8583/civil_time.hpp"

#include <fmt/format.h>

namespace posbench::iso8583 {
namespace {

using namespace std::chrono;

/// Two digits at `at`; -1 when they are none.
int two_digits(std::string_view text, std::size_t at) {
    const char high = text[at];
    const char low = text[at + 1];
    if (high < '0' || high > '9' || low < '0' || low > '9') return -1;
    return (high - '0') * 10 + (low - '0');
}

}  // namespace

CivilTime::CivilTime(runtime::WallTime instant)
    : date(floor<days>(instant)), of_day(floor<seconds>(instant - floor<days>(instant))) {}

std::string CivilTime::mmdd() const {
    return fmt::format("{:02}{:02}", unsigned(date.month()), unsigned(date.day()));
}

std::string CivilTime::hhmmss() const {
    return fmt::format("{:02}{:02}{:02}", of_day / 1h, of_day / 1min % 60, of_day.count() % 60);
}

std::string CivilTime::yymmdd() const {
    return fmt::format("{:02}{}", int(date.year()) % 100, mmdd());
}

std::optional<runtime::WallTime> nearest_instant(std::string_view hhmmss, std::string_view mmdd,
                                                 runtime::WallTime about) {
    if (hhmmss.size() != 6 || mmdd.size() != 4) return std::nullopt;
    const int hour = two_digits(hhmmss, 0), minute = two_digits(hhmmss, 2), second = two_digits(hhmmss, 4);
    const int month_number = two_digits(mmdd, 0), day_number = two_digits(mmdd, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return std::nullopt;
    if (month_number < 1 || day_number < 1) return std::nullopt;

    std::optional<runtime::WallTime> best;
    const year this_year = CivilTime(about).date.year();
    for (int offset = -1; offset <= 1; ++offset) {
        const year_month_day date(this_year + years(offset), month(unsigned(month_number)),
                                  day(unsigned(day_number)));
        if (!date.ok()) continue;
        const runtime::WallTime instant = sys_days(date) + hours(hour) + minutes(minute) + seconds(second);
        if (!best || abs(instant - about) < abs(*best - about)) best = instant;
    }
    return best;
}

}  // namespace posbench::iso8583
