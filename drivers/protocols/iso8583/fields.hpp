#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

/// The data elements of the dialect (README.md of this folder has the table with their meanings).
namespace posbench::iso8583 {

inline constexpr int first_field = 2;
inline constexpr int last_field = 64;
inline constexpr int mac_field = 64;

enum class Content : std::uint8_t {
    none,    ///< the dialect does not have this field
    digits,  ///< BCD; a length counts digits
    track,   ///< BCD with nibble D as separator; a length counts characters
    text,    ///< printable ASCII, one octet a character
    octets,  ///< anything
};
enum class Length : std::uint8_t { fixed, ll, lll };  ///< ll: one BCD octet, lll: two
/// Which side of an odd number of nibbles the padding nibble 0 is on.
enum class Pad : std::uint8_t { right, left };

struct FieldFormat {
    Content content = Content::none;
    Length length = Length::fixed;
    std::uint16_t size = 0;  ///< characters or octets; the most there may be when the length varies
    Pad pad = Pad::right;

    constexpr bool packed() const noexcept { return content == Content::digits || content == Content::track; }
    constexpr std::size_t length_octets() const noexcept { return static_cast<std::size_t>(length); }
    /// Octets that `count` characters take on the wire.
    constexpr std::size_t wire_octets(std::size_t count) const noexcept {
        return packed() ? (count + 1) / 2 : count;
    }
};

/// @param field 1..64
const FieldFormat& field_format(int field) noexcept;

inline constexpr std::string_view packed_characters = "0123456789ABCDEF";
/// Whether a nibble may stand in a packed field of this content.
constexpr bool packable(Content content, unsigned nibble) noexcept {
    return nibble <= 9 || (content == Content::track && nibble == 0xD);
}
constexpr bool printable(std::uint8_t octet) noexcept {
    return octet >= 0x20 && octet <= 0x7E;
}

}  // namespace posbench::iso8583
