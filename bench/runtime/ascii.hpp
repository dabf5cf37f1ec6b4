#pragma once

#include <algorithm>
#include <string_view>

/// Classes of ASCII characters, whatever the locale says; no character of more than one octet is in any.
namespace posbench::runtime {

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
constexpr bool is_letter(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
constexpr bool is_hex_digit(char c) noexcept {
    return is_digit(c) || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}
/// Decimal digits and nothing else; an empty text has none.
constexpr bool is_all_digits(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, is_digit);
}

}  // namespace posbench::runtime
