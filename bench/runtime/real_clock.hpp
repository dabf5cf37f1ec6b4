#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string_view>
#include <utility>

#include "bench/runtime/clock.hpp"

namespace posbench::runtime {

/// CLOCK_MONOTONIC in nanoseconds: the same number in every process of the machine.
std::int64_t monotonic_ns() noexcept;

/// Civil time at the rig now: the machine's clock in its own time zone.
WallTime civil_now();

/// Real time: CLOCK_MONOTONIC for every stamp, the same queue as virtual time as the only source of order,
/// and the readiness of sockets fed into that queue. Used by one thread; only the stop token may be triggered
/// from another.
class RealClock final : public Clock {
  public:
    /// @param wall_start civil time at the start of the run; read once, so that a wall clock set during the
    ///        run moves nothing
    /// @param stop interrupts run_until, also while it waits
    /// @param start_ns CLOCK_MONOTONIC at the start of the run; processes given the same share one time line
    explicit RealClock(WallTime wall_start, std::stop_token stop = {},
                       std::int64_t start_ns = monotonic_ns());
    /// A run that starts now.
    explicit RealClock(std::stop_token stop) : RealClock(civil_now(), std::move(stop)) {}
    /// Precondition: no stream, listener or descriptor of this clock is left.
    ~RealClock() override;

    TimePoint now() const noexcept override;
    void arm(Timer& timer, TimePoint deadline) override;
    /// Never `idle`: something outside the process may still happen.
    RunEnd run_until(const std::function<bool()>& condition) override;
    bool is_virtual() const noexcept override { return false; }

    /// CLOCK_MONOTONIC at the start of the run.
    std::int64_t start_ns() const noexcept { return start_ns_; }

    /// Waits for descriptors and for the next deadline (real_reactor.hpp, for this folder's sources only).
    class Reactor;
    Reactor& reactor() noexcept { return *reactor_; }

  private:
    std::int64_t start_ns_;
    std::stop_token stop_;
    std::unique_ptr<Reactor> reactor_;
    TimerQueue queue_;
};

/// The clock of a run whose station is in real time. @throws std::logic_error naming `driver` when it is not
RealClock& require_real(Clock& clock, std::string_view driver);

}  // namespace posbench::runtime
