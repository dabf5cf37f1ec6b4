#include "bench/runtime/sync.hpp"

namespace posbench::runtime {

void Condition::notify_all() {
    while (Wait* wait = first_) {
        wait->unlink();
        wait->notified_ = true;
        wait->clock_.post(*wait);
    }
}

void Condition::Wait::await_suspend(std::coroutine_handle<> waiter) {
    waiter_ = waiter;
    previous_ = condition_->last_;
    (previous_ ? previous_->next_ : condition_->first_) = this;
    condition_->last_ = this;
    linked_ = true;
    clock_.arm(*this, deadline_);
}

void Condition::Wait::fire() {
    unlink();
    waiter_.resume();
}

void Condition::Wait::unlink() noexcept {
    if (!linked_) return;
    (previous_ ? previous_->next_ : condition_->first_) = next_;
    (next_ ? next_->previous_ : condition_->last_) = previous_;
    linked_ = false;
}

}  // namespace posbench::runtime
