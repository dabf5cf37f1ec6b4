#include "drivers/protocols/iso8583/frame.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/runtime/plural.hpp"
#include "drivers/protocols/iso8583/length.hpp"

namespace posbench::iso8583 {
namespace {

constexpr std::size_t tpdu_octets = 5;
constexpr std::uint8_t tpdu_identifier = 0x60;

/// What is wrong with a frame of so many octets; empty when nothing is.
std::string wrong_size(const Dialect& dialect, std::size_t octets) {
    const std::size_t least = dialect.least_frame(), most = dialect.framing.most;
    if (octets >= least && octets <= most) return {};
    return fmt::format("frame: {}, not between {} and {}", runtime::counted(octets, "octet"), least, most);
}

}  // namespace

Tpdu Tpdu::reply() const noexcept {
    return {{octets[0], octets[3], octets[4], octets[1], octets[2]}};
}

Result<std::size_t> frame_size(const Dialect& dialect, ByteView length) {
    const Framing& framing = dialect.framing;
    const auto counted = read_number(framing.length_code, length);
    if (!counted) return Error{fmt::format("frame: the length {} is no number", to_hex(length))};
    const std::size_t own = framing.counts_itself ? framing.length_octets : 0;
    const std::size_t size = *counted - std::min(own, *counted);
    if (std::string wrong = wrong_size(dialect, size); !wrong.empty()) return Error{std::move(wrong)};
    return size;
}

Bytes encode_frame(const Dialect& dialect, const Frame& frame) {
    const Framing& framing = dialect.framing;
    if (frame.header.size() != framing.header_octets)
        throw std::invalid_argument(fmt::format("frame: a header of {} instead of {}",
                                                runtime::counted(frame.header.size(), "octet"),
                                                framing.header_octets));
    if (framing.tpdu && frame.tpdu.octets[0] != tpdu_identifier)
        throw std::invalid_argument(fmt::format("frame: TPDU identifier {:02X} instead of {:02X}",
                                                frame.tpdu.octets[0], tpdu_identifier));
    const std::size_t size = framing.before_message() + frame.message.size();
    if (const std::string wrong = wrong_size(dialect, size); !wrong.empty())
        throw std::invalid_argument(wrong);
    Bytes out;
    out.reserve(framing.length_octets + size);
    append_number(out, framing.length_code, framing.length_octets,
                  size + (framing.counts_itself ? framing.length_octets : 0));
    if (framing.tpdu) append(out, frame.tpdu.octets);
    append(out, frame.header);
    append(out, frame.message);
    return out;
}

bool begins_without_tpdu(const Dialect& dialect, ByteView octets) noexcept {
    return dialect.framing.tpdu && !octets.empty() && octets.front() != tpdu_identifier;
}

Result<Frame> decode_frame(const Dialect& dialect, ByteView octets) {
    if (std::string wrong = wrong_size(dialect, octets.size()); !wrong.empty())
        return Error{std::move(wrong)};
    Frame frame;
    if (dialect.framing.tpdu) {
        if (begins_without_tpdu(dialect, octets))
            return Error{fmt::format("frame: TPDU identifier {:02X} instead of {:02X}, at octet 0", octets[0],
                                     tpdu_identifier)};
        std::ranges::copy(octets.first(tpdu_octets), frame.tpdu.octets.begin());
        octets = octets.subspan(tpdu_octets);
    }
    frame.header = octets.first(dialect.framing.header_octets);
    frame.message = octets.subspan(dialect.framing.header_octets);
    return frame;
}

}  // namespace posbench::iso8583
