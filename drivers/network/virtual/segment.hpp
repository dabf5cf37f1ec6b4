#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace posbench::network::virtual_net {

enum class Direction : std::uint8_t { up, down };

constexpr std::string_view to_string(Direction direction) noexcept {
    return direction == Direction::up ? "up" : "down";
}

/// What became of a segment when it was handed to the link.
enum class Fate : std::uint8_t { delivered, lost, queue_full, cut };

constexpr std::string_view to_string(Fate fate) noexcept {
    switch (fate) {
        case Fate::delivered:
            return "delivered";
        case Fate::lost:
            return "lost";
        case Fate::queue_full:
            return "queue_full";
        case Fate::cut:
            return "cut";
    }
    return "unknown";
}

/// The header of a segment. Sequence numbers have 64 bits and start at 0 with the SYN: octet n of a stream is
/// number n + 1.
struct Segment {
    static constexpr std::uint8_t syn = 1, ack = 2, fin = 4, rst = 8;

    std::uint8_t flags = 0;
    std::uint64_t seq = 0;
    std::uint64_t acknowledged = 0;  ///< next octet the sender expects
    std::uint32_t window = 0;        ///< octets the sender will take from there on
    int attempt = 1;                 ///< 1, or more for a retransmission

    bool has(std::uint8_t flag) const noexcept { return (flags & flag) != 0; }
    /// As the trace names it: SYN, SYN-ACK, ACK, DATA, FIN, RST.
    std::string_view name(std::size_t payload) const noexcept {
        if (has(rst)) return "RST";
        if (has(syn)) return has(ack) ? "SYN-ACK" : "SYN";
        if (has(fin)) return "FIN";
        return payload > 0 ? "DATA" : "ACK";
    }
};

/// Octets of a segment on the wire: IPv4 and TCP headers without options, 20 each (RFC 791, RFC 9293).
constexpr std::size_t wire_octets(std::size_t payload) noexcept {
    return payload + 40;
}

}  // namespace posbench::network::virtual_net
