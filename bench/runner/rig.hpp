#pragma once

#include <memory>

#include "bench/runtime/clock.hpp"
#include "bench/runtime/resources.hpp"
#include "bench/station/station.hpp"
#include "bench/trace/recorder.hpp"

namespace posbench::runner {

/// The drivers of one run, wired together: card and network first, then what uses them. Released in the
/// reverse order.
class Rig {
  public:
    Rig(const station::BoundCase& bound, runtime::Clock& clock, trace::Recorder& trace, std::uint64_t seed);

    card::Card& card() noexcept { return *card_; }
    network::Network& network() noexcept { return *network_; }
    host::Host& host() noexcept { return *host_; }
    terminal::Terminal& terminal() noexcept { return *terminal_; }
    power::Power& power() noexcept { return *power_; }

    /// Nothing impaired, nothing armed: the link restored, the host honest, the card out.
    void lift_faults();

  private:
    runtime::ResourceJournal resources_;
    drivers::Context context_;
    std::unique_ptr<card::Card> card_;
    std::unique_ptr<network::Network> network_;
    std::unique_ptr<host::Host> host_;
    std::unique_ptr<terminal::Terminal> terminal_;
    std::unique_ptr<power::Power> power_;
};

}  // namespace posbench::runner
