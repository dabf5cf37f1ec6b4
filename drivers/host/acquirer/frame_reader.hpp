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
    std::size_t received = 0;  ///< octets of it, length prefix included
};

/// Takes frames off a stream, of the most octets that their dialect has, so that a peer can claim what memory
/// it likes and gets this much. What came behind a frame waits for the next call; more than one frame's
/// octets is never taken.
class FrameReader {
  public:
    /// @param dialect outlives the reader
    FrameReader(runtime::Stream& stream, const iso8583::Dialect& dialect);
    /// The next frame, whole before `deadline`: a trickle of octets does not prolong it. The view holds until
    /// the next call.
    runtime::Task<FrameRead> next(runtime::TimePoint deadline);

  private:
    runtime::Task<bool> fill(std::size_t octets, runtime::TimePoint deadline, FrameRead& read);
    /// Forgets the frame that was returned last.
    void drop_returned();

    runtime::Stream& stream_;
    const iso8583::Dialect& dialect_;
    Bytes buffer_;              ///< as long as the longest frame, once and for all
    std::size_t filled_ = 0;    ///< octets in it: a frame, and what came behind it
    std::size_t returned_ = 0;  ///< of them the frame that was returned last
};

}  // namespace posbench::host
