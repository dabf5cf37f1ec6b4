#include "bench/runtime/job.hpp"

#include <utility>

namespace posbench::runtime {

void JobPool::spawn(Task<void> task) {
    jobs_.emplace_back(clock_, run(std::move(task)));
}

void JobPool::clear() noexcept {
    jobs_.clear();
    reaper_.disarm();
}

Task<void> JobPool::run(Task<void> task) {
    // Also when the task throws: the job is done by the time the clock gets to the reaper.
    struct Ending {
        JobPool& pool;
        ~Ending() { pool.clock_.post(pool.reaper_); }
    } ending{*this};
    co_await std::move(task);
}

void JobPool::reap() {
    jobs_.remove_if([](const Job& job) { return job.done(); });
}

}  // namespace posbench::runtime
