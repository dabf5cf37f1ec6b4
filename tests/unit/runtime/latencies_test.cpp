#include "bench/runtime/latencies.hpp"

#include "tests/support/catch.hpp"

using namespace posbench;
using runtime::Latencies;
using namespace std::chrono_literals;

TEST_CASE("latencies: quantiles are at most 1.6 % too high, and never above the longest") {
    Latencies all;
    CHECK(all.quantile(0.99) == 0ns);
    for (int i = 1; i <= 10'000; ++i) all.add(i * 1us);
    CHECK(all.count() == 10'000);
    for (const double fraction : {0.001, 0.5, 0.9, 0.99, 0.999}) {
        const auto exact = runtime::Duration(static_cast<std::int64_t>(fraction * 1e7));
        CHECK(all.quantile(fraction) >= exact);
        CHECK(all.quantile(fraction) <= exact + exact / 62);
    }
    CHECK(all.quantile(1) == 10ms);
    CHECK(all.most() == 10ms);
}

TEST_CASE("latencies: short ones are exact, and any length has a bucket") {
    Latencies few;
    for (const auto length : {0ns, 1ns, 63ns, 64ns, 65ns}) few.add(length);
    CHECK(few.quantile(0.2) == 0ns);
    CHECK(few.quantile(0.6) == 63ns);
    CHECK(few.quantile(0.8) == 64ns);
    CHECK(few.quantile(1) == 65ns);
    Latencies most;
    most.add(-5ns);
    CHECK(most.quantile(1) == 0ns);
    most.add(runtime::Duration::max());
    CHECK(most.quantile(1) == runtime::Duration::max());
}
