#include <optional>
#include <vector>

#include "bench/runtime/job.hpp"
#include "bench/runtime/real_clock.hpp"
#include "drivers/network/loopback/driver.hpp"
#include "drivers/network/loopback/network.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::network;
using namespace std::chrono_literals;
using runtime::NetError;
using trace::Kind;

namespace {

using StreamResult = runtime::NetResult<std::unique_ptr<runtime::Stream>>;

template <class T>
runtime::Task<void> keep(runtime::Task<T> task, std::optional<T>& out) {
    out.emplace(co_await std::move(task));
}

struct Rig {
    runtime::RealClock clock{runtime::WallTime{}};
    trace::Recorder trace{clock};
    loopback::LoopbackNetwork network{clock, trace, "clean"};

    StreamResult connect() {
        std::optional<StreamResult> out;
        runtime::Job job(clock,
                         keep(network.connector()->connect(network.host_endpoint(), clock.now() + 10s), out));
        clock.run_until([&] { return job.done(); });
        return std::move(*out);
    }
    std::vector<Kind> kinds() const {
        std::vector<Kind> kinds;
        for (const trace::Event& event : trace.events()) kinds.push_back(event.kind);
        return kinds;
    }
};

}  // namespace

TEST_CASE("loopback: the host is reached over TCP at its endpoint") {
    Rig rig;
    CHECK(rig.network.host_endpoint().address == "127.0.0.1");
    CHECK(rig.network.listener().endpoint() == rig.network.host_endpoint());
    std::optional<StreamResult> accepted;
    runtime::Job accepting(rig.clock, keep(rig.network.listener().accept(), accepted));
    const StreamResult client = rig.connect();
    REQUIRE(client.has_value());
    rig.clock.run_until([&] { return accepting.done(); });
    CHECK(accepted->has_value());
}

TEST_CASE("loopback: the profile in force is none, and is said in both directions") {
    Rig rig;
    rig.network.start();
    REQUIRE(rig.trace.events().size() == 2);
    CHECK(rig.trace.events()[0].text("direction") == "up");
    CHECK(rig.trace.events()[1].text("direction") == "down");
    CHECK(rig.trace.events()[0].text("profile") == "clean");
    CHECK(rig.trace.events()[0].integer("delay_us") == 0);
}

TEST_CASE("loopback: a refusing cut is a shut port, proved by an attempt, until it is restored") {
    Rig rig;
    rig.network.cut(Network::Cut::refused);
    rig.network.cut(Network::Cut::refused);
    CHECK(rig.connect().error() == NetError::refused);
    rig.network.restore(Network::Why::step);
    rig.network.restore(Network::Why::closing);
    CHECK(rig.connect().has_value());
    rig.network.verify();
    CHECK(rig.kinds() ==
          std::vector<Kind>{Kind::network_cut, Kind::network_restored, Kind::network_verified});
    const trace::Event& proof = rig.trace.events().back();
    CHECK(proof.flag("ok"));
    CHECK(proof.text("achieved") == "connection refused");
}

TEST_CASE("loopback: a port that the host keeps shut stays shut when the cut is restored") {
    Rig rig;
    rig.network.cut(Network::Cut::refused);
    rig.network.listener().set_open(false);
    rig.network.restore(Network::Why::step);
    CHECK(rig.connect().error() == NetError::refused);
    rig.network.cut(Network::Cut::refused);
    rig.network.listener().set_open(true);
    CHECK(rig.connect().error() == NetError::refused);
    rig.network.restore(Network::Why::step);
    CHECK(rig.connect().has_value());
}

TEST_CASE("loopback: what it cannot do it refuses, and lacks names it before") {
    Rig rig;
    CHECK_THROWS_AS(rig.network.cut(Network::Cut::link), std::logic_error);
    CHECK_THROWS_AS(rig.network.cut(Network::Cut::blackholed), std::logic_error);
    CHECK_THROWS_AS(rig.network.change(config::Value()), std::logic_error);

    const std::vector<std::string> verbs{"terminal.sale", "network.cut", "network.restore", "network.change"};
    CHECK(loopback::lacks(config::Value(), verbs) ==
          std::vector<std::string>{"network.cut", "network.change"});
    const auto clean = config::load_text("profile = \"clean\"\nsource = \"none\"\n", "fixture");
    CHECK(loopback::lacks(clean, {}).empty());
    const auto slow = config::load_text("profile = \"gprs\"\n[up]\ndelay = \"500ms\"\n", "fixture");
    CHECK(loopback::lacks(slow, {}) == std::vector<std::string>{"network impairment 'gprs'"});
    const auto figures = config::load_text("[tcp]\nmss = 536\n", "fixture");
    CHECK(loopback::lacks(figures, {}) ==
          std::vector<std::string>{"[tcp] figures of network profile '(unnamed)'"});
}

TEST_CASE("loopback: prepared settings make a network in real time only") {
    const auto make = loopback::prepare(config::load_text("profile = \"clean\"\n", "fixture"));
    CHECK_THROWS_AS(loopback::prepare(config::load_text("delayy = \"1s\"\n", "fixture")),
                    config::ConfigError);
    runtime::ResourceJournal journal{"/nonexistent"};
    runtime::RealClock real{runtime::WallTime{}};
    trace::Recorder real_trace{real};
    drivers::Context context{real, real_trace, journal, runtime::Random(1)};
    CHECK(make(context)->host_endpoint().port != 0);
    runtime::VirtualClock virtual_time{runtime::WallTime{}};
    trace::Recorder virtual_trace{virtual_time};
    drivers::Context wrong{virtual_time, virtual_trace, journal, runtime::Random(1)};
    CHECK_THROWS_WITH(make(wrong), Catch::Matchers::ContainsSubstring("real time only"));
}
