#include "drivers/host/acquirer/frame_reader.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace posbench::host {

FrameReader::FrameReader(runtime::Stream& stream, const iso8583::Dialect& dialect)
    : stream_(stream), dialect_(dialect), buffer_(dialect.framing.length_octets + dialect.framing.most) {}

runtime::Task<FrameRead> FrameReader::next(runtime::TimePoint deadline) {
    drop_returned();
    FrameRead read;
    const std::size_t prefix = dialect_.framing.length_octets;
    if (!co_await fill(prefix, deadline, read)) co_return read;
    const auto length = iso8583::frame_size(dialect_, ByteView(buffer_).first(prefix));
    if (!length) {
        read.rejected = length.error().what;
        read.ended = "host closed";
        read.received = prefix;
        co_return read;
    }
    if (!co_await fill(prefix + *length, deadline, read)) co_return read;
    returned_ = read.received = prefix + *length;
    read.frame = ByteView(buffer_).subspan(prefix, *length);
    co_return read;
}

/// Reads until the buffer holds `octets`; false, with the reason in `read`, when they do not come.
runtime::Task<bool> FrameReader::fill(std::size_t octets, runtime::TimePoint deadline, FrameRead& read) {
    while (filled_ < octets) {
        const auto count = co_await stream_.read_some(std::span(buffer_).subspan(filled_), deadline);
        if (count && *count > 0) {
            filled_ += *count;
            continue;
        }
        if (count)
            read.ended = "peer closed";
        else if (count.error() == runtime::NetError::timed_out)
            read.ended = "idle";
        else
            read.ended = to_string(count.error());
        read.received = filled_;
        if (filled_ > 0)
            read.rejected = fmt::format("{} inside a frame after {} octets", read.ended, filled_);
        co_return false;
    }
    co_return true;
}

void FrameReader::drop_returned() {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(returned_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(filled_), buffer_.begin());
    filled_ -= std::exchange(returned_, 0);
}

}  // namespace posbench::host
