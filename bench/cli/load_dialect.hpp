#pragma once

#include <string>

#include "drivers/protocols/iso8583/dialect.hpp"

namespace posbench::cli {

/// A dialect by name (fixtures/hosts/dialects) or by the path of a file. @throws config::ConfigError
iso8583::Dialect load_dialect(const std::string& name);

}  // namespace posbench::cli
