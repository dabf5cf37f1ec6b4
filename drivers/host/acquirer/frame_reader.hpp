#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "bench/runtime/stream.hpp"
#include "bench/runtime/time.hpp"
#include "drivers/protocols/iso8583/message.hpp"

namespace posbench::host {

/// What came of waiting for a frame.
struct FrameRead {
    ByteView frame;            ///< without its length prefix; empty: none came
    std::string ended;         ///< why none came: "peer closed", "idle", "connection reset", ...
    std::string rejected;      ///< what was wrong with the octets that came instead of one
    std::size_t received = 0;  ///< octets, length prefix included
};

/// Takes length-prefixed frames off a stream, at most iso8583::frame_max octets each, so that a peer can
/// claim what memory it likes and gets this much.
class FrameReader {
  public:
    explicit FrameReader(runtime::Stream& stream) noexcept : stream_(stream) {}
    /// The next frame, whole before `deadline`: a trickle of octets does not prolong it. The view holds until
    /// the next call.
    runtime::Task<FrameRead> next(runtime::TimePoint deadline);

  private:
    runtime::Task<bool> fill(std::size_t octets, runtime::TimePoint deadline, FrameRead& read);

    static constexpr std::size_t prefix = 2;
    runtime::Stream& stream_;
    std::array<std::uint8_t, prefix + iso8583::frame_max> buffer_{};
};

}  // namespace posbench::host
