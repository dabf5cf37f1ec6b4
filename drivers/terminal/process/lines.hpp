#pragma once

#include <optional>
#include <string>

#include "bench/runtime/clock.hpp"
#include "bench/runtime/job.hpp"
#include "bench/runtime/result.hpp"
#include "bench/runtime/stream.hpp"
#include "bench/runtime/sync.hpp"

namespace posbench::terminal::process {

/// Lines out of a stream, each of at most `longest_line` octets.
class LineReader {
  public:
    /// @param begun what was read of the stream before
    explicit LineReader(runtime::Stream& stream, std::string begun = {})
        : stream_(stream), buffer_(std::move(begun)) {}

    /// The next line without its end; none at the end of the stream, where an unfinished line is dropped.
    /// An error when the line is too long or the stream broke.
    runtime::Task<Result<std::optional<std::string>>> next();

  private:
    runtime::Stream& stream_;
    std::string buffer_;
    std::size_t searched_ = 0;  ///< octets of `buffer_` known to hold no line end
};

/// Writes lines to a stream in the background, in their order.
class LineWriter {
  public:
    LineWriter(runtime::Clock& clock, runtime::Stream& stream) : job_(clock, write(clock, stream)) {}

    /// @param line with its end. What the peer does not read within a minute, or what exceeds 16 MiB, is
    ///             dropped: the peer is then lost.
    void send(std::string line);
    bool lost() const noexcept { return lost_; }

  private:
    runtime::Task<void> write(runtime::Clock& clock, runtime::Stream& stream);

    std::string waiting_;
    runtime::Condition arrived_;
    bool lost_ = false;
    runtime::Job job_;
};

}  // namespace posbench::terminal::process
