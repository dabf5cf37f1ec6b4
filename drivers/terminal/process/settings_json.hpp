#pragma once

#include <nlohmann/json_fwd.hpp>

#include "bench/config/value.hpp"

namespace posbench::terminal::process {

/// Settings as JSON: tables become objects, dates and times become texts; where a value was written is left
/// out.
nlohmann::ordered_json to_json(const config::Value& value);

/// The reverse. @param json of bounded depth @throws std::invalid_argument for null
config::Value from_json(const nlohmann::ordered_json& json);

}  // namespace posbench::terminal::process
