#include <benchmark/benchmark.h>

#include "bench/runtime/clock.hpp"
#include "bench/runtime/job.hpp"
#include "bench/runtime/sync.hpp"

namespace {

using namespace posbench::runtime;

Task<void> sleeper(Clock& clock, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) co_await clock.sleep_for(std::chrono::microseconds(1 + i % 7));
}

/// One virtual sleep, with as many other sleepers in the queue as the argument says.
void virtual_sleep(benchmark::State& state) {
    VirtualClock clock(WallTime{});
    std::vector<Job> jobs;
    for (std::int64_t i = 0; i < state.range(0); ++i) jobs.emplace_back(clock, sleeper(clock, 1'000'000'000));
    const std::uint64_t before = clock.events();
    std::uint64_t target = before;
    for (auto _ : state) {
        ++target;
        clock.run_until([&] { return clock.events() >= target; });
    }
}
BENCHMARK(virtual_sleep)->Arg(1)->Arg(16)->Arg(1024);

Task<void> echo(Clock& clock, Mailbox<int>& in, Mailbox<int>& out) {
    for (;;) {
        const auto item = co_await in.pop(clock);
        out.push(*item);
    }
}
Task<void> ping(Clock& clock, Mailbox<int>& out, Mailbox<int>& in, std::uint64_t& rounds) {
    for (;;) {
        out.push(1);
        co_await in.pop(clock);
        ++rounds;
        co_await clock.sleep_for(1ns);
    }
}

/// There and back between two coroutines, and one sleep.
void mailbox_round_trip(benchmark::State& state) {
    VirtualClock clock(WallTime{});
    Mailbox<int> to, back;
    std::uint64_t rounds = 0;
    Job echoing(clock, echo(clock, to, back));
    Job pinging(clock, ping(clock, to, back, rounds));
    for (auto _ : state) {
        const std::uint64_t target = rounds + 1;
        clock.run_until([&] { return rounds >= target; });
    }
}
BENCHMARK(mailbox_round_trip);

}  // namespace
