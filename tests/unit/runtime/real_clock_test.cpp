#include "bench/runtime/real_clock.hpp"

#include <stdexcept>
#include <thread>
#include <vector>

#include "bench/runtime/job.hpp"
#include "bench/runtime/sync.hpp"
#include "tests/support/catch.hpp"

using namespace posbench::runtime;

namespace {

Task<void> append_at(Clock& clock, TimePoint deadline, int value, std::vector<int>& out) {
    co_await clock.sleep_until(deadline);
    out.push_back(value);
}

Task<void> yield_times(Clock& clock, int count) {
    for (int i = 0; i < count; ++i) co_await clock.yield();
}

Task<void> wait_for(Clock& clock, Condition& condition, TimePoint deadline, bool& notified) {
    notified = co_await condition.wait(clock, deadline);
}

}  // namespace

TEST_CASE("real time never fires a timer before its deadline") {
    RealClock clock(WallTime{});
    std::vector<int> out;
    const TimePoint deadline = clock.now() + 2ms;
    Job job(clock, append_at(clock, deadline, 1, out));
    CHECK(clock.run_until([&] { return job.done(); }) == RunEnd::finished);
    CHECK(clock.now() >= deadline);
    CHECK_FALSE(clock.is_virtual());
}

TEST_CASE("real time keeps the order of deadlines, equal ones in the order of arming") {
    RealClock clock(WallTime{});
    std::vector<int> out;
    const TimePoint first = clock.now() + 1ms;
    Job third(clock, append_at(clock, first + 1us, 3, out));
    Job one(clock, append_at(clock, first, 1, out));
    Job two(clock, append_at(clock, first, 2, out));
    clock.run_until([&] { return out.size() == 3; });
    CHECK(out == std::vector<int>{1, 2, 3});
}

TEST_CASE("a deadline in the past goes behind what is already due") {
    RealClock clock(WallTime{});
    std::vector<int> out;
    Job due(clock, append_at(clock, clock.now(), 1, out));
    Job past(clock, append_at(clock, TimePoint{}, 2, out));
    clock.run_until([&] { return out.size() == 2; });
    CHECK(out == std::vector<int>{1, 2});
}

TEST_CASE("a later, nearer deadline shortens a wait, and a withdrawn one is not waited for") {
    RealClock clock(WallTime{});
    std::vector<int> out;
    Job far(clock, append_at(clock, clock.now() + 1h, 1, out));
    Job middle(clock, append_at(clock, clock.now() + 1ms, 2, out));
    clock.run_until([&] { return middle.done(); });
    far.cancel();
    Job last(clock, append_at(clock, clock.now() + 1ms, 3, out));
    clock.run_until([&] { return last.done(); });
    CHECK(out == std::vector<int>{2, 3});
}

TEST_CASE("a condition wakes its waiter in real time, or its deadline does") {
    RealClock clock(WallTime{});
    Condition condition;
    bool first = false;
    bool second = true;
    Job notified(clock, wait_for(clock, condition, never, first));
    CallbackTimer notify([&] { condition.notify_all(); });
    clock.post(notify);
    clock.run_until([&] { return notified.done(); });
    Job late(clock, wait_for(clock, condition, clock.now() + 1ms, second));
    clock.run_until([&] { return late.done(); });
    CHECK(first);
    CHECK_FALSE(second);
}

TEST_CASE("a stop request from another thread interrupts a clock that waits for nothing") {
    std::stop_source stop;
    RealClock clock(WallTime{}, stop.get_token());
    std::jthread other([&] { stop.request_stop(); });
    CHECK(clock.run_until([] { return false; }) == RunEnd::interrupted);
    CHECK(clock.run_until([] { return false; }) == RunEnd::interrupted);
    CHECK(clock.run_until([] { return true; }) == RunEnd::finished);
}

TEST_CASE("an exception of a timer's action leaves run_until, and the clock goes on") {
    RealClock clock(WallTime{});
    CallbackTimer thrower([] { throw std::runtime_error("as asked"); });
    clock.post(thrower);
    CHECK_THROWS_WITH(clock.run_until([] { return false; }), "as asked");
    Job job(clock, yield_times(clock, 3));
    CHECK(clock.run_until([&] { return job.done(); }) == RunEnd::finished);
}

TEST_CASE("clocks given the same start share one time line, and civil time follows the monotonic clock") {
    const std::int64_t start = monotonic_ns() - 5'000'000'000;
    const WallTime noon{12h};
    RealClock first(noon, {}, start);
    RealClock second(noon, {}, start);
    const TimePoint a = first.now();
    const TimePoint b = second.now();
    const TimePoint c = first.now();
    CHECK(a >= TimePoint(5s));
    CHECK(a <= b);
    CHECK(b <= c);
    CHECK(first.start_ns() == start);
    CHECK(first.wall_now() >= noon + 5s);
    CHECK(first.wall_start() == noon);
}
