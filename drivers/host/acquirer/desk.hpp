#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bench/runtime/clock.hpp"
#include "bench/runtime/sync.hpp"
#include "drivers/host/acquirer/behaviour.hpp"
#include "drivers/host/acquirer/profile.hpp"
#include "drivers/host/acquirer/session.hpp"
#include "drivers/host/acquirer/teller.hpp"

namespace posbench::host {

/// What all connections of a host share.
struct Desk {
    runtime::Clock& clock;
    Teller& teller;
    const Profile& profile;
    Sessions& sessions;
    Authorisation& authorisation;
    Behaviour& behaviour;
    runtime::Condition& orders_changed;  ///< one was opened or ended
    std::optional<Wire> last_reply{};    ///< the last one sent that had a right MAC
};

}  // namespace posbench::host
