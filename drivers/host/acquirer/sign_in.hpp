#pragma once

#include <string>
#include <string_view>

#include "bench/runtime/random.hpp"
#include "drivers/host/acquirer/request.hpp"
#include "drivers/host/acquirer/session.hpp"

namespace posbench::host {

/// The answer to a network management message.
struct Managed {
    std::string_view code;     ///< field 39
    std::string_view batch;    ///< field 60.2 of the answer; empty: as in the request
    Bytes field62;             ///< keys, or what was downloaded; empty: none
    std::string_view check{};  ///< that refused, by name; empty: none did
};

/// 0800 sign-in (60.3 001, 003, 004), 0820 echo (301) and sign-off (002), downloads (360, 370 to 372, 380 to
/// 382) by either; 40 for what the protocol has besides. None of them carries a MAC: before a sign-in there
/// is no key to make one.
/// @param session the terminal's; null when it is not registered
Managed manage(const Request& request, Session* session, const Downloads& downloads, runtime::Random& random);

}  // namespace posbench::host
