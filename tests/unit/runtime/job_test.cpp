#include "bench/runtime/job.hpp"

#include <optional>
#include <stdexcept>
#include <type_traits>

#include "bench/runtime/real_clock.hpp"
#include "tests/support/catch.hpp"

using namespace posbench::runtime;

// Without a clock there would be nobody to tell of what a job throws.
static_assert(!std::is_constructible_v<Job, Task<void>>);

namespace {

template <class C>
struct Timed {
    C clock{WallTime{}};
};

Task<void> yield_times(Clock& clock, int count) {
    for (int i = 0; i < count; ++i) co_await clock.yield();
}

Task<void> last(Clock& clock, Duration duration) {
    co_await clock.sleep_for(duration);
}

Task<void> end_at_once() {
    co_return;
}

Task<void> fail_at_once(std::string what) {
    throw std::runtime_error(what);
    co_return;
}

Task<void> fail_after(Clock& clock, int yields, std::string what) {
    co_await yield_times(clock, yields);
    throw std::runtime_error(what);
}

/// Starts a job that fails, and fails.
Task<void> fail_twice(Clock& clock, std::optional<Job>& other) {
    co_await clock.yield();
    other.emplace(clock, fail_at_once("first"));
    throw std::runtime_error("second");
}

Task<void> forgive(Clock& clock, std::string& what) {
    try {
        co_await fail_after(clock, 1, "as asked");
    } catch (const std::runtime_error& error) {
        what = error.what();
    }
}

bool never_true() {
    return false;
}

}  // namespace

TEMPLATE_TEST_CASE("what a job throws comes out of its clock, once, and the others go on", "", VirtualClock,
                   RealClock) {
    Timed<TestType> time;
    Job failing(time.clock, fail_after(time.clock, 1, "as asked"));
    Job other(time.clock, yield_times(time.clock, 3));
    CHECK_THROWS_WITH(time.clock.run_until(never_true), "as asked");
    CHECK(failing.done());
    CHECK(other.running());
    CHECK(time.clock.run_until([&] { return other.done(); }) == RunEnd::finished);
}

TEMPLATE_TEST_CASE("a job that fails before it first waits is told of when its clock runs", "", VirtualClock,
                   RealClock) {
    Timed<TestType> time;
    Job failing(time.clock, fail_at_once("as asked"));
    CHECK(failing.done());
    CHECK_THROWS_WITH(time.clock.run_until([] { return true; }), "as asked");
    CHECK(time.clock.run_until([] { return true; }) == RunEnd::finished);
}

TEMPLATE_TEST_CASE("two failures in one event are both told, in their order", "", VirtualClock, RealClock) {
    Timed<TestType> time;
    std::optional<Job> other;
    Job failing(time.clock, fail_twice(time.clock, other));
    CHECK_THROWS_WITH(time.clock.run_until(never_true), "first");
    CHECK_THROWS_WITH(time.clock.run_until(never_true), "second");
    CHECK_FALSE(time.clock.failures().take());
}

TEMPLATE_TEST_CASE("what a task catches of its child is not the clock's to tell", "", VirtualClock,
                   RealClock) {
    Timed<TestType> time;
    std::string what;
    Job job(time.clock, forgive(time.clock, what));
    CHECK(time.clock.run_until([&] { return job.done(); }) == RunEnd::finished);
    CHECK(what == "as asked");
}

TEST_CASE("job pool: ended jobs are removed, also those that never waited") {
    VirtualClock clock(WallTime{});
    JobPool pool(clock);
    pool.spawn(last(clock, 1s));
    pool.spawn(end_at_once());
    pool.spawn(last(clock, 2s));
    CHECK(pool.size() == 3);
    clock.run_until([&] { return pool.size() == 2; });
    CHECK(clock.now() == TimePoint(0s));
    clock.run_until([&] { return pool.size() == 0; });
    CHECK(clock.now() == TimePoint(2s));
}

TEST_CASE("job pool: what a job throws comes out of the clock, and the others go on") {
    VirtualClock clock(WallTime{});
    JobPool pool(clock);
    pool.spawn(fail_after(clock, 1, "as asked"));
    pool.spawn(last(clock, 2s));
    CHECK_THROWS_WITH(clock.run_until(never_true), "as asked");
    clock.run_until([&] { return pool.size() == 1; });
    CHECK(clock.now() == TimePoint(0s));
    clock.run_until([&] { return pool.size() == 0; });
    CHECK(clock.now() == TimePoint(2s));
}

TEST_CASE("job pool: clearing cancels all and leaves nothing on the clock") {
    VirtualClock clock(WallTime{});
    JobPool pool(clock);
    pool.spawn(last(clock, 1h));
    pool.spawn(last(clock, 2h));
    pool.clear();
    CHECK(pool.size() == 0);
    CHECK(clock.run_until(never_true) == RunEnd::idle);
    CHECK(clock.now() == TimePoint(0s));
}
