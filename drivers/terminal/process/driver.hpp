#pragma once

#include <span>
#include <string>
#include <vector>

#include "bench/config/value.hpp"
#include "drivers/registry.hpp"

/// Registration of the terminal as a process of its own (drivers/registry.hpp).
namespace posbench::terminal::process {

/// Takes `program`, the absolute path of a terminal program (default: posbench-terminal beside this
/// program), and hands everything else to it. The settings of posbench-terminal itself are checked here.
/// @throws config::ConfigError
drivers::MakeTerminal prepare(const config::Value& settings);
/// Nothing: whatever a person can do at a terminal goes through the protocol.
std::vector<std::string> lacks(const config::Value& settings, std::span<const std::string> verbs);

}  // namespace posbench::terminal::process
