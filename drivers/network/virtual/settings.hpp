#pragma once

#include "bench/config/value.hpp"
#include "drivers/network/profile.hpp"
#include "drivers/network/virtual/tcp_endpoint.hpp"

namespace posbench::network::virtual_net {

/// What a scenario gives the driver.
struct Settings {
    config::Value document;  ///< as it was read
    Profile profile;
    TcpSettings tcp;
};

/// Reads a network profile and, beside it, [tcp] (mss, syn_retries, syn_ack_retries, retries).
/// @throws config::ConfigError
Settings read_settings(const config::Value& value);

}  // namespace posbench::network::virtual_net
