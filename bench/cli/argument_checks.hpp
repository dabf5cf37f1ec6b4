#pragma once

#include <cstdint>
#include <string>

#include "bench/runtime/stream.hpp"

/// Checks of argument texts as CLI11 wants them: what is wrong, or an empty text.
namespace posbench::cli {

/// "9464" or "0.0.0.0:9464".
std::string check_metrics_endpoint(const std::string& text);
/// CLI11 takes "-1" for the largest number there is.
std::string check_seed(const std::string& text);
/// "127.0.0.1:35963" or "host.example:35963", of a peer.
std::string check_address(const std::string& text);
/// The same of a port of one's own, where 0 is any free one.
std::string check_listen_address(const std::string& text);
/// Asks for the address of a name. Precondition: one of the two checks found nothing.
/// @throws ConfigError when the name has no address
runtime::Endpoint endpoint_of(const std::string& address);

}  // namespace posbench::cli
