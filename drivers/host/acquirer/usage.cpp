#include "drivers/host/acquirer/usage.hpp"

namespace posbench::host {
namespace {

std::chrono::sys_days day_of(runtime::WallTime now) {
    return std::chrono::floor<std::chrono::days>(now);
}

}  // namespace

bool Usage::exceeds_count(const AccountLimits& limits, runtime::WallTime now) const {
    if (limits.count == 0 || instants_.size() < limits.count) return false;
    return now - instants_[instants_.size() - limits.count] < limits.window;
}

bool Usage::exceeds_amount(const AccountLimits& limits, Amount amount, runtime::WallTime now) const {
    if (limits.transaction && amount > *limits.transaction) return true;
    const std::int64_t spent = day_of(now) == day_ ? spent_ : 0;
    return limits.daily && spent + amount.minor() > limits.daily->minor();
}

void Usage::add(const AccountLimits& limits, Amount amount, runtime::WallTime now) {
    if (limits.count > 0) {
        instants_.push_back(now);
        if (instants_.size() > limits.count) instants_.pop_front();
    }
    if (day_of(now) != day_) {
        day_ = day_of(now);
        spent_ = 0;
    }
    spent_ += amount.minor();
}

void Usage::take_back(Amount amount, std::chrono::sys_days day) {
    if (day == day_) spent_ -= amount.minor();
}

void Usage::put_back(Amount amount, std::chrono::sys_days day) {
    if (day == day_) spent_ += amount.minor();
}

}  // namespace posbench::host
