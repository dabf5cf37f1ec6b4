#pragma once

#include <map>
#include <string>
#include <vector>

#include "bench/config/reader.hpp"
#include "bench/scenario/scenario.hpp"

namespace posbench::scenario {

/// Reads one [[step]]. @param bound names of [bind] with their kinds. @throws config::ConfigError
Step read_step(const config::Value& value, const std::map<std::string, trace::Kind>& bound);

}  // namespace posbench::scenario
