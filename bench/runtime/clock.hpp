#pragma once

#include <coroutine>
#include <cstdint>
#include <exception>
#include <functional>
#include <stop_token>

#include "bench/runtime/task.hpp"
#include "bench/runtime/time.hpp"
#include "bench/runtime/timer_queue.hpp"

namespace posbench::runtime {

/// Why Clock::run_until came back.
enum class RunEnd {
    finished,     ///< the condition holds
    idle,         ///< virtual time only: nothing is left that could make it hold
    interrupted,  ///< the stop token was triggered (SIGINT, SIGTERM)
};

/// The one source of time and of order in a run. Everything that waits does it here.
/// A clock is used by one thread.
class Clock {
  public:
    explicit Clock(WallTime wall_start) noexcept : wall_start_(wall_start) {}
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    virtual ~Clock() = default;

    virtual TimePoint now() const noexcept = 0;

    /// Arms `timer` for `deadline`; a deadline in the past fires as soon as the clock runs.
    virtual void arm(Timer& timer, TimePoint deadline) = 0;
    /// Arms `timer` to fire at this very instant, after everything already queued for it.
    void post(Timer& timer) { arm(timer, now()); }

    /// Runs what is due until `condition` holds (asked after every event).
    /// @throws what a timer's action throws, and what ended a Job of this clock: thrown once, right after the
    ///         event in which it happened, or at the start when that was before.
    virtual RunEnd run_until(const std::function<bool()>& condition) = 0;

    /// What ended jobs of this clock and was not thrown yet.
    Failures& failures() noexcept { return failures_; }

    /// Civil time at the start of the run, and now.
    WallTime wall_start() const noexcept { return wall_start_; }
    WallTime wall_now() const noexcept { return wall_start_ + now().time_since_epoch(); }

    /// True for virtual time: nothing outside this process takes part, and waiting is free.
    virtual bool is_virtual() const noexcept = 0;

    class Sleep;
    /// Suspends the awaiting coroutine until `deadline`. Always suspends, also when the deadline has passed:
    /// a sleep of zero lets everything else that is due at this instant go first.
    Sleep sleep_until(TimePoint deadline) noexcept;
    Sleep sleep_for(Duration duration) noexcept;
    /// A sleep of zero.
    Sleep yield() noexcept;

  protected:
    void throw_failure() {
        if (const std::exception_ptr failure = failures_.take()) std::rethrow_exception(failure);
    }

  private:
    WallTime wall_start_;
    Failures failures_;
};

/// A timer that calls a function.
class CallbackTimer final : public Timer {
  public:
    explicit CallbackTimer(std::function<void()> action) : action_(std::move(action)) {}

  private:
    void fire() override { action_(); }
    std::function<void()> action_;
};

/// A timer that resumes the coroutine suspended on it.
class ResumeTimer : public Timer {
  public:
    std::coroutine_handle<> waiter;

  protected:
    void fire() override { waiter.resume(); }
};

class [[nodiscard]] Clock::Sleep {
  public:
    Sleep(Clock& clock, TimePoint deadline) noexcept : clock_(clock), deadline_(deadline) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiter) {
        timer_.waiter = waiter;
        clock_.arm(timer_, deadline_);
    }
    void await_resume() const noexcept {}

  private:
    Clock& clock_;
    TimePoint deadline_;
    ResumeTimer timer_;
};

inline Clock::Sleep Clock::sleep_until(TimePoint deadline) noexcept {
    return Sleep(*this, deadline);
}
inline Clock::Sleep Clock::sleep_for(Duration duration) noexcept {
    return Sleep(*this, now() + duration);
}
inline Clock::Sleep Clock::yield() noexcept {
    return Sleep(*this, now());
}

/// Virtual time: one thread, one queue; when nothing more is due the clock jumps to the next deadline.
class VirtualClock final : public Clock {
  public:
    /// @param wall_start civil time at which the run is said to begin
    /// @param stop asked before every event
    explicit VirtualClock(WallTime wall_start, std::stop_token stop = {}) noexcept
        : Clock(wall_start), stop_(std::move(stop)) {}

    TimePoint now() const noexcept override { return now_; }
    void arm(Timer& timer, TimePoint deadline) override;
    /// @throws std::runtime_error when a million events pass without time advancing: a livelock, which in
    ///         virtual time would otherwise never end.
    RunEnd run_until(const std::function<bool()>& condition) override;
    bool is_virtual() const noexcept override { return true; }

    /// Events fired so far.
    std::uint64_t events() const noexcept { return events_; }

  private:
    TimerQueue queue_;
    TimePoint now_{};
    std::uint64_t events_ = 0;
    std::stop_token stop_;
};

}  // namespace posbench::runtime
