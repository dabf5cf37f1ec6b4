#pragma once

#include <string>
#include <vector>

#include "bench/config/value.hpp"

namespace posbench::scenario {

inline constexpr std::size_t most_cases = 1000;

/// A scenario document with one value of each axis in its place.
struct Variant {
    std::string suffix;  ///< "[card.image=visa,step.0.amount=1.00]", empty without a matrix
    config::Value document;
};

/// Expands [matrix]: the Cartesian product of its axes, the last one running fastest. The values are put into
/// the document before the model is read from it, so that every case is checked whole and a wrong value is
/// named where it stands on its axis. @throws config::ConfigError
std::vector<Variant> expand_matrix(const config::Value& document);

}  // namespace posbench::scenario
