#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Text from outside: what of it is UTF-8, and what of it may stand in a report.
namespace posbench::runtime {

/// Octets of the well-formed UTF-8 character that `text` begins with (Unicode 15, table 3-7: no overlong
/// forms, no surrogates, nothing above U+10FFFF); 0 when it begins with none.
std::size_t utf8_length(std::string_view text) noexcept;

/// The character that `text` begins with. Precondition: utf8_length(text) is not 0.
char32_t utf8_character(std::string_view text) noexcept;

/// A control character: C0, DEL or C1 (Unicode, general category Cc). Terminals act on them.
constexpr bool is_control(char32_t character) noexcept {
    return character < 0x20 || (character >= 0x7F && character <= 0x9F);
}

/// `text` as it may stand in XML 1.0 (its clause 2.2), in HTML and on a terminal: each octet of what is not
/// UTF-8, of a control character other than line feed and tab, and of U+FFFE and U+FFFF becomes "\xNN".
std::string printable(std::string_view text);

}  // namespace posbench::runtime
