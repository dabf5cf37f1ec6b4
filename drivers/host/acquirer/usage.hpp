#pragma once

#include <chrono>
#include <deque>

#include "bench/runtime/money.hpp"
#include "bench/runtime/time.hpp"
#include "drivers/host/acquirer/account_profile.hpp"

namespace posbench::host {

/// What an account has been charged lately, held against its limits. Keeps no more instants than the limit
/// counts, and one day's sum.
class Usage {
  public:
    /// Whether one more transaction now would be more than `count` in `window`.
    bool exceeds_count(const AccountLimits& limits, runtime::WallTime now) const;
    /// Whether the amount is above the limit of one transaction, or brings the day above its own.
    bool exceeds_amount(const AccountLimits& limits, Amount amount, runtime::WallTime now) const;

    void add(const AccountLimits& limits, Amount amount, runtime::WallTime now);
    /// Undone. It is no longer of its day's sum; the card was used all the same, so it counts.
    void take_back(Amount amount, std::chrono::sys_days day);
    /// In force again after all.
    void put_back(Amount amount, std::chrono::sys_days day);

  private:
    std::deque<runtime::WallTime> instants_;  ///< the oldest first
    std::chrono::sys_days day_{};
    std::int64_t spent_ = 0;  ///< on `day_`, minor units
};

}  // namespace posbench::host
