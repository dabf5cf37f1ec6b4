#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/support/catch.hpp"
#include "tests/unit/network/virtual_lab.hpp"

using namespace posbench;
using namespace posbench::network::virtual_net;
using posbench::network::Network;

namespace {

constexpr const char* fifty_ms = "[up]\ndelay = \"50ms\"\n[down]\ndelay = \"50ms\"\n";

/// network.cut and network.restored as "1000 cut link schedule".
std::vector<std::string> cuts(const Lab& lab) {
    std::vector<std::string> lines;
    for (const auto& event : lab.trace.events()) {
        if (event.kind != Kind::network_cut && event.kind != Kind::network_restored) continue;
        lines.push_back(fmt::format("{} {} {} {}", runtime::to_ns(event.at) / 1'000'000,
                                    event.kind == Kind::network_cut ? "cut" : "restored", event.text("mode"),
                                    event.text("reason")));
    }
    return lines;
}

/// network.verified as "delay up: ok" or "cut: not shown".
std::vector<std::string> verified(Lab& lab) {
    lab.network.verify();
    std::vector<std::string> lines;
    for (const auto& event : lab.events(Kind::network_verified)) {
        lines.push_back(fmt::format("{}{}{}: {}", event.text("what"), event.find("direction") ? " " : "",
                                    event.text("direction"), event.flag("ok") ? "ok" : "not shown"));
    }
    return lines;
}

std::string achieved(const Lab& lab, std::string_view what) {
    for (const auto& event : lab.events(Kind::network_verified))
        if (event.text("what") == what) return std::string(event.text("achieved"));
    return "";
}

bool chronological(const Lab& lab) {
    return std::ranges::is_sorted(lab.trace.events(), {}, &trace::Event::at);
}

}  // namespace

