#include <algorithm>
#include <string>
#include <vector>

#include "drivers/network/virtual/driver.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/network/virtual_lab.hpp"

using namespace posbench;
using namespace posbench::network::virtual_net;
using posbench::network::Network;

namespace {

constexpr const char* fifty_ms = "[up]\ndelay = \"50ms\"\n[down]\ndelay = \"50ms\"\n";

TimePoint ms(std::int64_t count) {
    return TimePoint(std::chrono::milliseconds(count));
}

}  // namespace

TEST_CASE("connect() takes one round trip, accept() one and a half, and each end can name the other") {
    Lab lab(fifty_ms);
    Connected both(lab);
    CHECK(both.terminal.since == ms(100));
    CHECK(both.host.since == ms(150));
    CHECK(both.terminal.stream->peer() == "10.0.0.1:8583");
    CHECK(both.host.stream->peer() == "10.0.0.2:40001");
    CHECK(lab.segments() == std::vector<std::string>{"0 up SYN 0 delivered 1",
                                                     "50 down SYN-ACK 0 delivered 1",
                                                     "100 up ACK 0 delivered 1"});
}

TEST_CASE("a request and its reply, an orderly end, and nothing is left behind") {
    Lab lab(fifty_ms);
    {
        Connected both(lab);
        Job request(lab.clock, write(both.terminal, pattern(300)));
        Job at_host(lab.clock, read(both.host, 300));
        REQUIRE(lab.run(at_host));
        CHECK(both.host.read == pattern(300));
        Job reply(lab.clock, write(both.host, pattern(200, 8)));
        Job at_terminal(lab.clock, read(both.terminal, 200));
        REQUIRE(lab.run(at_terminal));
        CHECK(lab.clock.now() == ms(250));
        both.terminal.stream->close();
        Job end(lab.clock, read(both.host, 1000));
        REQUIRE(lab.run(end));
        CHECK(both.host.ended);
        both.host.stream->close();
        Job after(lab.clock, read(both.terminal, 1000));
        CHECK(after.done());
        CHECK(both.terminal.error == NetError::closed);
        CHECK(lab.becomes_idle());
    }
    CHECK(lab.network.connections() == 0);
}

TEST_CASE("a rate gives exactly its throughput") {
    Lab lab("[up]\nrate = \"1mbit\"");
    Connected both(lab);
    Job sending(lab.clock, write(both.terminal, pattern(100 * 1460)));
    Job receiving(lab.clock, read(both.host, 100 * 1460));
    REQUIRE(lab.run(receiving));
    CHECK(both.host.read == pattern(100 * 1460));
    // SYN and ACK of 40 octets, then 100 packets of 1500 octets without a gap.
    CHECK(lab.clock.now() == TimePoint(2 * 320us + 100 * 12ms));
}

TEST_CASE("a short queue drops the tail of a burst, and the rest is recovered") {
    Lab lab("[up]\nrate = \"1mbit\"\nlimit = 5");
    Connected both(lab);
    Job sending(lab.clock, write(both.terminal, pattern(10 * 1460)));
    Job receiving(lab.clock, read(both.host, 10 * 1460));
    REQUIRE(lab.run(receiving));
    CHECK(both.host.read == pattern(10 * 1460));
    const auto lines = lab.segments();
    CHECK(std::ranges::count_if(lines, [](const std::string& line) {
              return line.find("queue_full") != std::string::npos;
          }) == 5);
}

TEST_CASE("a closed port answers with a reset, and connections that stand go on") {
    Lab lab(fifty_ms);
    Connected both(lab);
    Side waiting;
    Job accepting(lab.clock, accept(lab, waiting));
    lab.network.listener().set_open(false);
    REQUIRE(lab.run(accepting));
    CHECK(waiting.error == NetError::closed);

    const TimePoint begun = lab.clock.now();
    Side refused;
    Job connecting(lab.clock, connect(lab, refused));
    REQUIRE(lab.run(connecting));
    CHECK(refused.error == NetError::refused);
    CHECK(*refused.since - begun == 100ms);

    Job sending(lab.clock, write(both.terminal, pattern(10)));
    Job receiving(lab.clock, read(both.host, 10));
    CHECK(lab.run(receiving));

    lab.network.listener().set_open(true);
    Connected again(lab);
    CHECK(again.host.stream->peer() == "10.0.0.2:40003");
}

TEST_CASE("accept() on a closed port waits for it to open") {
    Lab lab;
    lab.network.listener().set_open(false);
    Side side;
    Job accepting(lab.clock, accept(lab, side));
    CHECK(lab.becomes_idle());
    CHECK_FALSE(accepting.done());
    lab.network.listener().set_open(true);
    Side terminal;
    Job connecting(lab.clock, connect(lab, terminal));
    CHECK(lab.run(accepting));
    CHECK(side.stream != nullptr);
}

TEST_CASE("closing the port resets what nobody has accepted yet") {
    Lab lab(fifty_ms);
    Side terminal;
    Job connecting(lab.clock, connect(lab, terminal));
    CHECK(lab.becomes_idle());
    REQUIRE(terminal.stream);
    lab.network.listener().set_open(false);
    Job reading(lab.clock, read(terminal, 1));
    CHECK(lab.run(reading));
    CHECK(terminal.error == NetError::reset);
}

