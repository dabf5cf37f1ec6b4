#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <utility>

#include "bench/runtime/clock.hpp"
#include "bench/runtime/task.hpp"

namespace posbench::runtime {

/// A task that runs on its own. Owns it: destroying the Job cancels the task where it stands. What the task
/// throws ends it and comes out of its clock's run_until: a mistake in the bench must not pass in silence.
/// A Job must not be destroyed, assigned or cancelled from inside its own task, nor outlive its clock.
class [[nodiscard]] Job {
  public:
    Job() noexcept = default;
    /// Starts `task`: it runs until its first suspension before this returns.
    Job(Clock& clock, Task<void> task) : task_(std::move(task)) {
        task_->handle_.promise().failures = &clock.failures();
        task_->handle_.resume();
    }

    bool started() const noexcept { return task_.has_value(); }
    /// It ended, by itself or by what it threw.
    bool done() const noexcept { return task_ && task_->handle_.done(); }
    bool running() const noexcept { return task_ && !task_->handle_.done(); }
    void cancel() noexcept { task_.reset(); }

  private:
    std::optional<Task<void>> task_;
};

/// Jobs of which nobody asks how they go on: each runs until it ends or the pool is cleared. An ended one is
/// removed from the clock's queue, never from inside itself.
class JobPool {
  public:
    explicit JobPool(Clock& clock) : clock_(clock), reaper_([this] { reap(); }) {}

    void spawn(Task<void> task);
    std::size_t size() const noexcept { return jobs_.size(); }
    /// Cancels all. Not to be called from one of them.
    void clear() noexcept;

  private:
    Task<void> run(Task<void> task);
    void reap();

    Clock& clock_;
    CallbackTimer reaper_;
    std::list<Job> jobs_;
};

}  // namespace posbench::runtime
