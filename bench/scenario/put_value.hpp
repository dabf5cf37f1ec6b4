#pragma once

#include <string_view>

#include "bench/config/value.hpp"

namespace posbench::scenario {

/// Puts `value` into a scenario document at a path of [matrix] or --set: below [given] ("card.image",
/// "host.rules.0.then.code") or "step.N.argument". Entries of arrays are counted from 0 and must exist;
/// tables are made where missing. @param source of the path, for errors. @throws config::ConfigError
void put_value(config::Value& document, std::string_view path, const config::Value& value,
               const config::Source& source);

}  // namespace posbench::scenario
