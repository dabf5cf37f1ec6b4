#include "drivers/host/acquirer/frame_reader.hpp"

#include <fmt/format.h>

namespace posbench::host {

FrameReader::FrameReader(runtime::Stream& stream, const iso8583::Dialect& dialect)
    : stream_(stream), dialect_(dialect), buffer_(dialect.framing.length_octets + dialect.framing.most) {}

runtime::Task<FrameRead> FrameReader::next(runtime::TimePoint deadline) {
    FrameRead read;
    const std::size_t prefix = dialect_.framing.length_octets;
    if (!co_await fill(prefix, deadline, read)) co_return read;
    const auto length = iso8583::frame_size(dialect_, ByteView(buffer_).first(prefix));
    if (!length) {
        read.rejected = length.error().what;
        read.ended = "host closed";
        co_return read;
    }
    if (!co_await fill(prefix + *length, deadline, read)) co_return read;
    read.frame = ByteView(buffer_).subspan(prefix, *length);
    co_return read;
}

/// Reads until the buffer holds `octets`; false, with the reason in `read`, when they do not come.
runtime::Task<bool> FrameReader::fill(std::size_t octets, runtime::TimePoint deadline, FrameRead& read) {
    while (read.received < octets) {
        const auto room = std::span(buffer_).subspan(read.received, octets - read.received);
        const auto count = co_await stream_.read_some(room, deadline);
        if (count && *count > 0) {
            read.received += *count;
            continue;
        }
        if (count)
            read.ended = "peer closed";
        else if (count.error() == runtime::NetError::timed_out)
            read.ended = "idle";
        else
            read.ended = to_string(count.error());
        if (read.received > 0)
            read.rejected = fmt::format("{} inside a frame after {} octets", read.ended, read.received);
        co_return false;
    }
    co_return true;
}

}  // namespace posbench::host
