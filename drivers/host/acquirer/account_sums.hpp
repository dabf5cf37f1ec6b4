#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "drivers/host/acquirer/transaction.hpp"

namespace posbench::host {

/// What transactions moved and hold, account by account, told from each transaction alone: its type, its
/// amount and how it stands. The ledger, which posts step by step, is held against it.
class AccountSums {
  public:
    /// A charge and what alters it count each by itself: the charge stays counted when it is voided, because
    /// its void counts too.
    void add_moved(const Transaction& transaction);
    void add_held(const Transaction& transaction);

    /// What is wrong where a cardholder was charged `charged` on balance, with `held` on hold; empty when
    /// nothing is.
    std::string cardholder_differs(std::string_view pan, Amount charged, Amount held) const;
    /// The same of a merchant who got `earned`.
    std::string merchant_differs(std::string_view mid, Amount earned) const;

  private:
    using Sums = std::unordered_map<std::string, std::int64_t>;  ///< minor units

    Sums charged_;  ///< by PAN
    Sums held_;     ///< by PAN
    Sums earned_;   ///< by merchant
};

}  // namespace posbench::host
