#include "drivers/host/acquirer/job_pool.hpp"

#include <stdexcept>

#include "tests/support/catch.hpp"

using namespace posbench;
using namespace std::chrono_literals;

namespace {

runtime::Task<void> last(runtime::Clock& clock, runtime::Duration duration) {
    co_await clock.sleep_for(duration);
}

runtime::Task<void> end_at_once() {
    co_return;
}

runtime::Task<void> fail_after(runtime::Clock& clock, runtime::Duration duration) {
    co_await clock.sleep_for(duration);
    throw std::runtime_error("as asked");
}

}  // namespace

TEST_CASE("job pool: ended jobs are removed, also those that never waited") {
    runtime::VirtualClock clock(runtime::WallTime{});
    host::JobPool pool(clock);
    pool.spawn(last(clock, 1s));
    pool.spawn(end_at_once());
    pool.spawn(last(clock, 2s));
    CHECK(pool.size() == 3);
    clock.run_until([&] { return pool.size() == 2; });
    CHECK(clock.now() == runtime::TimePoint(0s));
    clock.run_until([&] { return pool.size() == 0; });
    CHECK(clock.now() == runtime::TimePoint(2s));
}

TEST_CASE("job pool: what a job throws comes out of the clock, and the others go on") {
    runtime::VirtualClock clock(runtime::WallTime{});
    host::JobPool pool(clock);
    pool.spawn(fail_after(clock, 1s));
    pool.spawn(last(clock, 2s));
    CHECK_THROWS_WITH(clock.run_until([] { return false; }), "as asked");
    CHECK(pool.size() == 1);
    clock.run_until([&] { return pool.size() == 0; });
    CHECK(clock.now() == runtime::TimePoint(2s));
}

TEST_CASE("job pool: clearing cancels all and leaves nothing on the clock") {
    runtime::VirtualClock clock(runtime::WallTime{});
    host::JobPool pool(clock);
    pool.spawn(last(clock, 1h));
    pool.spawn(last(clock, 2h));
    pool.clear();
    CHECK(pool.size() == 0);
    CHECK(clock.run_until([] { return false; }) == runtime::RunEnd::idle);
    CHECK(clock.now() == runtime::TimePoint(0s));
}
