#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/config/value.hpp"
#include "drivers/registry.hpp"

namespace posbench::station {

/// @throws config::ConfigError at `source` with the nearest name
template <class Make>
const drivers::Driver<Make>& find_driver(std::span<const drivers::Driver<Make>> known, std::string_view role,
                                         std::string_view name, const config::Source& source) {
    const auto found = std::ranges::find(known, name, &drivers::Driver<Make>::name);
    if (found != known.end()) return *found;
    std::vector<std::string> names;
    for (const auto& driver : known) names.emplace_back(driver.name);
    throw config::ConfigError(
        source, std::string("there is no ").append(role).append(" driver '").append(name).append("'"),
        config::nearest_name(name, names));
}

}  // namespace posbench::station
