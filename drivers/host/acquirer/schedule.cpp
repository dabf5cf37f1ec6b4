#include "drivers/host/acquirer/schedule.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "bench/runtime/ascii.hpp"

namespace posbench::host {
namespace {

using config::Reader;
using runtime::Duration;
using runtime::WallTime;
using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_days;

constexpr auto key = "between";

/// In the order of std::chrono::weekday::c_encoding().
constexpr std::array<std::string_view, 7> weekdays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct Occurrence {
    WallTime begin, end;
};
Occurrence on(const Window& window, sys_days day) {
    return {day + window.from, day + (window.to <= window.from ? days(1) : days(0)) + window.to};
}

bool falls_on(const Window& window, sys_days day) {
    if (!window.dates.empty()) return std::ranges::find(window.dates, day) != window.dates.end();
    return (window.weekdays >> std::chrono::weekday(day).c_encoding() & 1U) != 0;
}

/// The number that digits write. Precondition: they are digits
int number_of(std::string_view digits) {
    int number = 0;
    for (const char digit : digits) number = number * 10 + (digit - '0');
    return number;
}

/// "22:00" or "22:00:30".
std::optional<seconds> parse_time_of_day(std::string_view text) {
    if (text.size() != 5 && text.size() != 8) return std::nullopt;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (i % 3 == 2 ? text[i] != ':' : !runtime::is_digit(text[i])) return std::nullopt;
    const int hour = number_of(text.substr(0, 2)), minute = number_of(text.substr(3, 2));
    const int second = text.size() == 8 ? number_of(text.substr(6, 2)) : 0;
    if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
    return std::chrono::hours(hour) + std::chrono::minutes(minute) + seconds(second);
}

/// "2026-06-15".
std::optional<sys_days> parse_date(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    const auto year = text.substr(0, 4), month = text.substr(5, 2), day = text.substr(8, 2);
    for (const std::string_view part : {year, month, day})
        if (!runtime::is_all_digits(part)) return std::nullopt;
    const auto date = std::chrono::year(number_of(year)) / number_of(month) / number_of(day);
    return date.ok() ? std::optional(sys_days(date)) : std::nullopt;
}

seconds time_of_day(const Reader& reader, std::string_view where, const std::string& text) {
    const auto time = parse_time_of_day(text);
    if (!time)
        reader.fail(where, fmt::format("'{}' is no time of day such as \"22:00\" or \"22:00:30\"", text));
    return *time;
}

Window read_times(Reader& reader) {
    const auto texts = reader.texts(key);
    if (!texts || texts->size() != 2)
        reader.fail(key,
                    "between must be two times of day, [\"22:00\", \"23:30\"], or tables with days or "
                    "dates, from and to");
    Window window;
    window.from = time_of_day(reader, key, texts->front());
    window.to = time_of_day(reader, key, texts->back());
    if (window.from == window.to) reader.fail(key, "between must not begin and end at the same time");
    return window;
}

void read_days(Reader& reader, Window& window) {
    const auto names = reader.choices("days", std::vector<std::string>(weekdays.begin(), weekdays.end()));
    if (!names) return;
    if (names->empty()) reader.fail("days", "days must name one day at least");
    window.weekdays = 0;
    for (std::size_t day = 0; day < weekdays.size(); ++day)
        if (std::ranges::find(*names, weekdays[day]) != names->end())
            window.weekdays = static_cast<std::uint8_t>(window.weekdays | 1U << day);
}

void read_dates(Reader& reader, Window& window) {
    const auto texts = reader.texts("dates");
    if (!texts) return;
    if (texts->empty()) reader.fail("dates", "dates must name one day at least");
    for (const std::string& text : *texts) {
        const auto date = parse_date(text);
        if (!date) reader.fail("dates", fmt::format("'{}' is no date such as \"2026-06-15\"", text));
        window.dates.push_back(*date);
    }
}

Window read_window(const config::Value& value) {
    Reader reader(value, key);
    Window window;
    read_days(reader, window);
    read_dates(reader, window);
    if (reader.has("days") && reader.has("dates")) reader.fail("dates", "dates and days exclude each other");
    if (const auto from = reader.text("from")) window.from = time_of_day(reader, "from", *from);
    if (const auto to = reader.text("to")) window.to = time_of_day(reader, "to", *to);
    if (window.from == window.to) reader.fail("to", "between must not begin and end at the same time");
    reader.finish();
    return window;
}

}  // namespace

bool Schedule::contains(WallTime now) const {
    if (always()) return true;
    const auto today = std::chrono::floor<days>(now);
    return std::ranges::any_of(windows_, [&](const Window& window) {
        return std::ranges::any_of(std::array{today - days(1), today}, [&](sys_days day) {
            const Occurrence occurrence = on(window, day);
            return falls_on(window, day) && occurrence.begin <= now && now < occurrence.end;
        });
    });
}

std::optional<Duration> Schedule::until_change(WallTime now) const {
    if (always()) return std::nullopt;
    const auto today = std::chrono::floor<days>(now);
    Duration nearest = days(1);
    for (const Window& window : windows_)
        for (const sys_days day : {today - days(1), today, today + days(1)})
            for (const Occurrence occurrence = on(window, day);
                 const WallTime boundary : {occurrence.begin, occurrence.end})
                if (boundary > now) nearest = std::min<Duration>(nearest, boundary - now);
    return nearest;
}

Schedule read_schedule(Reader& reader) {
    const config::Value* value = reader.raw(key);
    if (!value) return {};
    const auto* list = value->get<config::Array>();
    const bool windows =
        value->get<config::Table>() || (list && !list->empty() && list->front().get<config::Table>());
    if (!windows) return Schedule({read_times(reader)});
    if (!list) return Schedule({read_window(*value)});
    std::vector<Window> read;
    for (const config::Value& window : *list) read.push_back(read_window(window));
    return Schedule(std::move(read));
}

}  // namespace posbench::host
