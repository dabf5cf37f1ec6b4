#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/runtime/time.hpp"

namespace posbench::runtime {

class TimerQueue;

/// Something to do at an instant. It belongs to whoever armed it, usually an awaiter inside a coroutine
/// frame, and withdraws itself from its queue when destroyed.
class Timer {
  public:
    Timer() noexcept = default;
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    virtual ~Timer();

    bool armed() const noexcept { return queue_ != nullptr; }
    void disarm() noexcept;

  protected:
    /// Called by the clock at or after the deadline; the timer is no longer armed then and may be destroyed
    /// or armed again by the call.
    virtual void fire() = 0;

  private:
    friend class TimerQueue;
    TimerQueue* queue_ = nullptr;
    std::size_t index_ = 0;
};

/// Timers in the order of their deadlines, equal deadlines in the order of arming: the whole source of order
/// in a run. A binary heap whose entries know their place, so that disarming costs O(log n).
class TimerQueue {
  public:
    TimerQueue() = default;
    TimerQueue(const TimerQueue&) = delete;
    TimerQueue& operator=(const TimerQueue&) = delete;
    ~TimerQueue();

    /// Arms `timer`; one that is armed already is moved. A deadline of `never` only disarms.
    void arm(Timer& timer, TimePoint deadline);
    void disarm(Timer& timer) noexcept;

    bool empty() const noexcept { return heap_.empty(); }
    std::size_t size() const noexcept { return heap_.size(); }
    TimePoint next_deadline() const noexcept { return heap_.empty() ? never : heap_.front().deadline; }
    /// Removes the first timer and fires it. Precondition: not empty.
    void fire_next();

  private:
    struct Entry {
        TimePoint deadline;
        std::uint64_t sequence;
        Timer* timer;
        bool before(const Entry& other) const noexcept {
            return deadline != other.deadline ? deadline < other.deadline : sequence < other.sequence;
        }
    };
    void place(std::size_t index, const Entry& entry) noexcept;
    void sift_up(std::size_t index, Entry entry) noexcept;
    void sift_down(std::size_t index, Entry entry) noexcept;

    std::vector<Entry> heap_;
    std::uint64_t next_sequence_ = 0;
};

}  // namespace posbench::runtime
