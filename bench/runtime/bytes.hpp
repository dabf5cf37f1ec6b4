#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace posbench {

/// An owned run of octets. Octets are `uint8_t` throughout, as OpenSSL and the sockets want them.
using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

/// Upper-case hexadecimal without separators: {0x0A, 0xFF} -> "0AFF".
std::string to_hex(ByteView bytes);

/// Reads hexadecimal of either case; blanks between digits are allowed. Empty optional when a character
/// is neither, or the number of digits is odd.
std::optional<Bytes> from_hex(std::string_view text);

/// For constants in code and tests; throws std::invalid_argument on what from_hex refuses.
Bytes hex(std::string_view text);

/// Puts `octets` behind `out`. Precondition: they are not of `out` itself.
inline void append(Bytes& out, ByteView octets) {
    out.insert(out.end(), octets.begin(), octets.end());
}

/// The two octets of a number, the high one first, and back.
constexpr std::array<std::uint8_t, 2> big_endian(std::uint16_t value) noexcept {
    return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}
constexpr std::uint16_t from_big_endian(std::uint8_t high, std::uint8_t low) noexcept {
    return static_cast<std::uint16_t>(high << 8 | low);
}

/// The characters of `text` as octets, and back.
inline ByteView as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace posbench
