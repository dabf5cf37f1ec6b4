#pragma once

#include <span>
#include <string>
#include <vector>

#include "bench/config/value.hpp"
#include "drivers/registry.hpp"

/// Registration of the network in virtual time (drivers/registry.hpp).
namespace posbench::network::virtual_net {

/// @throws config::ConfigError, see read_settings()
drivers::MakeNetwork prepare(const config::Value& settings);

std::vector<std::string> lacks(const config::Value& settings, std::span<const std::string> verbs);

}  // namespace posbench::network::virtual_net
