#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/support/catch.hpp"
#include "tests/unit/network/virtual_lab.hpp"

using namespace posbench;
using namespace posbench::network::virtual_net;
using posbench::network::Network;

namespace {

std::string random_direction(runtime::Random& random, std::string_view name) {
    std::string text = fmt::format("[{}]\ndelay = \"{}ms\"\n", name, random.between(1, 300));
    if (random.chance(0.5)) text += fmt::format("jitter = \"{}ms\"\n", random.between(1, 100));
    if (random.chance(0.4))
        text += fmt::format("loss = {:.3f}\n", 0.15 * random.uniform());
    else if (random.chance(0.5))
        text += fmt::format("loss = {{ model = \"gilbert-elliott\", p = {:.3f}, r = {:.3f} }}\n",
                            0.1 * random.uniform(), 0.3 + 0.7 * random.uniform());
    if (random.chance(0.4)) text += fmt::format("rate = \"{}kbit\"\n", random.between(20, 5000));
    if (random.chance(0.3)) text += fmt::format("limit = {}\n", random.between(3, 50));
    return text;
}

std::string random_profile(runtime::Random& random) {
    std::string text = random_direction(random, "up") + random_direction(random, "down");
    if (random.chance(0.3))
        // Not a divisor of 120 s: repetitions at TCP's longest distance would meet a blackout each time.
        text += fmt::format("[[blackout]]\nevery = \"{}ms\"\nfor = \"100ms..1500ms\"\n",
                            2003 + 10 * random.between(0, 700));
    return text + fmt::format("[tcp]\nsyn_retries = 30\nsyn_ack_retries = 30\nretries = 30\nmss = {}\n",
                              random.between(64, 1460));
}

/// Writes `data` in pieces of random sizes at random times.
Task<void> dribble(Lab& lab, Side& side, Bytes data, runtime::Random random) {
    std::size_t done = 0;
    while (done < data.size() && side.stream) {
        const auto most = static_cast<std::int64_t>(data.size() - done);
        const auto count = static_cast<std::size_t>(random.between(1, std::min<std::int64_t>(most, 9000)));
        auto outcome = co_await side.stream->write(ByteView(data).subspan(done, count), runtime::never);
        if (!outcome) co_return;
        done += count;
        co_await lab.clock.sleep_for(std::chrono::milliseconds(random.between(0, 50)));
    }
    side.written = true;
}

bool is_prefix(const Bytes& part, const Bytes& whole) {
    return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

struct Transfer {
    Lab lab;
    Bytes request, reply;
    Side terminal, host;

    Transfer(std::uint64_t seed, runtime::Random& random)
        : lab(random_profile(random), seed),
          request(pattern(static_cast<std::size_t>(random.between(0, 20'000)), seed)),
          reply(pattern(static_cast<std::size_t>(random.between(0, 20'000)), seed + 1)) {}
};

Task<void> terminal_application(Transfer& transfer, runtime::Random random) {
    co_await connect(transfer.lab, transfer.terminal);
    if (!transfer.terminal.stream) co_return;
    Job writing(transfer.lab.clock, dribble(transfer.lab, transfer.terminal, transfer.request, random));
    co_await read(transfer.terminal, transfer.reply.size());
    while (!writing.done() && !transfer.terminal.error) co_await transfer.lab.clock.sleep_for(10ms);
}

Task<void> host_application(Transfer& transfer, runtime::Random random) {
    co_await accept(transfer.lab, transfer.host);
    Job writing(transfer.lab.clock, dribble(transfer.lab, transfer.host, transfer.reply, random));
    co_await read(transfer.host, transfer.request.size());
    while (!writing.done() && !transfer.host.error) co_await transfer.lab.clock.sleep_for(10ms);
}

}  // namespace

TEST_CASE("whatever the link does, what is read is what was written, in order, and all of it when it heals") {
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
        INFO("seed " << seed);
        runtime::Random random(seed);
        Transfer transfer(seed, random);
        Job terminal(transfer.lab.clock, terminal_application(transfer, random.fork("terminal")));
        Job host(transfer.lab.clock, host_application(transfer, random.fork("host")));
        if (random.chance(0.3)) {
            transfer.lab.run_until(TimePoint(std::chrono::milliseconds(random.between(0, 4000))));
            transfer.lab.network.cut(Network::Cut::link);
            transfer.lab.run_until(transfer.lab.clock.now() + std::chrono::seconds(random.between(1, 30)));
            REQUIRE(is_prefix(transfer.host.read, transfer.request));
            REQUIRE(is_prefix(transfer.terminal.read, transfer.reply));
            transfer.lab.network.restore(Network::Why::step);
        }
        REQUIRE(transfer.lab.clock.run_until([&] { return terminal.done() && host.done(); }) ==
                RunEnd::finished);
        REQUIRE(transfer.host.read == transfer.request);
        REQUIRE(transfer.terminal.read == transfer.reply);
        transfer.terminal.stream->close();
        transfer.host.stream->close();
        transfer.terminal.stream.reset();
        transfer.host.stream.reset();
        REQUIRE(transfer.lab.becomes_idle());
        REQUIRE(transfer.lab.network.connections() == 0);
        REQUIRE(std::ranges::is_sorted(transfer.lab.trace.events(), {}, &trace::Event::at));
    }
}

TEST_CASE("a link cut for good leaves a prefix on either side and comes to rest") {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        INFO("seed " << seed);
        runtime::Random random(seed);
        Transfer transfer(seed, random);
        Job terminal(transfer.lab.clock, terminal_application(transfer, random.fork("terminal")));
        Job host(transfer.lab.clock, host_application(transfer, random.fork("host")));
        transfer.lab.run_until(TimePoint(std::chrono::milliseconds(random.between(0, 3000))));
        transfer.lab.network.cut(Network::Cut::link);
        REQUIRE(transfer.lab.becomes_idle());
        REQUIRE(is_prefix(transfer.host.read, transfer.request));
        REQUIRE(is_prefix(transfer.terminal.read, transfer.reply));
    }
}

TEST_CASE("applications may be destroyed between any two events: nothing dangles, time becomes idle") {
    for (std::uint64_t seed = 0; seed < 150; ++seed) {
        INFO("seed " << seed);
        runtime::Random random(seed);
        Transfer transfer(seed, random);
        std::optional<Job> terminal(std::in_place, transfer.lab.clock,
                                    terminal_application(transfer, random.fork("terminal")));
        std::optional<Job> host(std::in_place, transfer.lab.clock,
                                host_application(transfer, random.fork("host")));
        std::int64_t events = random.between(0, 400);
        (void)transfer.lab.clock.run_until([&] { return events-- <= 0; });
        if (random.chance(0.7)) {
            terminal.reset();
            transfer.terminal.stream.reset();
        }
        if (random.chance(0.5)) {
            host.reset();
            transfer.host.stream.reset();
        }
        if (random.chance(0.3)) continue;  // the whole station goes with everything under way
        REQUIRE(transfer.lab.becomes_idle());
        REQUIRE(is_prefix(transfer.host.read, transfer.request));
        terminal.reset();
        host.reset();
        transfer.terminal.stream.reset();
        transfer.host.stream.reset();
        REQUIRE(transfer.lab.becomes_idle());
        REQUIRE(transfer.lab.network.connections() <= 1);
    }
}
