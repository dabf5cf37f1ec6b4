#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "drivers/protocols/iso8583/dialect.hpp"

/// What the reader and the writer of messages both ask of nibbles and characters.
namespace posbench::iso8583 {

inline constexpr std::string_view packed_characters = "0123456789ABCDEF";
inline constexpr std::uint8_t no_nibble = 0xFF;

/// The nibble of '0' to '9' and 'D'; no_nibble of anything else.
inline constexpr auto nibble_of = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(no_nibble);
    for (std::uint8_t digit = 0; digit <= 9; ++digit) table[static_cast<std::size_t>('0' + digit)] = digit;
    table['D'] = 0xD;
    return table;
}();

/// Whether a nibble may stand in packed content.
constexpr bool packable(Content content, unsigned nibble) noexcept {
    return nibble <= 9 || (content == Content::track && nibble == 0xD);
}

/// Whether a character may stand in digits, tracks, or behind the sign of signed digits.
constexpr bool is_allowed(Content content, char character) noexcept {
    if (character >= '0' && character <= '9') return true;
    return content == Content::track && (character == 'D' || character == '=');
}

constexpr bool is_sign(char character) noexcept {
    return character == 'C' || character == 'D';
}

}  // namespace posbench::iso8583
