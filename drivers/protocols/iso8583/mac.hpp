#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string_view>

#include "bench/runtime/bytes.hpp"
#include "drivers/protocols/iso8583/message.hpp"

/// The message authentication code: field 64, or 128 of a message with a secondary bitmap. It covers the
/// octets from the message type to the field before it; its own bit is set in the bitmap that it covers.
namespace posbench::iso8583 {

inline constexpr std::size_t mac_octets = 8;
/// 128 of a message with a second bitmap, else 64.
constexpr int mac_field(const Bitmap& bitmap) noexcept {
    return bitmap.secondary() != 0 ? last_field : last_primary_field;
}

/// Gives the eight octets of the code over what it covers.
using MacFunction = std::function<std::array<std::uint8_t, mac_octets>(ByteView)>;
/// The function of the dialect's algorithm under `key`: of UnionPay's 8 or 16 octets, of X9.19 16.
/// @throws std::invalid_argument for a key of another length, and where the dialect has no algorithm
MacFunction mac_function(const Dialect& dialect, ByteView key);

/// Encodes with a code at the end; `message` has it too afterwards, in its mac_field().
Bytes encode_with_mac(const Dialect& dialect, Message& message, const MacFunction& mac);
/// The part of encoded octets that the code covers; empty when the message has none.
ByteView mac_input(const Bitmap& bitmap, ByteView octets) noexcept;

/// What a receiver found out about the code.
enum class MacState {
    ok,
    bad,
    absent,     ///< there is none
    unchecked,  ///< there is one, but no key to check it with
};
std::string_view to_string(MacState state) noexcept;
/// The code against its own computation over `octets`, the encoded message. @param mac empty: there is no key
MacState check_mac(const Message& message, ByteView octets, const MacFunction& mac);

}  // namespace posbench::iso8583
