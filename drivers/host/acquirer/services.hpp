#pragma once

#include <cstdint>

#include "bench/config/reader.hpp"
#include "drivers/protocols/iso8583/transactions.hpp"

namespace posbench::host {

/// Transactions that an account or a terminal may make; one bit for each type.
struct Services {
    std::uint32_t bits = 0xFFFFFFFF;
    bool allow(iso8583::TransactionType type) const noexcept {
        return (bits >> static_cast<unsigned>(type) & 1U) != 0;
    }
};
static_assert(static_cast<unsigned>(iso8583::TransactionType::count_) <= 32);

/// The list `services`: names of all types but the reversal, and the query and the close
/// of an order, which are never refused; absent, all.
Services read_services(config::Reader& reader);

}  // namespace posbench::host