TEST_CASE("another port of the host refuses, another address is silent") {
    Lab lab(fifty_ms);
    const auto attempt = [](Lab& at, runtime::Endpoint to, Side& side) -> Task<void> {
        auto outcome = co_await at.network.connector()->connect(to, TimePoint(30s));
        side.error = outcome ? std::optional<NetError>() : outcome.error();
        side.since = at.clock.now();
    };
    Side port;
    Side address;
    Job wrong_port(lab.clock, attempt(lab, {"10.0.0.1", 9999}, port));
    Job wrong_address(lab.clock, attempt(lab, {"10.0.0.77", 8583}, address));
    REQUIRE(lab.run(wrong_address));
    CHECK(port.error == NetError::refused);
    CHECK(port.since == ms(100));
    CHECK(address.error == NetError::timed_out);
    CHECK(address.since == TimePoint(30s));
    CHECK(lab.becomes_idle());
    CHECK(lab.network.connections() == 0);
}

TEST_CASE("a connector without an answer gives up after 127 s by itself") {
    Lab lab;
    lab.network.cut(Network::Cut::blackholed);
    Side side;
    Job connecting(lab.clock, connect(lab, side));
    REQUIRE(lab.run(connecting));
    CHECK(side.error == NetError::gave_up);
    CHECK(side.since == TimePoint(127s));
}

TEST_CASE("reading and writing end at the caller's deadline and may be tried again") {
    Lab lab(fifty_ms);
    Connected both(lab);
    Job reading(lab.clock, read(both.terminal, 10, TimePoint(5s)));
    REQUIRE(lab.run(reading));
    CHECK(both.terminal.error == NetError::timed_out);
    CHECK(lab.clock.now() == TimePoint(5s));
    Job writing(lab.clock, write(both.host, pattern(10)));
    Job again(lab.clock, read(both.terminal, 10));
    REQUIRE(lab.run(again));
    CHECK(both.terminal.read == pattern(10));
    Job too_much(lab.clock, write(both.host, pattern(1'000'000), TimePoint(9s)));
    REQUIRE(lab.run(too_much));
    CHECK(both.host.error == NetError::timed_out);
    CHECK(lab.clock.now() == TimePoint(9s));
}

TEST_CASE("reset() is abortive for both ends") {
    Lab lab(fifty_ms);
    Connected both(lab);
    both.host.stream->reset();
    Job reading(lab.clock, read(both.terminal, 1));
    REQUIRE(lab.run(reading));
    CHECK(both.terminal.error == NetError::reset);
    Job own(lab.clock, read(both.host, 1));
    CHECK(both.host.error == NetError::closed);
    Job writing(lab.clock, write(both.terminal, pattern(5)));
    CHECK(both.terminal.error == NetError::reset);
    CHECK(lab.becomes_idle());
}

TEST_CASE("a device that lost its power says nothing; once it runs again it resets what it does not know") {
    Lab lab(fifty_ms);
    Connected both(lab);
    both.terminal.stream.reset();
    CHECK(lab.segments().size() == 3);  // no FIN, no RST
    Job writing(lab.clock, write(both.host, pattern(10)));
    lab.run_until(TimePoint(20s));
    Job reading(lab.clock, read(both.host, 1));
    CHECK_FALSE(reading.done());
    for (const auto& line : lab.segments()) CHECK(line.find("RST") == std::string::npos);

    Side again;
    Job connecting(lab.clock, connect(lab, again));
    REQUIRE(lab.run(reading));
    CHECK(both.host.error == NetError::reset);
}

TEST_CASE("a peer that vanished for good is given up after fifteen repetitions") {
    Lab lab(fifty_ms);
    Connected both(lab);
    both.terminal.stream.reset();
    Job writing(lab.clock, write(both.host, pattern(10)));
    Job reading(lab.clock, read(both.host, 1));
    REQUIRE(lab.run(reading));
    CHECK(both.host.error == NetError::gave_up);
    both.host.stream->close();
    both.host.stream.reset();
    CHECK(lab.becomes_idle());
    CHECK(lab.network.connections() == 0);
}

TEST_CASE("a modem dials before its first packet leaves") {
    Lab lab("connect = \"3s..15s\"");
    Side terminal;
    Job connecting(lab.clock, connect(lab, terminal));
    REQUIRE(lab.run(connecting));
    CHECK(*terminal.since >= TimePoint(3s));
    CHECK(*terminal.since <= TimePoint(15s));
    CHECK(lab.events(Kind::network_segment).front().at == *terminal.since);
    Side hurried;
    const TimePoint deadline = lab.clock.now() + 1s;
    Job late(lab.clock, connect(lab, hurried, deadline));
    REQUIRE(lab.run(late));
    CHECK(hurried.error == NetError::timed_out);
    CHECK(lab.clock.now() == deadline);
}

TEST_CASE("the same seed gives the same trace, another seed another") {
    const auto trace_of = [](std::uint64_t seed) {
        Lab lab(
            "[up]\ndelay = \"40ms\"\njitter = \"30ms\"\nloss = 0.1\n"
            "[down]\ndelay = \"40ms\"\njitter = \"30ms\"\nloss = { model = \"gilbert-elliott\", p = 0.1, r = "
            "0.5 }\n"
            "[[blackout]]\nevery = \"2s\"\nfor = \"100ms..900ms\"",
            seed);
        Connected both(lab);
        Job sending(lab.clock, write(both.terminal, pattern(30'000)));
        Job receiving(lab.clock, read(both.host, 30'000));
        REQUIRE(lab.run(receiving));
        return lab.segments();
    };
    CHECK(trace_of(7) == trace_of(7));
    CHECK(trace_of(7) != trace_of(8));
}

TEST_CASE("the driver names verbs it does not know") {
    const std::vector<std::string> verbs{"network.cut", "network.duplicate", "card.insert"};
    CHECK(lacks(config::Value{}, verbs) == std::vector<std::string>{"network.duplicate"});
    CHECK_THROWS_AS(prepare(config::load_text("[tcp]\nretries = 99", "x")), config::ConfigError);
    CHECK(prepare(config::Value{}) != nullptr);
}
