#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// How a network writes ISO 8583: which data elements there are, their formats, and what is around a message.
/// A dialect is data (fixtures/hosts/dialects); dialect_config.hpp reads one.
namespace posbench::iso8583 {

inline constexpr int first_field = 2;
inline constexpr int last_field = 128;
/// Of a primary bitmap alone.
inline constexpr int last_primary_field = 64;

/// How digits, characters and lengths are written.
enum class Code : std::uint8_t {
    bcd,     ///< two digits an octet, the first in the high nibble
    ascii,   ///< a character an octet
    ebcdic,  ///< likewise, by code page 037
    binary,  ///< of lengths alone: an unsigned number, the high octet first
};

enum class Content : std::uint8_t {
    none,           ///< the dialect has no such field
    digits,         ///< n
    track,          ///< z: digits and a separator, D or, in characters, also =; FieldFormat has an exception
    text,           ///< ans: printable characters
    signed_digits,  ///< x+n: C or D (credit, debit), in one octet of text, and digits
    octets,         ///< b: anything
};

/// Which side of an odd number of nibbles the padding nibble is on.
enum class Pad : std::uint8_t { right, left };

/// What of a field must not be shown.
enum class Secrecy : std::uint8_t {
    open,    ///< but for account numbers that stand in it in characters
    pan,     ///< first six and last four digits are shown
    chip,    ///< BER-TLV of a card: the objects that are secret by themselves (emv/mask.hpp)
    hidden,  ///< tracks, PIN blocks, keys: its length alone is shown
};

struct FieldFormat {
    Content content = Content::none;
    Code code = Code::bcd;           ///< of digits, track and text
    Code sign = Code::ascii;         ///< of the C or D of x+n
    std::uint8_t length_digits = 0;  ///< 0: fixed length; 1 to 4: L to LLLL
    Code length_code = Code::bcd;
    Pad pad = Pad::right;
    std::uint8_t padding = 0;    ///< the padding nibble, 0 or F
    std::uint16_t shortest = 0;  ///< of a length that varies
    std::uint16_t size = 0;      ///< characters or octets; the most there may be when the length varies
    Secrecy secrecy = Secrecy::open;
    bool may_be_enciphered = false;  ///< of a track: any digit of hexadecimal may stand in it

    constexpr bool packed() const noexcept {
        return code == Code::bcd &&
               (content == Content::digits || content == Content::track || content == Content::signed_digits);
    }
    constexpr bool varies() const noexcept { return length_digits != 0; }
    /// Octets of the length in front.
    constexpr std::size_t length_octets() const noexcept {
        if (length_code == Code::bcd) return (length_digits + 1u) / 2;
        if (length_code == Code::binary) return length_digits <= 2 ? length_digits != 0 : 2;
        return length_digits;
    }
    /// Octets that `count` characters take on the wire.
    constexpr std::size_t wire_octets(std::size_t count) const noexcept {
        if (!packed()) return count;
        if (content == Content::signed_digits) return count == 0 ? 0 : 1 + count / 2;  // the sign has its own
        return (count + 1) / 2;
    }
};

/// What stands in front of a message on a stream of octets.
struct Framing {
    Code length_code = Code::binary;  ///< of the length
    std::size_t length_octets = 2;    ///< 1 to 4
    bool counts_itself = false;       ///< the length covers its own octets too
    bool tpdu = false;                ///< five octets: 60, destination 2, originator 2
    std::size_t header_octets = 0;    ///< passed on as they stand
    std::size_t most = 2048;          ///< octets behind the length, the most that is accepted
    constexpr std::size_t before_message() const noexcept { return (tpdu ? 5u : 0u) + header_octets; }
};

enum class MacAlgorithm : std::uint8_t {
    none,
    unionpay,     ///< "ECB": the octets XORed, in hexadecimal, encrypted twice (README.md)
    x9_19,        ///< ISO/IEC 9797-1 algorithm 3, padding method 1
    iso9797_1_1,  ///< algorithm 1 with triple DES, padding method 1
};

struct Dialect {
    std::string name;
    Code mti = Code::bcd;
    Code bitmap = Code::binary;  ///< binary, or hexadecimal in ascii or ebcdic
    bool secondary = false;      ///< bit 1 announces fields 65 to 128
    MacAlgorithm mac = MacAlgorithm::none;
    Framing framing;
    std::array<FieldFormat, last_field + 1> fields{};
    std::array<std::string, last_field + 1> names{};  ///< "primary account number"; of fields that exist

    /// @param field 0 to 128
    const FieldFormat& field(int field) const noexcept { return fields[static_cast<std::size_t>(field)]; }
    constexpr std::size_t mti_octets() const noexcept { return mti == Code::bcd ? 2 : 4; }
    /// Of one bitmap.
    constexpr std::size_t bitmap_octets() const noexcept { return bitmap == Code::binary ? 8 : 16; }
    /// The fewest octets that a frame without its length may have.
    std::size_t least_frame() const noexcept {
        return framing.before_message() + mti_octets() + bitmap_octets();
    }
};

/// Message authentication codes have eight octets and are the last field of their bitmap.
constexpr bool is_mac_field(int field) noexcept {
    return field == last_primary_field || field == last_field;
}

/// Printable ASCII.
constexpr bool printable(std::uint8_t octet) noexcept {
    return octet >= 0x20 && octet <= 0x7E;
}
/// The octet that stands for a printable ASCII character in code page 037, and back; 0 where there is none.
std::uint8_t to_ebcdic(char character) noexcept;
char from_ebcdic(std::uint8_t octet) noexcept;

}  // namespace posbench::iso8583
