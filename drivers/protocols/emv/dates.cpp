#include "drivers/protocols/emv/dates.hpp"

#include <algorithm>

namespace posbench::emv {
namespace {

using namespace std::chrono;

bool all_digits(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Precondition: two digits stand at `at`.
unsigned two_digits(std::string_view text, std::size_t at) noexcept {
    return static_cast<unsigned>((text[at] - '0') * 10 + (text[at + 1] - '0'));
}

}  // namespace

std::optional<year_month> parse_month(std::string_view yymm) noexcept {
    if (yymm.size() != 4 || !all_digits(yymm)) return std::nullopt;
    const int yy = static_cast<int>(two_digits(yymm, 0));
    const year_month result{year(yy < 50 ? 2000 + yy : 1900 + yy), month(two_digits(yymm, 2))};
    return result.ok() ? std::optional(result) : std::nullopt;
}

std::optional<year_month_day> parse_date(std::string_view yymmdd) noexcept {
    if (yymmdd.size() != 6 || !all_digits(yymmdd)) return std::nullopt;
    const auto its_month = parse_month(yymmdd.substr(0, 4));
    if (!its_month) return std::nullopt;
    const year_month_day result = *its_month / day(two_digits(yymmdd, 4));
    return result.ok() ? std::optional(result) : std::nullopt;
}

}  // namespace posbench::emv
