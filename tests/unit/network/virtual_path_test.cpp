#include <cmath>
#include <vector>

#include "drivers/network/virtual/path.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::network;
using namespace posbench::network::virtual_net;
using namespace std::chrono_literals;
using runtime::Duration;
using runtime::TimePoint;

namespace {

Path path_with(const Impairment& figures, std::uint64_t seed = 1) {
    Path path{runtime::Random(seed)};
    path.configure(figures, TimePoint{});
    return path;
}

struct Runs {
    double mean = 0;
    double burst = 0;
};

Runs observe(const Loss& figures, int packets) {
    LossChain chain{runtime::Random(11)};
    chain.configure(figures);
    int lost = 0;
    int bursts = 0;
    bool before = false;
    for (int i = 0; i < packets; ++i) {
        const bool now = chain.lose();
        lost += now ? 1 : 0;
        bursts += now && !before ? 1 : 0;
        before = now;
    }
    return {static_cast<double>(lost) / packets, static_cast<double>(lost) / bursts};
}

}  // namespace

TEST_CASE("Gilbert-Elliott loss has the mean p/(p+r) and bursts of 1/r") {
    struct Case {
        double p, r;
    };
    for (const Case c : {Case{0.02, 0.25}, Case{0.03, 0.2}, Case{0.01, 0.1}, Case{0.3, 0.5}}) {
        INFO("p " << c.p << " r " << c.r);
        const Runs runs = observe(Loss{c.p, c.r, 1, 0}, 200'000);
        CHECK(runs.mean == Catch::Approx(c.p / (c.p + c.r)).epsilon(0.06));
        CHECK(runs.burst == Catch::Approx(1 / c.r).epsilon(0.06));
    }
}

TEST_CASE("the states of the chain lose the shares they are given") {
    CHECK(observe(Loss{0.1, 0.1, 0.5, 0.1}, 200'000).mean == Catch::Approx(0.3).epsilon(0.03));
}

TEST_CASE("random loss is independent from packet to packet") {
    const Runs runs = observe(Loss{0, 1, 1, 0.2}, 200'000);
    CHECK(runs.mean == Catch::Approx(0.2).epsilon(0.03));
    CHECK(runs.burst == Catch::Approx(1 / 0.8).epsilon(0.03));
}

TEST_CASE("a rate spaces packets by their size, behind the delay") {
    Impairment figures;
    figures.delay = 50ms;
    figures.rate = {1'000'000, 1'000'000};
    Path path = path_with(figures);
    CHECK(path.offer(1500, TimePoint{}).arrival == TimePoint(62ms));
    CHECK(path.offer(1500, TimePoint{}).arrival == TimePoint(74ms));
    CHECK(path.offer(40, TimePoint(1ms)).arrival == TimePoint(74ms + 320us));
    CHECK(path.offer(1500, TimePoint(1s)).arrival == TimePoint(1s + 62ms));
}

TEST_CASE("a full queue drops the newcomer and takes again what follows a departure") {
    Impairment figures;
    figures.rate = {12'000, 12'000};
    figures.limit = 3;
    Path path = path_with(figures);
    const auto first = path.offer(1500, TimePoint{});
    CHECK(path.offer(1500, TimePoint{}).fate == Fate::delivered);
    CHECK(path.offer(1500, TimePoint{}).fate == Fate::delivered);
    CHECK(path.offer(1500, TimePoint{}).fate == Fate::queue_full);
    path.arrived(first, 1500, TimePoint{}, first.arrival);
    CHECK(path.offer(1500, first.arrival).fate == Fate::delivered);
    CHECK(path.passages().back().queue_full == 1);
    CHECK(path.passages().back().longest_queue == 3);
}

TEST_CASE("jitter is normal around the delay, never negative, and overtakes only without a rate") {
    Impairment figures;
    figures.delay = 100ms;
    figures.jitter = 20ms;
    for (const bool limited : {false, true}) {
        INFO("with a rate: " << limited);
        if (limited) figures.rate = {1'000'000'000, 1'000'000'000};
        Path path = path_with(figures);
        double sum = 0;
        double squares = 0;
        int overtaken = 0;
        TimePoint before{};
        constexpr int packets = 20'000;
        for (int i = 0; i < packets; ++i) {
            const TimePoint sent(i * 2ms);
            const auto outcome = path.offer(100, sent);
            const double ms = std::chrono::duration<double, std::milli>(outcome.arrival - sent).count();
            sum += ms;
            squares += ms * ms;
            overtaken += outcome.arrival < before ? 1 : 0;
            before = outcome.arrival;
            path.arrived(outcome, 100, sent, outcome.arrival);
        }
        if (limited) {
            CHECK(overtaken == 0);
            continue;
        }
        const double mean = sum / packets;
        CHECK(mean == Catch::Approx(100).epsilon(0.01));
        CHECK(std::sqrt(squares / packets - mean * mean) == Catch::Approx(20).epsilon(0.03));
        // netem: 46 % of neighbours 2 ms apart; normal deviates differ by more than 2 ms in 47 %.
        CHECK(overtaken == Catch::Approx(0.47 * packets).epsilon(0.05));
    }
    figures = Impairment{};
    figures.delay = 1ms;
    figures.jitter = 50ms;
    Path wild = path_with(figures);
    for (int i = 0; i < 1000; ++i) REQUIRE(wild.offer(100, TimePoint(1s)).arrival >= TimePoint(1s));
}

TEST_CASE("new figures begin a new passage, the same figures do not") {
    Impairment figures;
    figures.delay = 10ms;
    Path path = path_with(figures);
    (void)path.offer(100, TimePoint(1s));
    path.configure(figures, TimePoint(2s));
    CHECK(path.passages().size() == 2);
    figures.delay = 20ms;
    path.configure(figures, TimePoint(3s));
    REQUIRE(path.passages().size() == 3);
    CHECK(path.passages()[1].to == TimePoint(3s));
    CHECK(path.passages()[1].offered == 1);
    CHECK(path.offer(100, TimePoint(3s)).arrival == TimePoint(3s + 20ms));
}
