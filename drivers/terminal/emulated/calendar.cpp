#include "drivers/terminal/emulated/calendar.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace posbench::terminal {
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

Civil::Civil(runtime::WallTime instant)
    : date(floor<days>(instant)), time(floor<seconds>(instant - floor<days>(instant))) {}

std::string Civil::yymmdd() const {
    return fmt::format("{}{:02}", yymm(), unsigned(date.day()));
}

std::string Civil::yymm() const {
    return fmt::format("{:02}{:02}", int(date.year()) % 100, unsigned(date.month()));
}

std::string Civil::hhmmss() const {
    return fmt::format("{:02}{:02}{:02}", time.hours().count(), time.minutes().count(),
                       time.seconds().count());
}

std::string Civil::printed() const {
    return fmt::format("{:04}/{:02}/{:02} {:02}:{:02}:{:02}", int(date.year()), unsigned(date.month()),
                       unsigned(date.day()), time.hours().count(), time.minutes().count(),
                       time.seconds().count());
}

std::optional<runtime::WallTime> host_time(std::string_view hhmmss, std::string_view mmdd,
                                           runtime::WallTime about) {
    if (hhmmss.size() != 6 || mmdd.size() != 4) return std::nullopt;
    const int hour = two_digits(hhmmss, 0), minute = two_digits(hhmmss, 2), second = two_digits(hhmmss, 4);
    const int month_number = two_digits(mmdd, 0), day_number = two_digits(mmdd, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return std::nullopt;
    if (month_number < 1 || day_number < 1) return std::nullopt;

    std::optional<runtime::WallTime> best;
    const year this_year = Civil(about).date.year();
    for (int offset = -1; offset <= 1; ++offset) {
        const year_month_day date(this_year + years(offset), month(unsigned(month_number)),
                                  day(unsigned(day_number)));
        if (!date.ok()) continue;
        const runtime::WallTime instant = sys_days(date) + hours(hour) + minutes(minute) + seconds(second);
        if (!best || abs(instant - about) < abs(*best - about)) best = instant;
    }
    return best;
}

std::optional<year_month_day> card_date(std::string_view yymmdd) {
    if (yymmdd.size() != 6) return std::nullopt;
    const int yy = two_digits(yymmdd, 0), mm = two_digits(yymmdd, 2), dd = two_digits(yymmdd, 4);
    if (yy < 0 || mm < 1 || dd < 1) return std::nullopt;
    const year_month_day date(year(yy < 50 ? 2000 + yy : 1900 + yy), month(unsigned(mm)), day(unsigned(dd)));
    if (!date.ok()) return std::nullopt;
    return date;
}

}  // namespace posbench::terminal
