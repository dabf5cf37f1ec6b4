#include "drivers/host/acquirer/frame_reader.hpp"

#include <fmt/format.h>

namespace posbench::host {

runtime::Task<FrameRead> FrameReader::next(runtime::TimePoint deadline) {
    FrameRead read;
    if (!co_await fill(prefix, deadline, read)) co_return read;
    const std::size_t length = from_big_endian(buffer_[0], buffer_[1]);
    if (length < iso8583::frame_min || length > iso8583::frame_max) {
        read.rejected = fmt::format("length prefix {} is not between {} and {}", length, iso8583::frame_min,
                                    iso8583::frame_max);
        read.ended = "host closed";
        co_return read;
    }
    if (!co_await fill(prefix + length, deadline, read)) co_return read;
    read.frame = ByteView(buffer_).subspan(prefix, length);
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
