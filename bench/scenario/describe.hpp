#pragma once

#include <string>

#include "bench/scenario/scenario.hpp"

namespace posbench::scenario {

/// A case as a person reads it: titles, what is given, numbered steps, criteria, measurements; lines end with
/// a line feed.
std::string describe(const Case& one);

}  // namespace posbench::scenario
