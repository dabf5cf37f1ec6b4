#include "bench/runtime/stream.hpp"

#include <stdexcept>

namespace posbench::runtime {

std::string_view to_string(NetError error) noexcept {
    switch (error) {
        case NetError::timed_out:
            return "timed out";
        case NetError::refused:
            return "connection refused";
        case NetError::unreachable:
            return "unreachable";
        case NetError::gave_up:
            return "retransmissions ran out";
        case NetError::reset:
            return "connection reset";
        case NetError::closed:
            return "closed";
        case NetError::failed:
            return "system error";
    }
    return "unknown";
}

void throw_exception_from_error(NetError error, const boost::source_location&) {
    throw std::runtime_error(std::string(to_string(error)));
}

Task<NetResult<void>> read_exactly(Stream& stream, std::span<std::uint8_t> buffer, TimePoint deadline) {
    std::size_t filled = 0;
    while (filled < buffer.size()) {
        auto count = co_await stream.read_some(buffer.subspan(filled), deadline);
        if (!count) co_return count.error();
        if (*count == 0) co_return filled == 0 ? NetError::closed : NetError::reset;
        filled += *count;
    }
    co_return NetResult<void>{};
}

}  // namespace posbench::runtime
