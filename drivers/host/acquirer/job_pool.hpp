#pragma once

#include <cstddef>
#include <list>

#include "bench/runtime/clock.hpp"
#include "bench/runtime/task.hpp"

namespace posbench::host {

/// Tasks that run on their own until they end or the pool is cleared. An ended one is removed from the
/// clock's queue, never from inside itself; what it threw is thrown there, out of Clock::run_until: a mistake
/// in the bench must not pass in silence.
class JobPool {
  public:
    explicit JobPool(runtime::Clock& clock) : clock_(clock), reaper_([this] { reap(); }) {}

    void spawn(runtime::Task<void> task);
    std::size_t size() const noexcept { return jobs_.size(); }
    /// Cancels all. Not to be called from one of them.
    void clear() noexcept;

  private:
    runtime::Task<void> run(runtime::Task<void> task);
    void reap();

    runtime::Clock& clock_;
    runtime::CallbackTimer reaper_;
    std::list<runtime::Job> jobs_;
};

}  // namespace posbench::host
