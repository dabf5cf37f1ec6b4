#include <algorithm>
#include <stdexcept>

#include "bench/runtime/clock.hpp"

namespace posbench::runtime {
namespace {

constexpr std::uint64_t livelock_events = 1'000'000;

}  // namespace

void VirtualClock::arm(Timer& timer, TimePoint deadline) {
    queue_.arm(timer, std::max(deadline, now_));
}

RunEnd VirtualClock::run_until(const std::function<bool()>& condition) {
    std::uint64_t at_this_instant = 0;
    for (;;) {
        throw_failure();
        if (condition()) return RunEnd::finished;
        if (stop_.stop_requested()) return RunEnd::interrupted;
        if (queue_.empty()) return RunEnd::idle;
        if (queue_.next_deadline() > now_) {
            now_ = queue_.next_deadline();
            at_this_instant = 0;
        } else if (++at_this_instant > livelock_events) {
            throw std::runtime_error("virtual time does not advance: a million events at one instant");
        }
        ++events_;
        queue_.fire_next();
    }
}

}  // namespace posbench::runtime
