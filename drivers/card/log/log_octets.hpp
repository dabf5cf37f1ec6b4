#pragma once

#include <cstddef>
#include <string_view>

#include "bench/runtime/ascii.hpp"
#include "drivers/protocols/emv/masked_octets.hpp"

/// Words and octets in a line of a log, however programs write them. All of it takes time in proportion to
/// the text.
namespace posbench::card {

inline constexpr std::string_view wide_colon = "\xEF\xBC\x9A";  // U+FF1A

constexpr bool is_octet_digit(char c) noexcept {
    return runtime::is_hex_digit(c) || emv::is_mask(c);
}
constexpr bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t';
}

/// @param word in capitals; as a whole, when it ends in a letter
bool starts_with_word(std::string_view text, std::string_view word) noexcept;
/// Where `word` (in capitals) stands by itself first; npos when it does not.
std::size_t find_word(std::string_view text, std::string_view word) noexcept;

void skip_blanks(std::string_view& text) noexcept;

/// The next run of characters up to a blank, a comma or what ends a value of XML, JSON or a list.
std::string_view next_token(std::string_view text) noexcept;

/// Appends a token of pairs of hexadecimal or masked digits, with colons or hyphens between them or none, and
/// perhaps 0x before them. False, and nothing appended, when it is something else.
bool append_token(emv::MaskedOctets& out, std::string_view token);

/// Two octets with a blank between them, one row of hexadecimal that is longer than a number, or one that
/// somebody cut.
bool begins_like_octets(std::string_view text) noexcept;

/// Octets at the beginning of `text`, which they are taken off; `closed` is set when something else follows
/// them.
emv::MaskedOctets take_octets(std::string_view& text, bool& closed);
emv::MaskedOctets leading_octets(std::string_view text, bool& closed);

}  // namespace posbench::card
