#pragma once

#include <coroutine>
#include <deque>
#include <optional>
#include <utility>

#include "bench/runtime/clock.hpp"
#include "bench/runtime/task.hpp"

namespace posbench::runtime {

/// Lets coroutines of one thread wait for one another. Nothing is remembered: a notification wakes those
/// who wait at that moment, so callers re-test their own condition:
///
///     while (!slot.card_present())
///         if (!co_await slot.changed().wait(clock, deadline)) co_return timed_out;
///
/// Waiters resume through the clock's queue, at the instant of the notification and in the order of waiting.
class Condition {
  public:
    class Wait;

    Condition() noexcept = default;
    Condition(const Condition&) = delete;
    Condition& operator=(const Condition&) = delete;
    /// Precondition: nobody waits.
    ~Condition() = default;

    void notify_all();
    /// Awaitable: true when notified, false when `deadline` came first.
    Wait wait(Clock& clock, TimePoint deadline = never) noexcept;
    bool has_waiters() const noexcept { return first_ != nullptr; }

  private:
    Wait* first_ = nullptr;
    Wait* last_ = nullptr;
};

class [[nodiscard]] Condition::Wait final : private Timer {
  public:
    Wait(Condition& condition, Clock& clock, TimePoint deadline) noexcept
        : condition_(&condition), clock_(clock), deadline_(deadline) {}
    ~Wait() override { unlink(); }

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiter);
    bool await_resume() const noexcept { return notified_; }

  private:
    friend class Condition;
    void fire() override;
    void unlink() noexcept;

    Condition* condition_;
    Clock& clock_;
    TimePoint deadline_;
    std::coroutine_handle<> waiter_;
    Wait* previous_ = nullptr;
    Wait* next_ = nullptr;
    bool linked_ = false;
    bool notified_ = false;
};

inline Condition::Wait Condition::wait(Clock& clock, TimePoint deadline) noexcept {
    return Wait(*this, clock, deadline);
}

/// A queue between coroutines of one thread.
template <class T>
class Mailbox {
  public:
    void push(T item) {
        items_.push_back(std::move(item));
        arrived_.notify_all();
    }
    bool empty() const noexcept { return items_.empty(); }
    void clear() noexcept { items_.clear(); }
    /// The oldest item; none when `deadline` comes first.
    Task<std::optional<T>> pop(Clock& clock, TimePoint deadline = never) {
        while (items_.empty()) {
            if (!co_await arrived_.wait(clock, deadline) && items_.empty()) co_return std::nullopt;
        }
        std::optional<T> item(std::move(items_.front()));
        items_.pop_front();
        co_return std::move(item);
    }

  private:
    std::deque<T> items_;
    Condition arrived_;
};

}  // namespace posbench::runtime
