#pragma once

#include <string>
#include <vector>

#include "bench/config/value.hpp"
#include "drivers/protocols/iso8583/dialect.hpp"
#include "drivers/protocols/iso8583/frame.hpp"

namespace posbench::cli {

/// What terminals under load need of a host profile; the host itself checks all of it.
struct LoadProfile {
    struct Terminal {
        std::string tid, mid;
        Bytes master_key;
        std::string batch;
    };
    iso8583::Dialect dialect;
    iso8583::Tpdu tpdu;  ///< of requests
    Bytes header;
    std::string currency;  ///< field 49
    std::string pan;       ///< of the first account
    std::vector<Terminal> terminals;
};

/// @throws config::ConfigError, also for a host that speaks TLS
LoadProfile read_load_profile(const config::Value& settings);

}  // namespace posbench::cli
