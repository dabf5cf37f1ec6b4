#pragma once

#include <span>
#include <string>
#include <vector>

#include "bench/config/value.hpp"
#include "drivers/registry.hpp"

/// Registration of the emulated supply (drivers/registry.hpp).
namespace posbench::power::emulated {

/// Takes no settings. @throws config::ConfigError
drivers::MakePower prepare(const config::Value& settings);
std::vector<std::string> lacks(const config::Value& settings, std::span<const std::string> verbs);

}  // namespace posbench::power::emulated
