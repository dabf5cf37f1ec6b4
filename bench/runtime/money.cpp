#include "bench/runtime/money.hpp"

#include <array>
#include <stdexcept>

#include <fmt/format.h>

namespace posbench {
namespace {

constexpr std::array currencies{
    Currency{156, 2, "CNY"}, Currency{840, 2, "USD"}, Currency{978, 2, "EUR"},
    Currency{344, 2, "HKD"}, Currency{124, 2, "CAD"}, Currency{392, 0, "JPY"},
    Currency{446, 2, "MOP"}, Currency{702, 2, "SGD"}, Currency{826, 2, "GBP"},
};
constexpr std::int64_t largest_minor = 999'999'999'999;

void require_same(const Amount& a, const Amount& b) {
    if (!(a.currency() == b.currency()))
        throw std::logic_error("amounts of different currencies: " + a.to_string() + ", " + b.to_string());
}

}  // namespace

std::optional<Currency> find_currency(std::string_view code) {
    for (const Currency& currency : currencies)
        if (code == currency.code || code == fmt::format("{:03}", currency.numeric)) return currency;
    return std::nullopt;
}

Amount Amount::operator+(const Amount& other) const {
    require_same(*this, other);
    return {minor_ + other.minor_, currency_};
}

Amount Amount::operator-(const Amount& other) const {
    require_same(*this, other);
    return {minor_ - other.minor_, currency_};
}

std::strong_ordering Amount::operator<=>(const Amount& other) const {
    require_same(*this, other);
    return minor_ <=> other.minor_;
}

std::string Amount::to_string() const {
    std::string digits = fmt::format("{:0{}}", minor_ < 0 ? -minor_ : minor_, currency_.exponent + 1);
    if (currency_.exponent > 0) digits.insert(digits.size() - currency_.exponent, ".");
    return fmt::format("{}{} {}", minor_ < 0 ? "-" : "", digits, currency_.code);
}

std::optional<Amount> Amount::parse(std::string_view text, Currency currency) {
    const auto point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    const std::string_view decimals = point == std::string_view::npos ? "" : text.substr(point + 1);
    if (whole.empty() || whole.size() > 12) return std::nullopt;
    if (point != std::string_view::npos && (currency.exponent == 0 || decimals.size() != currency.exponent))
        return std::nullopt;
    std::int64_t minor = 0;
    for (char c : whole) {
        if (c < '0' || c > '9') return std::nullopt;
        minor = minor * 10 + (c - '0');
    }
    for (std::size_t i = 0; i < currency.exponent; ++i) {
        const char c = i < decimals.size() ? decimals[i] : '0';
        if (c < '0' || c > '9') return std::nullopt;
        minor = minor * 10 + (c - '0');
    }
    if (minor > largest_minor) return std::nullopt;
    return Amount(minor, currency);
}

}  // namespace posbench
