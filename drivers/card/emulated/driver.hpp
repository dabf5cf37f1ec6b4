#pragma once

#include <span>
#include <string>
#include <vector>

#include "drivers/registry.hpp"

/// The card driver "emulated".
namespace posbench::card {

/// Checks a card image. @throws config::ConfigError
drivers::MakeCard prepare(const config::Value& settings);
/// Verbs that this card cannot perform.
std::vector<std::string> lacks(const config::Value& settings, std::span<const std::string> verbs);

}  // namespace posbench::card
