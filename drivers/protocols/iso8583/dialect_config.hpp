#pragma once

#include "bench/config/value.hpp"
#include "drivers/protocols/iso8583/dialect.hpp"

namespace posbench::iso8583 {

/// A dialect from its table (fixtures/hosts/dialects/README.md). @throws config::ConfigError that names the
/// field, the rule and the place
Dialect read_dialect(const config::Value& table);

}  // namespace posbench::iso8583