TEST_CASE("a transfer cut in the middle goes on after the link is restored") {
    Lab lab(fifty_ms);
    Connected both(lab);
    Job sending(lab.clock, write(both.terminal, pattern(60'000)));
    Job receiving(lab.clock, read(both.host, 60'000));
    lab.run_until(TimePoint(220ms));
    lab.network.cut(Network::Cut::link);
    lab.run_until(TimePoint(10s));
    const std::size_t before = both.host.read.size();
    CHECK(before > 0);
    CHECK(before < 60'000);
    lab.network.restore(Network::Why::step);
    REQUIRE(lab.run(receiving));
    CHECK(both.host.read == pattern(60'000));
    CHECK(cuts(lab) == std::vector<std::string>{"220 cut link step", "10000 restored link step"});
    CHECK(verified(lab) == std::vector<std::string>{"delay up: ok", "delay down: ok", "cut: ok"});
    CHECK(chronological(lab));
}

TEST_CASE("refused: attempts are answered with a reset, connections that stand go on") {
    Lab lab(fifty_ms);
    Connected both(lab);
    lab.network.cut(Network::Cut::refused);
    Side refused;
    Job connecting(lab.clock, connect(lab, refused));
    REQUIRE(lab.run(connecting));
    CHECK(refused.error == NetError::refused);
    Job sending(lab.clock, write(both.terminal, pattern(10)));
    Job receiving(lab.clock, read(both.host, 10));
    CHECK(lab.run(receiving));
    lab.network.restore(Network::Why::closing);
    Connected again(lab);
    CHECK(verified(lab) == std::vector<std::string>{"delay up: ok", "delay down: ok", "refused: ok"});
    CHECK(achieved(lab, "refused") == "1 attempts refused");
}

TEST_CASE("blackholed: attempts vanish until the caller's deadline, connections that stand go on") {
    Lab lab(fifty_ms);
    Connected both(lab);
    lab.network.cut(Network::Cut::blackholed);
    Side lost;
    const TimePoint deadline = lab.clock.now() + 20s;
    Job connecting(lab.clock, connect(lab, lost, deadline));
    Job sending(lab.clock, write(both.terminal, pattern(10)));
    Job receiving(lab.clock, read(both.host, 10));
    CHECK(lab.run(receiving));
    REQUIRE(lab.run(connecting));
    CHECK(lost.error == NetError::timed_out);
    CHECK(lost.since == deadline);
    CHECK(verified(lab) == std::vector<std::string>{"delay up: ok", "delay down: ok", "blackholed: ok"});
    CHECK(achieved(lab, "blackholed") == "5 attempts vanished");  // SYNs at 0, 1, 3, 7, 15 s
    CHECK(lab.becomes_idle());
}

TEST_CASE("a cut that met no segment is not shown to have acted; a second cut of its kind is none") {
    Lab lab;
    lab.network.cut(Network::Cut::link);
    lab.network.cut(Network::Cut::link);
    lab.network.restore(Network::Why::step);
    lab.network.restore(Network::Why::closing);
    CHECK(cuts(lab) == std::vector<std::string>{"0 cut link step", "0 restored link step"});
    CHECK(verified(lab) == std::vector<std::string>{"cut: not shown"});
}

TEST_CASE("a single blackout silences both directions for its time and is traced at its edges") {
    Lab lab("[[blackout]]\nat = \"1s\"\nfor = \"500ms\"");
    Connected both(lab);
    lab.run_until(TimePoint(1200ms));
    Job sending(lab.clock, write(both.terminal, pattern(10)));
    Job receiving(lab.clock, read(both.host, 10));
    REQUIRE(lab.run(receiving));
    CHECK(lab.clock.now() >= TimePoint(1500ms));
    CHECK(cuts(lab) == std::vector<std::string>{"1000 cut link schedule", "1500 restored link schedule"});
    CHECK(lab.becomes_idle());
    CHECK(verified(lab) == std::vector<std::string>{"blackout: ok"});
    CHECK(chronological(lab));
}

TEST_CASE("a single blackout that met nothing is not shown, a periodic one is in force") {
    Lab once("[[blackout]]\nat = \"1s\"\nfor = \"500ms\"");
    Connected first(once);
    CHECK(once.becomes_idle());
    CHECK(verified(once) == std::vector<std::string>{"blackout: not shown"});
    Lab periodic("[[blackout]]\nevery = \"1s\"\nfor = \"500ms\"");
    Connected second(periodic);
    CHECK(verified(periodic) == std::vector<std::string>{"blackout: ok"});
    CHECK(achieved(periodic, "blackout") == "0 of 3 segments lost in 0 blackouts, schedule in force");
}

TEST_CASE("a schedule without an end lets virtual time become idle, and is traced while somebody sends") {
    Lab lab("[[blackout]]\nevery = \"2s\"\nfor = \"1s\"");
    CHECK(lab.becomes_idle());
    CHECK(lab.clock.now() == TimePoint{});
    Connected both(lab);
    CHECK(lab.becomes_idle());
    lab.run_until(TimePoint(100'500ms));  // a blackout that began in silence
    Job sending(lab.clock, write(both.terminal, pattern(10)));
    Job receiving(lab.clock, read(both.host, 10));
    REQUIRE(lab.run(receiving));
    CHECK(lab.becomes_idle());
    const auto seen = cuts(lab);
    REQUIRE(seen.size() >= 4);
    CHECK(seen[0] == "2000 cut link schedule");
    CHECK(seen[1] == "3000 restored link schedule");
    CHECK(seen[2] == "100500 cut link schedule");
    CHECK(seen[3] == "101000 restored link schedule");
    CHECK(chronological(lab));
}

TEST_CASE("the windows of a schedule do not depend on when one asks") {
    const network::Blackout blackout{{5s, 15s}, 20s, {1s, 3s}};
    Blackouts often{runtime::Random(5)};
    Blackouts rarely{runtime::Random(5)};
    often.schedule({blackout}, TimePoint{});
    rarely.schedule({blackout}, TimePoint{});
    TimePoint edge{};
    Duration dark{};
    for (int i = 0; i < 200; ++i) {
        const TimePoint next = often.next_edge(edge);
        REQUIRE(next > edge);
        CHECK(often.dark(next) != often.dark(next - 1ns));
        if (often.dark(edge)) {
            REQUIRE((next - edge >= 1s && next - edge <= 3s));
            dark += next - edge;
        }
        edge = next;
    }
    CHECK(rarely.dark(edge) == often.dark(edge));
    CHECK(rarely.next_edge(edge) == often.next_edge(edge));
    CHECK(dark / 100 > 1800ms);
    CHECK(dark / 100 < 2200ms);
}

TEST_CASE("start() and change() are traced with the figures in force, and each is proved") {
    Lab lab("profile = \"weak\"\n[up]\ndelay = \"45ms\"\njitter = \"15ms\"\nrate = \"5mbit\"\nlimit = 50\n");
    Connected first(lab);
    lab.network.change(config::load_text("[up]\ndelay = \"90ms\"\nloss = 0.5", "step"));
    const auto applied = lab.events(Kind::network_applied);
    REQUIRE(applied.size() == 4);
    CHECK(applied[0].text("profile") == "weak");
    CHECK(applied[0].text("direction") == "up");
    CHECK(applied[0].integer("delay_us") == 45'000);
    CHECK(applied[0].integer("jitter_us") == 15'000);
    CHECK(applied[0].integer("rate_bps") == 5'000'000);
    CHECK(applied[0].integer("limit") == 50);
    CHECK(applied[2].text("profile") == "(changed)");
    CHECK(applied[2].integer("delay_us") == 90'000);
    CHECK(applied[2].integer("jitter_us") == 15'000);
    CHECK(applied[2].integer("loss_ppm") == 500'000);
    CHECK(verified(lab) == std::vector<std::string>{"delay up: ok", "rate up: ok", "delay up: not shown",
                                                    "loss up: not shown", "rate up: not shown"});
}

TEST_CASE("loss that happened to drop nothing is verified as in force, and says so") {
    Lab lab("[up]\nloss = 0.0001");
    Connected both(lab);
    CHECK(verified(lab) == std::vector<std::string>{"loss up: ok"});
    CHECK(achieved(lab, "loss") == "0 of 2 lost, model in force");
}

TEST_CASE("the delay that is proved is the one the segments had") {
    Lab lab(fifty_ms);
    Connected both(lab);
    (void)verified(lab);
    CHECK(achieved(lab, "delay") == "mean 50.000 ms, 50.000 to 50.000 ms, 2 segments");
}

TEST_CASE("a clean network needs no proof") {
    Lab lab;
    Connected both(lab);
    CHECK(verified(lab).empty());
    CHECK(lab.events(Kind::network_applied).size() == 2);
}
