#include "bench/runtime/clock.hpp"
#include "bench/runtime/job.hpp"
#include "bench/runtime/sync.hpp"
#include "tests/support/catch.hpp"

using namespace posbench::runtime;

namespace {

Task<void> append_after(Clock& clock, Duration delay, int value, std::vector<int>& out) {
    co_await clock.sleep_for(delay);
    out.push_back(value);
}

Task<int> immediate(int value) {
    co_return value;
}

Task<void> sum_children(int count, std::int64_t& sum) {
    for (int i = 0; i < count; ++i) sum += co_await immediate(i);
}

struct Noted {
    bool& flag;
    ~Noted() { flag = true; }
};

Task<void> hold(Clock& clock, bool& released) {
    Noted noted{released};
    co_await clock.sleep_for(1h);
}

}  // namespace

TEST_CASE("virtual time jumps to the next deadline and keeps the order of arming") {
    VirtualClock clock(WallTime{});
    std::vector<int> out;
    Job late(clock, append_after(clock, 60s, 3, out));
    Job early(clock, append_after(clock, 1s, 1, out));
    Job second(clock, append_after(clock, 1s, 2, out));
    CHECK(clock.run_until([&] { return late.done(); }) == RunEnd::finished);
    CHECK(out == std::vector<int>{1, 2, 3});
    CHECK(clock.now() == TimePoint(60s));
    CHECK(clock.run_until([] { return false; }) == RunEnd::idle);
}

TEST_CASE("children that do not suspend do not grow the stack") {
    VirtualClock clock(WallTime{});
    std::int64_t sum = 0;
    Job job(clock, sum_children(1'000'000, sum));
    CHECK(job.done());
    CHECK(sum == 499'999'500'000);
}

TEST_CASE("a cancelled job is unwound where it stands and leaves no timer") {
    VirtualClock clock(WallTime{});
    bool released = false;
    Job job(clock, hold(clock, released));
    CHECK_FALSE(released);
    job.cancel();
    CHECK(released);
    CHECK(clock.run_until([] { return false; }) == RunEnd::idle);
    CHECK(clock.now() == TimePoint{});
}

TEST_CASE("a condition wakes its waiters in order, and a deadline frees the others") {
    VirtualClock clock(WallTime{});
    Condition condition;
    std::vector<std::pair<int, bool>> woken;
    auto waiter = [](Clock& c, Condition& cond, int id, TimePoint deadline,
                     std::vector<std::pair<int, bool>>& out) -> Task<void> {
        const bool notified = co_await cond.wait(c, deadline);
        out.emplace_back(id, notified);
    };
    Job first(clock, waiter(clock, condition, 1, never, woken));
    Job second(clock, waiter(clock, condition, 2, TimePoint(5s), woken));
    Job third(clock, waiter(clock, condition, 3, never, woken));
    CallbackTimer notify([&] { condition.notify_all(); });
    clock.arm(notify, TimePoint(10s));
    clock.run_until([&] { return third.done(); });
    CHECK(woken == std::vector<std::pair<int, bool>>{{2, false}, {1, true}, {3, true}});
    CHECK(clock.now() == TimePoint(10s));
}

TEST_CASE("a mailbox hands over in order and times out when empty") {
    VirtualClock clock(WallTime{});
    Mailbox<int> box;
    std::vector<std::optional<int>> got;
    auto reader = [](Clock& c, Mailbox<int>& mailbox, std::vector<std::optional<int>>& out) -> Task<void> {
        for (int i = 0; i < 3; ++i) out.push_back(co_await mailbox.pop(c, c.now() + 1s));
    };
    Job job(clock, reader(clock, box, got));
    CallbackTimer push([&] {
        box.push(7);
        box.push(8);
    });
    clock.arm(push, TimePoint(500ms));
    clock.run_until([&] { return job.done(); });
    CHECK(got == std::vector<std::optional<int>>{7, 8, std::nullopt});
    CHECK(clock.now() == TimePoint(1500ms));
}

TEST_CASE("a livelock ends with an error instead of never") {
    VirtualClock clock(WallTime{});
    CallbackTimer* self = nullptr;
    CallbackTimer timer([&] { clock.post(*self); });
    self = &timer;
    clock.post(timer);
    CHECK_THROWS_WITH(clock.run_until([] { return false; }),
                      Catch::Matchers::ContainsSubstring("does not advance"));
}

TEST_CASE("a stop token interrupts between two events") {
    std::stop_source stop;
    VirtualClock clock(WallTime{}, stop.get_token());
    std::vector<int> out;
    Job job(clock, append_after(clock, 1s, 1, out));
    stop.request_stop();
    CHECK(clock.run_until([&] { return job.done(); }) == RunEnd::interrupted);
    CHECK(out.empty());
}

TEST_CASE("the timer queue stays ordered under random arming and disarming") {
    TimerQueue queue;
    struct Probe : Timer {
        std::vector<int>* out = nullptr;
        int key = 0;
        void fire() override { out->push_back(key); }
    };
    std::vector<int> fired;
    std::vector<Probe> probes(2000);
    std::uint64_t state = 1;
    auto draw = [&] { return state = state * 6364136223846793005U + 1442695040888963407U, state >> 33; };
    for (auto& probe : probes) {
        probe.out = &fired;
        probe.key = static_cast<int>(draw() % 500);
        queue.arm(probe, TimePoint(std::chrono::nanoseconds(probe.key)));
    }
    for (int i = 0; i < 500; ++i) probes[draw() % probes.size()].disarm();
    const auto left = queue.size();
    while (!queue.empty()) queue.fire_next();
    CHECK(fired.size() == left);
    CHECK(std::is_sorted(fired.begin(), fired.end()));
}
