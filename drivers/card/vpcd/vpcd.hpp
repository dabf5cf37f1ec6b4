#pragma once

#include <memory>
#include <string>

#include "bench/runtime/clock.hpp"
#include "bench/runtime/stream.hpp"
#include "drivers/card/door.hpp"

/// The door to pcscd: a card connects to the virtual reader vpcd and is a card in a PC/SC reader from then
/// on.
namespace posbench::card::vpcd {

/// How long the rest of a frame may take once it has begun, and an answer to be taken.
inline constexpr runtime::Duration frame_patience = std::chrono::seconds(10);
/// Between one attempt to reach the reader and the next.
inline constexpr runtime::Duration retry_pause = std::chrono::milliseconds(500);

/// Answers the reader at the other end of `stream` until the connection ends or breaks the rules of
/// frame.hpp. The card is without power then. @return why it ended, in words
runtime::Task<std::string> serve_connection(runtime::Clock& clock, runtime::Stream& stream, Reader& card,
                                            DoorWatch& watch);

/// A door that connects to vpcd at `where` and connects again after retry_pause whenever that ends.
std::unique_ptr<Door> make_door(runtime::Clock& clock, runtime::Connector& connector, runtime::Endpoint where,
                                DoorWatch& watch);

}  // namespace posbench::card::vpcd
