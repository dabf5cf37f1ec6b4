#pragma once

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

/// The characters of `text` as octets, and back.
inline ByteView as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace posbench
