#include <array>
#include <chrono>

#include "bench/config/reader.hpp"

namespace posbench::config {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t nanoseconds;
};
// Largest first: of two texts of the same length the one with the larger unit is shown.
constexpr std::array units{
    Unit{"h", 3'600'000'000'000}, Unit{"min", 60'000'000'000}, Unit{"s", 1'000'000'000},
    Unit{"ms", 1'000'000},        Unit{"us", 1'000},           Unit{"ns", 1},
};
/// Longer than any run; sums of a few of these and of a civil time stay far from the end of 64 bits.
constexpr std::chrono::hours longest{10'000};
/// Bounds the arithmetic: a million times the nanoseconds of an hour still fits 64 bits. Finer texts have a
/// smaller unit.
constexpr std::size_t most_decimals = 6;

/// `count` in units of `unit` as a decimal; empty when it is not a finite one.
std::string decimal(std::int64_t count, std::int64_t unit) {
    std::string text = std::to_string(count / unit);
    std::int64_t rest = count % unit;
    if (rest == 0) return text;
    text += '.';
    for (std::size_t i = 0; i < most_decimals && rest != 0; ++i) {
        rest *= 10;
        text += static_cast<char>('0' + rest / unit);
        rest %= unit;
    }
    return rest == 0 ? text : std::string{};
}

}  // namespace

std::optional<runtime::Duration> parse_duration(std::string_view text) {
    constexpr std::int64_t largest = std::chrono::nanoseconds(longest).count();
    const std::size_t number_end = text.find_first_not_of("0123456789.");
    if (number_end == std::string_view::npos || number_end == 0) return std::nullopt;
    const std::string_view number = text.substr(0, number_end);
    const std::string_view name = text.substr(number_end);
    const Unit* unit = nullptr;
    for (const Unit& candidate : units)
        if (candidate.name == name) unit = &candidate;
    if (unit == nullptr) return std::nullopt;

    const std::size_t point = number.find('.');
    const std::string_view whole = number.substr(0, point);
    if (whole.empty() || whole.size() > 18) return std::nullopt;
    std::int64_t count = 0;
    for (char c : whole) count = count * 10 + (c - '0');
    if (count > largest / unit->nanoseconds) return std::nullopt;
    count *= unit->nanoseconds;
    if (point == std::string_view::npos) return runtime::Duration(count);

    const std::string_view decimals = number.substr(point + 1);
    if (decimals.empty() || decimals.size() > most_decimals) return std::nullopt;
    std::int64_t fraction = 0;
    std::int64_t scale = 1;
    for (char c : decimals) {
        if (c == '.') return std::nullopt;
        fraction = fraction * 10 + (c - '0');
        scale *= 10;
    }
    const std::int64_t scaled = fraction * unit->nanoseconds;
    if (scaled % scale != 0) return std::nullopt;  // finer than a nanosecond
    if (scaled / scale > largest - count) return std::nullopt;
    return runtime::Duration(count + scaled / scale);
}

std::string format_duration(runtime::Duration duration) {
    if (duration < runtime::Duration::zero()) return std::string("-").append(format_duration(-duration));
    if (duration == runtime::Duration::zero()) return "0s";
    std::string shortest;
    for (const Unit& unit : units) {
        const std::string number = decimal(duration.count(), unit.nanoseconds);
        if (number.empty()) continue;
        if (shortest.empty() || number.size() + unit.name.size() < shortest.size())
            shortest = number + std::string(unit.name);
    }
    return shortest;
}

}  // namespace posbench::config
