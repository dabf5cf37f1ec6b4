#include "bench/runtime/timer_queue.hpp"

namespace posbench::runtime {

Timer::~Timer() {
    disarm();
}

void Timer::disarm() noexcept {
    if (queue_) queue_->disarm(*this);
}

TimerQueue::~TimerQueue() {
    for (const Entry& entry : heap_) entry.timer->queue_ = nullptr;
}

void TimerQueue::arm(Timer& timer, TimePoint deadline) {
    timer.disarm();
    if (deadline == never) return;
    heap_.push_back({});
    timer.queue_ = this;
    sift_up(heap_.size() - 1, Entry{deadline, next_sequence_++, &timer});
}

void TimerQueue::disarm(Timer& timer) noexcept {
    const std::size_t hole = timer.index_;
    timer.queue_ = nullptr;
    const Entry last = heap_.back();
    heap_.pop_back();
    if (hole == heap_.size()) return;
    if (hole > 0 && last.before(heap_[(hole - 1) / 2])) {
        sift_up(hole, last);
    } else {
        sift_down(hole, last);
    }
}

void TimerQueue::fire_next() {
    Timer& timer = *heap_.front().timer;
    disarm(timer);
    timer.fire();
}

void TimerQueue::place(std::size_t index, const Entry& entry) noexcept {
    heap_[index] = entry;
    entry.timer->index_ = index;
}

void TimerQueue::sift_up(std::size_t index, Entry entry) noexcept {
    while (index > 0) {
        const std::size_t parent = (index - 1) / 2;
        if (!entry.before(heap_[parent])) break;
        place(index, heap_[parent]);
        index = parent;
    }
    place(index, entry);
}

void TimerQueue::sift_down(std::size_t index, Entry entry) noexcept {
    for (;;) {
        std::size_t child = 2 * index + 1;
        if (child >= heap_.size()) break;
        if (child + 1 < heap_.size() && heap_[child + 1].before(heap_[child])) ++child;
        if (!heap_[child].before(entry)) break;
        place(index, heap_[child]);
        index = child;
    }
    place(index, entry);
}

}  // namespace posbench::runtime
