#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace posbench {

/// ISO 4217 currency.
struct Currency {
    std::uint16_t numeric = 156;  ///< three-digit code: 156 CNY
    std::uint8_t exponent = 2;    ///< digits of the minor unit
    char code[4] = "CNY";
    bool operator==(const Currency& other) const noexcept { return numeric == other.numeric; }
};

inline constexpr Currency cny{};
/// By alphabetic or numeric code; empty for one the bench does not know.
std::optional<Currency> find_currency(std::string_view code);

/// An amount of money: an integer of minor units with its currency. Amounts of different currencies are never
/// added or ordered (std::logic_error).
class Amount {
  public:
    constexpr Amount() noexcept = default;
    constexpr Amount(std::int64_t minor, Currency currency) noexcept : minor_(minor), currency_(currency) {}
    constexpr std::int64_t minor() const noexcept { return minor_; }
    constexpr const Currency& currency() const noexcept { return currency_; }

    Amount operator+(const Amount& other) const;
    Amount operator-(const Amount& other) const;
    bool operator==(const Amount& other) const noexcept = default;
    std::strong_ordering operator<=>(const Amount& other) const;

    /// "12.34 CNY".
    std::string to_string() const;
    /// "12.34" in `currency`'s minor units: digits, then as many decimals as the currency has or none. No
    /// sign, no exponent, no separators, at most 12 digits (ISO 8583 field 4).
    static std::optional<Amount> parse(std::string_view text, Currency currency);

  private:
    std::int64_t minor_ = 0;
    Currency currency_;
};

}  // namespace posbench
