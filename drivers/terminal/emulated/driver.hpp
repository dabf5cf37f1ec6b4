#pragma once

#include <span>
#include <string>
#include <vector>

#include "drivers/registry.hpp"

namespace posbench::terminal {

/// Reads a terminal profile; what it returns makes a fresh terminal for each run.
/// @throws config::ConfigError
drivers::MakeTerminal prepare(const config::Value& settings);

/// Verbs this terminal cannot do.
std::vector<std::string> lacks(const config::Value& settings, std::span<const std::string> verbs);

}  // namespace posbench::terminal
