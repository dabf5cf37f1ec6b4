#pragma once

#include <span>
#include <string>
#include <vector>

#include "bench/config/value.hpp"
#include "drivers/registry.hpp"

/// Registration of the network over the machine's own loopback interface (drivers/registry.hpp).
namespace posbench::network::loopback {

/// Reads a network profile. @throws config::ConfigError
drivers::MakeNetwork prepare(const config::Value& settings);

/// Every impairment of the profile is lacking, and so is every network verb but restore: plain TCP cannot be
/// delayed, thinned or silenced without privileges.
std::vector<std::string> lacks(const config::Value& settings, std::span<const std::string> verbs);

}  // namespace posbench::network::loopback
