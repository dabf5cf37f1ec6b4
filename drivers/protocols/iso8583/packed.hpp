#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "drivers/protocols/iso8583/dialect.hpp"

/// What the reader and the writer of messages both ask of nibbles and characters.
namespace posbench::iso8583 {

inline constexpr std::string_view packed_characters = "0123456789ABCDEF";
inline constexpr std::uint8_t no_nibble = 0xFF;

/// The nibble of '0' to '9' and 'A' to 'F'; no_nibble of anything else.
inline constexpr auto nibble_of = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(no_nibble);
    for (std::uint8_t digit = 0; digit <= 9; ++digit) table[static_cast<std::size_t>('0' + digit)] = digit;
    for (std::uint8_t letter = 0; letter < 6; ++letter)
        table[static_cast<std::size_t>('A' + letter)] = static_cast<std::uint8_t>(0xA + letter);
    return table;
}();

/// Whether a nibble may stand in packed content.
constexpr bool packable(const FieldFormat& format, unsigned nibble) noexcept {
    return nibble <= 9 || (format.content == Content::track && (nibble == 0xD || format.may_be_enciphered));
}

/// Whether a character may stand in digits, tracks, or behind the sign of signed digits.
constexpr bool is_allowed(const FieldFormat& format, char character) noexcept {
    if (character >= '0' && character <= '9') return true;
    if (format.content != Content::track) return false;
    const bool hexadecimal = character >= 'A' && character <= 'F';
    return character == 'D' || character == '=' || (format.may_be_enciphered && hexadecimal);
}

constexpr bool is_sign(char character) noexcept {
    return character == 'C' || character == 'D';
}

}  // namespace posbench::iso8583
