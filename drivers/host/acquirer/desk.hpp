#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bench/runtime/clock.hpp"
#include "bench/runtime/sync.hpp"
#include "bench/trace/recorder.hpp"
#include "drivers/host/acquirer/authorisation.hpp"
#include "drivers/host/acquirer/behaviour.hpp"
#include "drivers/host/acquirer/profile.hpp"
#include "drivers/host/acquirer/session.hpp"

namespace posbench::host {

/// An answer as it goes to the wire.
struct Wire {
    iso8583::Message message;  ///< as the trace tells it
    std::string_view mac;      ///< "ok", "bad", "absent"
    Bytes octets;              ///< length prefix included
};

/// What all connections of a host share.
struct Desk {
    runtime::Clock& clock;
    trace::Recorder& trace;
    const Profile& profile;
    Sessions& sessions;
    Authorisation& authorisation;
    Behaviour& behaviour;
    runtime::Condition& orders_changed;  ///< one was opened or ended
    std::optional<Wire> last_reply{};    ///< the last one sent that had a right MAC
};

}  // namespace posbench::host
