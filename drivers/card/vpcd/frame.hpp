#pragma once

#include <cstdint>
#include <optional>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"

/// The language of vpcd, the virtual reader of the vsmartcard project. The reader speaks first, the card
/// answers. A frame is a length in two octets, big-endian, and that many octets of body. From the reader a
/// body of one octet is a control code, any longer one a command APDU. (virtualsmartcard/src/vpcd/vpcd.h and
/// vpcd.c)
namespace posbench::card::vpcd {

inline constexpr std::size_t header_size = 2;
inline constexpr std::size_t longest_body = 0xFFFF;  ///< octets, all that the header can say

enum class Control : std::uint8_t {
    power_off = 0,
    power_on = 1,
    reset = 2,
    atr = 4,  ///< asks for the answer to reset, and so whether a card is there; the only one that is answered
};

/// What the reader wants: a control code, or a command APDU.
struct Request {
    std::optional<Control> control;
    ByteView command;  ///< into the body; empty with a control code
};

/// Octets of body that the header announces.
std::size_t body_size(std::uint8_t high, std::uint8_t low) noexcept;

/// Reads a body from the reader. The error names the rule: an empty body, an unknown control code.
Result<Request> parse_request(ByteView body);

/// A frame around `body`. An empty one tells vpcd that the card is gone: it closes the connection.
/// @throws std::length_error for more than longest_body octets
Bytes frame(ByteView body);

}  // namespace posbench::card::vpcd
