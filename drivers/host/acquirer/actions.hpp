#pragma once

#include "drivers/host/acquirer/action.hpp"

/// The actions on a request. Each function takes the keys of its own out of `then`.
/// @throws config::ConfigError
namespace posbench::host::actions {

using RequestActionPtr = std::shared_ptr<const RequestAction>;

// actions.cpp: whether, and when, there is an answer
RequestActionPtr read_respond(config::Reader& then, const Terms& terms);
RequestActionPtr read_silence(config::Reader& then, const Terms& terms);
RequestActionPtr read_silence_after_posting(config::Reader& then, const Terms& terms);
RequestActionPtr read_delay(config::Reader& then, const Terms& terms);
RequestActionPtr read_delay_after_posting(config::Reader& then, const Terms& terms);
RequestActionPtr read_close(config::Reader& then, const Terms& terms);
RequestActionPtr read_close_after_posting(config::Reader& then, const Terms& terms);

// reply_actions.cpp: what becomes of the octets of an answer that was decided
RequestActionPtr read_close_inside_reply(config::Reader& then, const Terms& terms);
RequestActionPtr read_half_reply(config::Reader& then, const Terms& terms);
RequestActionPtr read_duplicate_reply(config::Reader& then, const Terms& terms);
RequestActionPtr read_earlier_reply(config::Reader& then, const Terms& terms);
RequestActionPtr read_garbage(config::Reader& then, const Terms& terms);
RequestActionPtr read_trickle(config::Reader& then, const Terms& terms);

// alter.cpp: what an answer that was decided says
RequestActionPtr read_wrong_mac(config::Reader& then, const Terms& terms);
RequestActionPtr read_no_mac(config::Reader& then, const Terms& terms);
RequestActionPtr read_alter(config::Reader& then, const Terms& terms);

}  // namespace posbench::host::actions
