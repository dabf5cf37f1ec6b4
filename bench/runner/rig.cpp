#include "bench/runner/rig.hpp"

namespace posbench::runner {

Rig::Rig(const station::BoundCase& bound, runtime::Clock& clock, trace::Recorder& trace, std::uint64_t seed)
    : context_{clock, trace, resources_, runtime::Random(seed)},
      card_(bound.make_card(context_)),
      network_(bound.make_network(context_)),
      host_(bound.make_host(context_, network_->listener())),
      terminal_(bound.make_terminal(context_, card_->reader(), *network_)),
      power_(bound.make_power(context_, *terminal_)) {}

void Rig::lift_faults() {
    host_->behave();
    network_->restore(network::Network::Why::closing);
    card_->remove();
}

}  // namespace posbench::runner
