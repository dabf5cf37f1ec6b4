#pragma once

#include <string>
#include <string_view>

#include "bench/config/value.hpp"
#include "bench/runtime/money.hpp"
#include "bench/runtime/task.hpp"

namespace posbench::host {

/// Sums over all accounts of the books, and whether they stand for what was decided.
struct Totals {
    Amount debits;
    Amount credits;
    std::string difference{};  ///< an account with other money than its transactions come to; empty: none
};

/// The acquirer host of a station. Role "host".
class Host {
  public:
    virtual ~Host() = default;

    /// Serves until stop(). Returns once connections are taken.
    virtual void start() = 0;
    virtual void stop() noexcept = 0;

    /// Adds behaviour rules: an array of tables as under [given.host] `rules`. Checked when the scenario was
    /// loaded.
    virtual void add_rules(const config::Value& rules) = 0;
    /// Removes all behaviour rules and opens the port: an honest host from here on.
    virtual void behave() = 0;

    /// A customer scans the code of an order that a terminal shows; by the wallet's settings the order is
    /// then paid at once, later or never.
    /// @param code empty: the one that was shown last and waits
    /// @return why nothing came of it; empty: it did
    virtual std::string scan_code(std::string_view wallet, std::string_view code) = 0;

    /// Goes through all transactions.
    virtual Totals totals() const = 0;
};

}  // namespace posbench::host
