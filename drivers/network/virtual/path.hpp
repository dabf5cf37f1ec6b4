#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/runtime/random.hpp"
#include "bench/runtime/time.hpp"
#include "drivers/network/profile.hpp"
#include "drivers/network/virtual/segment.hpp"

namespace posbench::network::virtual_net {

/// The loss chain, stepping once a packet; whether a packet is lost is decided by the state it meets, as in
/// the kernel's loss_gilb_ell().
class LossChain {
  public:
    explicit LossChain(runtime::Random random) noexcept : random_(random) {}
    /// New figures; the chain begins in its good state.
    void configure(const Loss& figures) noexcept;
    bool lose() noexcept;

  private:
    runtime::Random random_;
    Loss figures_;
    bool bad_ = false;
};

/// What was seen of the packets under one set of figures.
struct Passage {
    Impairment asked;
    std::int64_t rate_bps = 0;  ///< drawn from asked.rate; 0 is unlimited
    runtime::TimePoint from{};
    runtime::TimePoint to = runtime::never;

    std::int64_t offered = 0;  ///< that met no cut
    std::int64_t lost = 0;
    std::int64_t queue_full = 0;
    std::int64_t arrived = 0;
    std::int64_t arrived_octets = 0;  ///< on the wire
    runtime::Duration total_transit{};
    runtime::Duration shortest = runtime::Duration::max();
    runtime::Duration longest{};
    runtime::Duration sending{};     ///< time the rate took for all that arrived
    std::int64_t longest_queue = 0;  ///< packets held at once
};

/// One direction of the link: loss, queue limit, delay, jitter and rate, in netem's order and arithmetic.
/// Without a rate, jitter lets packets overtake; with one they stay in order (man tc-netem).
class Path {
  public:
    explicit Path(const runtime::Random& random) noexcept
        : loss_(random.fork("loss")), jitter_(random.fork("jitter")), rates_(random.fork("rate")) {}

    /// Puts figures in force. Packets under way keep their times.
    void configure(const Impairment& figures, runtime::TimePoint now);

    struct Outcome {
        Fate fate = Fate::delivered;
        runtime::TimePoint arrival{};  ///< of a delivered packet
        runtime::Duration sending{};   ///< what the rate takes for it
        std::size_t passage = 0;       ///< for arrived()
    };
    Outcome offer(std::size_t octets, runtime::TimePoint now);
    /// A packet that was offered at `sent` left the link now.
    void arrived(const Outcome& outcome, std::size_t octets, runtime::TimePoint sent, runtime::TimePoint now);

    const Impairment& figures() const noexcept { return passages_.back().asked; }
    const std::vector<Passage>& passages() const noexcept { return passages_; }

  private:
    runtime::Duration draw_delay() noexcept;

    LossChain loss_;
    runtime::Random jitter_;
    runtime::Random rates_;
    std::vector<Passage> passages_ = std::vector<Passage>(1);
    std::int64_t limit_ = Impairment{}.queue_limit();
    std::int64_t held_ = 0;
    runtime::TimePoint last_arrival_{};
};

}  // namespace posbench::network::virtual_net
