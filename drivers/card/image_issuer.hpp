#pragma once

#include "bench/config/value.hpp"
#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"
#include "drivers/card/dialogue.hpp"
#include "drivers/card/emulated/interface.hpp"

namespace posbench::card {

/// The issuer of a card image approves: issuer authentication data (91) that answer an ARQC of the card, with
/// response code "00", or a card status update that approves. The error says that the image has no such
/// application over `interface`: keys may be others there than over the other one.
/// @param settings the image as the card driver is given it
/// @throws config::ConfigError as the driver does
Result<Bytes> issuer_approval(const config::Value& settings, Interface interface, ByteView application,
                              const Dialogue::Cryptogram& asked);

}  // namespace posbench::card
