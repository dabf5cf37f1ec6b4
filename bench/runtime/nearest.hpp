#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace posbench::runtime {

/// The candidate nearest to `name`, for "did you mean", whatever the case of the letters: optimal string
/// alignment distance (insert, delete, replace, swap of neighbours) at most a third of the name's length and
/// at least 1, or else the first that begins with `name`, from three characters on. Empty when none is near.
/// Names longer than 80 octets have no neighbours: what is that long is not a slip of the hand.
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace posbench::runtime
