#include "drivers/host/acquirer/job_pool.hpp"

#include <utility>

namespace posbench::host {

void JobPool::spawn(runtime::Task<void> task) {
    jobs_.emplace_back(run(std::move(task)));
}

void JobPool::clear() noexcept {
    jobs_.clear();
    reaper_.disarm();
}

runtime::Task<void> JobPool::run(runtime::Task<void> task) {
    // Also when the task throws: the job is done by the time the clock gets to the reaper.
    struct Ending {
        JobPool& pool;
        ~Ending() { pool.clock_.post(pool.reaper_); }
    } ending{*this};
    co_await std::move(task);
}

void JobPool::reap() {
    for (auto job = jobs_.begin(); job != jobs_.end();) {
        if (!job->done()) {
            ++job;
            continue;
        }
        runtime::Job ended = std::move(*job);
        job = jobs_.erase(job);
        ended.rethrow();
    }
}

}  // namespace posbench::host
