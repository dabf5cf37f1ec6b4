#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"
#include "drivers/protocols/iso8583/dialect.hpp"

namespace posbench::iso8583 {

/// 5 octets: identifier 60, destination, originator (2 octets each).
struct Tpdu {
    std::array<std::uint8_t, 5> octets{0x60, 0, 0, 0, 0};
    Tpdu reply() const noexcept;  ///< addresses swapped
    bool operator==(const Tpdu&) const = default;
};
/// To the network address 0006: of whoever names none, host, terminal or command line, so that they meet.
inline constexpr Tpdu usual_tpdu{{0x60, 0x00, 0x06, 0x00, 0x00}};

/// What travels between the lengths: TPDU where the dialect has one, header, message. Header and message lie
/// in somebody else's octets.
struct Frame {
    Tpdu tpdu;
    ByteView header;
    ByteView message;
};

/// Of the octets in front of a frame, which are framing.length_octets: how many follow. An error for fewer
/// than the shortest message has, and for more than the dialect takes.
Result<std::size_t> frame_size(const Dialect& dialect, ByteView length);

/// Length and frame. @throws std::invalid_argument for a header of another length than the dialect's, a TPDU
/// that does not begin with 60, and more or fewer octets than a frame has
Bytes encode_frame(const Dialect& dialect, const Frame& frame);
/// The octets do not begin as those of a frame in this dialect: a TPDU is due, and there is none.
bool begins_without_tpdu(const Dialect& dialect, ByteView octets) noexcept;
/// A frame without its length, as a view of `octets`.
Result<Frame> decode_frame(const Dialect& dialect, ByteView octets);

}  // namespace posbench::iso8583
