#pragma once

#include <span>
#include <string>
#include <vector>

#include "bench/config/value.hpp"
#include "drivers/registry.hpp"

/// Registration of the network in virtual time (drivers/registry.hpp).
namespace posbench::network::virtual_net {

/// Reads a network profile and, beside it, [tcp] (mss, syn_retries, syn_ack_retries, retries).
/// @throws config::ConfigError
drivers::MakeNetwork prepare(const config::Value& settings);

std::vector<std::string> lacks(const config::Value& settings, std::span<const std::string> verbs);

}  // namespace posbench::network::virtual_net
