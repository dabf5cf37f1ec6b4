#pragma once

#include <string>

#include "bench/config/value.hpp"

namespace posbench::tests {

/// A key of fixtures/keys/test-tls.toml, PEM: "authority", "other_authority", "host", "terminal".
inline std::string tls_key(const std::string& name) {
    const auto table = config::load_file(POSBENCH_SOURCE_DIR "/fixtures/keys/test-tls.toml");
    return *table.get<config::Table>()->find(name)->get<std::string>();
}

/// The same as a text of TOML.
inline std::string tls_key_in_toml(const std::string& name) {
    return "\"\"\"" + tls_key(name) + "\"\"\"";
}

}  // namespace posbench::tests
