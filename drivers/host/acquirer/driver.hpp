#pragma once

#include <span>
#include <string>
#include <vector>

#include "drivers/registry.hpp"

/// The host driver "acquirer".
namespace posbench::host {

/// Checks a host profile. @throws config::ConfigError
drivers::MakeHost prepare(const config::Value& settings);
/// Nothing that a scenario can ask of a host is lacking here.
std::vector<std::string> lacks(const config::Value& settings, std::span<const std::string> verbs);

}  // namespace posbench::host
