#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bench/config/reader.hpp"
#include "bench/runtime/money.hpp"
#include "drivers/host/acquirer/request.hpp"
#include "drivers/host/acquirer/schedule.hpp"

namespace posbench::host {

/// What a request must be like for a rule to act; what is not set does not matter.
struct When {
    std::optional<std::string> mti;
    std::optional<TransactionType> transaction;     ///< by type, fields 3, 25 and 60.1; or a reversal
    std::optional<std::string> processing_code;     ///< field 3
    std::optional<std::string> condition_code;      ///< field 25
    std::optional<std::string> network_management;  ///< field 60.3
    std::optional<std::string> stan;
    std::optional<std::string> tid;
    std::optional<std::string> pan;  ///< first digits, or a whole PAN in which '*' stands for any digit
    std::optional<std::int64_t> least, most;  ///< amount, minor units, both inclusive
    Schedule between;
    std::int64_t first = 1;  ///< of what meets all conditions above, from 1
    std::optional<std::int64_t> last;
    std::optional<double> probability;  ///< then drawn for each

    /// All conditions but count and probability.
    bool meets(const Request& request, runtime::WallTime now) const;
    bool takes_reversals() const noexcept;
};

/// Takes the conditions out of a table, and finishes it. @throws config::ConfigError
When read_when(config::Reader& reader, const Currency& currency);

}  // namespace posbench::host
