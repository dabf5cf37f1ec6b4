#pragma once

#include "bench/config/value.hpp"
#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"
#include "drivers/card/dialogue.hpp"
#include "drivers/protocols/emv/cryptogram.hpp"

namespace posbench::card {

/// The issuer of a card image decides: issuer authentication data (91) that answer an ARQC of the card. The
/// error says that the image has no such application.
/// @param settings the image as the card driver is given it
/// @throws config::ConfigError as the driver does
Result<Bytes> issuer_authentication(const config::Value& settings, ByteView application,
                                    const Dialogue::Cryptogram& asked, const emv::IssuerDecision& decision);

}  // namespace posbench::card
