#pragma once

#include <filesystem>
#include <string>

#include "bench/config/value.hpp"
#include "drivers/protocols/iso8583/dialect_config.hpp"

namespace posbench::tests {

/// The table of one of fixtures/hosts/dialects.
inline config::Value dialect_table(const std::string& name) {
    const auto folder = std::filesystem::path(POSBENCH_SOURCE_DIR) / "fixtures/hosts/dialects";
    return config::load_file(folder / (name + ".toml"));
}

inline iso8583::Dialect load_dialect(const std::string& name) {
    return iso8583::read_dialect(dialect_table(name));
}

/// In which the bench's own host and terminal talk.
inline const iso8583::Dialect& unionpay() {
    static const iso8583::Dialect dialect = load_dialect("unionpay-pos");
    return dialect;
}

}  // namespace posbench::tests
