#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "bench/runtime/latencies.hpp"

namespace posbench::host {

/// What a host has done since it was made, in bounded memory.
struct Figures {
    struct Posted {
        std::uint64_t count = 0;
        std::int64_t amount = 0;  ///< minor units
    };

    std::uint64_t connections = 0;
    std::uint64_t open = 0;  ///< connections that stand
    std::uint64_t requests = 0;
    std::uint64_t rejected = 0;  ///< octets that were no request
    std::uint64_t rules = 0;     ///< answers and connections that a rule bent
    std::uint64_t warnings = 0;  ///< of the host itself
    std::map<std::pair<std::string, std::string>, std::uint64_t> answers;  ///< by message type and field 39
    runtime::Latencies latencies;   ///< of the answers: from the whole request on
    runtime::Duration last_took{};  ///< of the last answer
    std::map<std::string, std::uint64_t, std::less<>> replayed;  ///< by what the recording had
    std::map<std::string, std::uint64_t, std::less<>> orders;    ///< by what has become of them
    std::map<std::string, Posted, std::less<>> posted;           ///< by entry of the ledger
};

}  // namespace posbench::host
