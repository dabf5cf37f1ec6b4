#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/runtime/time.hpp"
#include "bench/trace/recorder.hpp"
#include "drivers/network/virtual/blackouts.hpp"
#include "drivers/network/virtual/link.hpp"
#include "drivers/network/virtual/path.hpp"

namespace posbench::network::virtual_net {

/// Writes network.verified: for each impairment that was asked for, what the segments of the run show of it.
/// What acts on every packet or by chance (delay, loss, rate, periodic blackouts) is verified when segments
/// passed while it was in force; what is aimed at something (a cut, a refusal, a single blackout) only when
/// it hit something. Figures that were replaced in the instant they were set need no proof.
class Proof {
  public:
    /// Unmet: standing figures (delay, loss, rate, time to connect) that stood ready and met no traffic. That
    /// shows nothing of the impairment, and excuses nobody who kept silent. What is aimed at something and
    /// missed it has failed.
    enum class Outcome : std::uint8_t { acted, failed, unmet };

    explicit Proof(trace::Recorder& trace) noexcept : trace_(trace) {}

    void path(Direction direction, const std::vector<Passage>& passages) const;
    void blackouts(const std::vector<Blackouts::Record>& records) const;
    void cuts(const std::vector<Link::CutRecord>& records) const;
    void connect(const Span& asked, std::int64_t connections, runtime::Duration total) const;

  private:
    void emit(std::string_view what, std::optional<Direction> direction, std::string asked,
              std::string achieved, Outcome outcome) const;

    trace::Recorder& trace_;
};

}  // namespace posbench::network::virtual_net
