#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "bench/runtime/stream.hpp"
#include "bench/runtime/time.hpp"
#include "drivers/protocols/iso8583/frame.hpp"

namespace posbench::host {

/// What came of waiting for a frame.
struct FrameRead {
    ByteView frame;            ///< without its length prefix; empty: none came
    std::string ended;         ///< why none came: "peer closed", "idle", "connection reset", ...
    std::string rejected;      ///< what was wrong with the octets that came instead of one
    std::size_t received = 0;  ///< octets, length prefix included
};

/// Takes frames off a stream, of the most octets that their dialect has, so that a peer can claim what memory
/// it likes and gets this much.
class FrameReader {
  public:
    /// @param dialect outlives the reader
    FrameReader(runtime::Stream& stream, const iso8583::Dialect& dialect);
    /// The next frame, whole before `deadline`: a trickle of octets does not prolong it. The view holds until
    /// the next call.
    runtime::Task<FrameRead> next(runtime::TimePoint deadline);

  private:
    runtime::Task<bool> fill(std::size_t octets, runtime::TimePoint deadline, FrameRead& read);

    runtime::Stream& stream_;
    const iso8583::Dialect& dialect_;
    Bytes buffer_;
};

}  // namespace posbench::host
