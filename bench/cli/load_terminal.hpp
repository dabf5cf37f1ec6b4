#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "bench/cli/load_profile.hpp"
#include "bench/runtime/clock.hpp"
#include "bench/runtime/latencies.hpp"
#include "bench/runtime/random.hpp"
#include "bench/runtime/stream.hpp"
#include "drivers/protocols/crypto/crypto.hpp"
#include "drivers/protocols/iso8583/mac.hpp"
#include "drivers/protocols/iso8583/message.hpp"

namespace posbench::cli {

/// When the next sale is due, for all terminals together.
class Pace {
  public:
    /// @param rate sales a second; 0: at once
    Pace(runtime::TimePoint start, runtime::Duration length, std::int64_t sales, int rate) noexcept
        : start_(start), end_(start + length), sales_(sales), rate_(rate) {}
    /// The instant of the next sale; none when there shall be no more.
    std::optional<runtime::TimePoint> next(runtime::TimePoint now) noexcept;
    void stop() noexcept { sales_ = 0; }

  private:
    runtime::TimePoint start_, end_;
    std::int64_t sales_;
    int rate_;
    std::int64_t given_ = 0;
};

/// What came of all sales.
struct LoadResult {
    std::uint64_t approved = 0;
    std::uint64_t repeated = 0;  ///< under another STAN, because the batch had it from an earlier load
    std::map<std::string, std::uint64_t> errors;
    runtime::Latencies latencies;  ///< of all that were answered, from the instant at which each was due
};

/// A terminal with a connection of its own: signs in, then makes sales of one minor unit by stripe without
/// PIN, one outstanding at a time, and verifies each answer.
class LoadTerminal {
  public:
    /// @param stan of its first request; then one more each
    LoadTerminal(runtime::Clock& clock, const LoadProfile& profile, const LoadProfile::Terminal& terminal,
                 std::uint32_t stan);

    /// @throws std::runtime_error naming terminal and reason
    runtime::Task<void> sign_in(runtime::Connector& connector, runtime::Endpoint host);
    /// Until there shall be no more, or the connection ends.
    runtime::Task<void> make_sales(Pace& pace, LoadResult& result);

  private:
    /// What is wrong with an answer, or why there is none; empty: nothing.
    using Fault = std::string;

    std::string next_stan();
    /// @param request lives as long as the task
    runtime::Task<Fault> exchange(const Bytes& request, runtime::TimePoint deadline);
    /// One sale under the next STAN.
    runtime::Task<Fault> sell(runtime::TimePoint deadline);
    Fault check_answer(const iso8583::Message& sale) const;
    Bytes frame(ByteView message) const;
    void take_keys();

    runtime::Clock& clock_;
    const LoadProfile& profile_;
    const LoadProfile::Terminal& terminal_;
    std::unique_ptr<runtime::Stream> stream_;
    iso8583::MacFunction mac_;
    iso8583::Message sale_;
    std::uint32_t stan_;
    Bytes buffer_;
    std::size_t filled_ = 0;
    iso8583::Message answer_;  ///< the last one
    Bytes answer_octets_;      ///< its message, which the MAC covers
};

}  // namespace posbench::cli
