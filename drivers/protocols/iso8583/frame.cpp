#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/runtime/plural.hpp"
#include "drivers/protocols/iso8583/message.hpp"

namespace posbench::iso8583 {
namespace {

constexpr std::size_t prefix_octets = 2;
constexpr std::size_t tpdu_octets = 5;
constexpr std::size_t header_octets = 6;
constexpr std::uint8_t tpdu_identifier = 0x60;

}  // namespace

Tpdu Tpdu::reply() const noexcept {
    return {{octets[0], octets[3], octets[4], octets[1], octets[2]}};
}

Bytes encode_frame(const Frame& frame) {
    const std::size_t size = tpdu_octets + header_octets + frame.message.size();
    if (size < frame_min || size > frame_max)
        throw std::invalid_argument(
            fmt::format("frame: {} octets are not between {} and {}", size, frame_min, frame_max));
    Bytes out;
    out.reserve(prefix_octets + size);
    append(out, big_endian(static_cast<std::uint16_t>(size)));
    append(out, frame.tpdu.octets);
    append(out, frame.header);
    append(out, frame.message);
    return out;
}

Result<Frame> decode_frame(ByteView octets) {
    if (octets.size() < frame_min)
        return Error{fmt::format("frame: {}, at least {} are needed",
                                 runtime::counted(octets.size(), "octet"), frame_min)};
    if (octets.size() > frame_max)
        return Error{fmt::format("frame: {} octets exceed {}", octets.size(), frame_max)};
    if (octets[0] != tpdu_identifier)
        return Error{fmt::format("frame: TPDU identifier {:02X} instead of {:02X}, at octet 0", octets[0],
                                 tpdu_identifier)};
    Frame frame;
    std::ranges::copy(octets.first(tpdu_octets), frame.tpdu.octets.begin());
    std::ranges::copy(octets.subspan(tpdu_octets, header_octets), frame.header.begin());
    const ByteView message = octets.subspan(tpdu_octets + header_octets);
    frame.message.assign(message.begin(), message.end());
    return frame;
}

}  // namespace posbench::iso8583
