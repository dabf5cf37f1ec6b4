// Peers that send no messages, or no end of them.

#include <fmt/format.h>

#include "bench/runtime/random.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/host/support.hpp"

using namespace posbench;
using namespace posbench::test;
using iso8583::Message;
using namespace std::chrono_literals;

namespace {

/// Writes octets, one portion every `pause`, until all are written or the host has closed.
runtime::Task<void> trickle(runtime::Clock& clock, runtime::Stream& stream, Bytes octets, std::size_t portion,
                            runtime::Duration pause) {
    for (std::size_t at = 0; at < octets.size(); at += portion) {
        const auto piece = ByteView(octets).subspan(at, std::min(portion, octets.size() - at));
        const auto sent = co_await stream.write(piece, runtime::never);
        if (!sent) co_return;
        co_await clock.sleep_for(pause);
    }
}

/// What the host says of a peer that sends these octets and then ends its stream.
struct Refusal {
    std::string rejected;
    std::string reason;
};
Refusal refusal_of(ByteView octets) {
    HostBench bench;
    const auto stream = bench.network.connect_now();
    runtime::Job job(bench.clock, trickle(bench.clock, *stream, Bytes(octets.begin(), octets.end()),
                                          octets.size() + 1, 0s));
    bench.run_for(1s);
    stream->close();
    bench.run_for(1s);
    const auto rejected = bench.events(trace::Kind::host_rejected);
    const auto ended = bench.events(trace::Kind::host_disconnected);
    REQUIRE(ended.size() == 1);
    return {rejected.empty() ? "" : std::string(rejected[0].text("reason")),
            std::string(ended[0].text("reason"))};
}

/// Writes a note each time it is woken, as a scenario would act.
runtime::Task<void> react(HostBench& bench, runtime::Condition& seen) {
    for (;;) {
        co_await seen.wait(bench.clock);
        bench.trace.emit(trace::Kind::bench_note, {{"severity", "info"}, {"text", "reaction"}});
    }
}

/// The kinds of event from the first of `kind` on.
std::vector<trace::Kind> kinds_from(const HostBench& bench, trace::Kind kind) {
    std::vector<trace::Kind> kinds;
    for (const trace::Event& event : bench.trace.events())
        if (!kinds.empty() || event.kind == kind) kinds.push_back(event.kind);
    return kinds;
}

}  // namespace

TEST_CASE("hostile: lengths that cannot be are refused before anything is read") {
    CHECK(refusal_of(hex("0000")).rejected == "frame: 0 octets, not between 21 and 2048");
    CHECK(refusal_of(hex("FFFF")).rejected == "frame: 65535 octets, not between 21 and 2048");
    CHECK(refusal_of(hex("0014")).rejected == "frame: 20 octets, not between 21 and 2048");
    CHECK(refusal_of(hex("0801")).reason == "host closed");
}

TEST_CASE("hostile: a stream that ends inside a frame, and one that ends between frames") {
    const auto inside = refusal_of(hex("00646000"));
    CHECK(inside.rejected == "peer closed inside a frame after 4 octets");
    CHECK(inside.reason == "peer closed");
    CHECK(refusal_of({}).rejected.empty());
    CHECK(refusal_of({}).reason == "peer closed");
}

TEST_CASE("hostile: octets that are no message are refused with the place") {
    HostBench bench;
    Client client(bench);
    Bytes frame = client.frame(client.sale(100));
    SECTION("TPDU of another host") {
        frame[4] = 0x07;
        CHECK(refusal_of(frame).rejected == "TPDU is addressed to 0007, this host is 0006");
    }
    SECTION("message type of an answer") {
        frame[14] = 0x10;
        CHECK(refusal_of(frame).rejected == "message type 0210 is no request");
    }
    SECTION("octets after the last field") {
        frame.push_back(0x00);
        frame[1] = static_cast<std::uint8_t>(frame[1] + 1);
        CHECK_FALSE(refusal_of(frame).rejected.empty());
    }
    SECTION("a field cut short") {
        frame.pop_back();
        frame[1] = static_cast<std::uint8_t>(frame[1] - 1);
        CHECK(refusal_of(frame).rejected.find("field") != std::string::npos);
    }
}

TEST_CASE("hostile: a frame must be whole within the idle limit, however it trickles") {
    HostBench bench("idle = '60s'");
    Client client(bench);
    const auto stream = bench.network.connect_now();
    runtime::Job job(bench.clock, trickle(bench.clock, *stream, client.frame(client.sale(100)), 1, 7s));
    bench.run_for(61s);
    const auto rejected = bench.events(trace::Kind::host_rejected);
    REQUIRE(rejected.size() == 1);
    CHECK(rejected[0].text("reason") == "idle inside a frame after 9 octets");
    CHECK(rejected[0].at == runtime::TimePoint(60s));
    CHECK(bench.events(trace::Kind::host_disconnected).at(0).text("reason") == "idle");
}

TEST_CASE("hostile: a connection without a request ends at the idle limit") {
    HostBench bench("idle = '10s'");
    const auto stream = bench.network.connect_now();
    bench.run_for(11s);
    const auto ended = bench.events(trace::Kind::host_disconnected);
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].text("reason") == "idle");
    CHECK(ended[0].at == runtime::TimePoint(10s));
    CHECK(bench.events(trace::Kind::host_rejected).empty());
}

TEST_CASE("hostile: connections beyond the limit are reset, and those served go on") {
    HostBench bench("connections = 2");
    std::vector<std::unique_ptr<runtime::Stream>> streams;
    for (int i = 0; i < 100; ++i) streams.push_back(bench.network.connect_now());
    bench.run_for(1s);
    const auto ended = bench.events(trace::Kind::host_disconnected);
    CHECK(ended.size() == 98);
    CHECK(ended[0].text("reason") == "all 2 connections are taken");
    streams[0]->close();
    bench.run_for(1s);
    Client client(bench);
    CHECK(client.sign_in().get(39) == "00");
}

TEST_CASE("hostile: several requests on one connection are answered in order, and a reset ends it") {
    HostBench bench;
    Client client(bench);
    client.sign_in();
    Bytes two = client.frame(client.sale(100));
    const Bytes second = client.frame(client.sale(200));
    two.insert(two.end(), second.begin(), second.end());
    const auto stream = bench.network.connect_now();
    runtime::Job job(bench.clock, trickle(bench.clock, *stream, two, two.size(), 0s));
    bench.run_for(1s);
    const auto answers = bench.events(trace::Kind::host_response);
    REQUIRE(answers.size() == 3);
    CHECK(answers[1].integer("amount") == 100);
    CHECK(answers[2].integer("amount") == 200);
    stream->reset();
    bench.run_for(1s);
    CHECK(bench.events(trace::Kind::host_disconnected).back().text("reason") == "connection reset");
}

TEST_CASE("hostile: frames cut anywhere, and several in a segment, are the same frames") {
    const auto portion = GENERATE(1U, 7U, 100U, 333U, 5000U);
    HostBench bench;
    Client client(bench);
    client.sign_in();
    Bytes octets;
    for (int i = 1; i <= 20; ++i) append(octets, client.frame(client.sale(i)));
    const auto stream = bench.network.connect_now();
    runtime::Job job(bench.clock, trickle(bench.clock, *stream, octets, portion, 1ms));
    bench.run_for(20s);
    const auto answers = bench.events(trace::Kind::host_response);
    REQUIRE(answers.size() == 21);
    for (int i = 1; i <= 20; ++i) CHECK(answers[static_cast<std::size_t>(i)].integer("amount") == i);
    CHECK(bench.events(trace::Kind::host_rejected).empty());
}

TEST_CASE("hostile: a length of two gigabytes is refused, and no octet behind it is read") {
    HostBench bench("[dialect.frame]\nlength_octets = 4\n");
    const auto stream = bench.network.connect_now();
    Bytes octets = hex("7FFFFFFF");
    octets.resize(100'000, 0xAA);
    runtime::Job job(bench.clock, trickle(bench.clock, *stream, octets, octets.size(), 0s));
    bench.run_for(1s);
    const auto rejected = bench.events(trace::Kind::host_rejected);
    REQUIRE(rejected.size() == 1);
    CHECK(rejected[0].text("reason") == "frame: 2147483647 octets, not between 21 and 2048");
    CHECK(rejected[0].integer("bytes") == 4);
}

TEST_CASE("hostile: a frame reader holds one frame and asks for no more than it has room for") {
    HostBench bench;
    Client client(bench);
    client.sign_in();
    // The peer's end takes 3,000 octets before it blocks: with those in the reader, 5,050 are on their way.
    const auto stream = bench.network.connect_now(3000);
    Bytes octets;
    for (int i = 1; i <= 200; ++i) append(octets, client.frame(client.sale(i)));
    std::size_t written = 0;
    const auto write_all = [](runtime::Stream& to, Bytes all, std::size_t& count) -> runtime::Task<void> {
        for (; count < all.size(); ++count) {
            const auto sent = co_await to.write(ByteView(all).subspan(count, 1), runtime::never);
            if (!sent) co_return;
        }
    };
    runtime::Job job(bench.clock, write_all(*stream, octets, written));
    bench.run_for(79ms);  // the first sale is being thought about
    CHECK(bench.events(trace::Kind::host_request).size() == 2);
    CHECK(written <= 3000 + 2050);
    bench.run_for(60s);
    // Nobody reads the answers: those that fit wait, and the next one is not decided before they are taken.
    const std::size_t answered = bench.events(trace::Kind::host_response).size();
    CHECK(answered < 40);
    CHECK(bench.events(trace::Kind::host_request).size() == answered);
}

TEST_CASE("hostile: a peer that never reads is given up at the write deadline") {
    HostBench bench("idle = '30s'");
    Client client(bench);
    client.sign_in();
    const auto stream = bench.network.connect_now(100);
    runtime::Job job(bench.clock, trickle(bench.clock, *stream, client.frame(client.sale(100)), 50, 0s));
    bench.run_for(40s);
    const auto ended = bench.events(trace::Kind::host_disconnected).back();
    CHECK(ended.text("reason") == "answer not taken: timed out");
    CHECK(ended.at == bench.events(trace::Kind::host_response).back().at + 30s);
}

TEST_CASE("hostile: a peer that is gone without a word, after a request, is given up at the idle limit") {
    HostBench bench("idle = '30s'");
    Client client(bench);
    client.sign_in();
    const auto half_open = bench.network.connect_now();
    runtime::Job job(bench.clock, trickle(bench.clock, *half_open, client.frame(client.sale(100)), 1000, 0s));
    bench.run_for(60s);
    const auto ended = bench.events(trace::Kind::host_disconnected).back();
    CHECK(ended.text("reason") == "idle");
    CHECK(ended.at == bench.events(trace::Kind::host_response).back().at + 30s);
}

TEST_CASE("hostile: thousands of connections cost no more than the limit") {
    HostBench bench("connections = 8");
    std::vector<std::unique_ptr<runtime::Stream>> streams;
    for (int i = 0; i < 5000; ++i) streams.push_back(bench.network.connect_now());
    bench.run_for(1s);
    CHECK(bench.events(trace::Kind::host_connected).size() == 5000);
    CHECK(bench.events(trace::Kind::host_disconnected).size() == 4992);
    streams.clear();
    bench.run_for(61s);
    CHECK(bench.events(trace::Kind::host_disconnected).size() == 5000);
}

TEST_CASE("hostile: random octets and damaged messages never do more than end a connection or be refused") {
    HostBench bench;
    Client client(bench);
    client.sign_in();
    runtime::Random random(2026);
    for (int i = 0; i < 500; ++i) {
        Bytes octets = client.frame(client.sale(100));
        if (i % 2 == 0) {
            // Damage that keeps the length prefix; the MAC covers all of it.
            for (int n = 0; n < 3; ++n)
                octets[static_cast<std::size_t>(
                    random.between(13, static_cast<std::int64_t>(octets.size()) - 1))] ^=
                    static_cast<std::uint8_t>(random.between(1, 255));
        } else {
            octets.resize(static_cast<std::size_t>(random.between(2, 300)));
            random.fill(octets);
            octets[0] = 0;
        }
        const auto stream = bench.network.connect_now();
        runtime::Job job(bench.clock, trickle(bench.clock, *stream, octets, octets.size(), 0s));
        bench.run_for(200ms);
        stream->close();
        bench.run_for(200ms);
    }
    CHECK(bench.events(trace::Kind::host_posted).empty());
    CHECK(client.code(client.sale(100)) == "00");
    CHECK(bench.events(trace::Kind::host_connected).size() ==
          bench.events(trace::Kind::host_disconnected).size());
}

TEST_CASE("hostile: a track whose PAN is longer than any, or none, is no card: 30") {
    HostBench bench;
    Client client(bench);
    client.sign_in();
    const auto track = GENERATE("62109480000000110000000D3012101", "D30121010000", "6210948000000011");
    Message sale = client.sale(100);
    sale.clear(2);
    sale.set(22, "022");
    sale.set(35, track);
    CHECK(client.code(sale) == "30");
}

TEST_CASE("a host stopped in the middle of everything leaves nothing behind, and can start again") {
    HostBench bench;
    Client client(bench);
    client.sign_in();
    const auto idle = bench.network.connect_now();
    const auto busy = bench.network.connect_now();
    runtime::Job job(bench.clock, trickle(bench.clock, *busy, client.frame(client.sale(100)), 1000, 0s));
    bench.run_for(40ms);  // the sale is being thought about
    bench.host->stop();
    CHECK(bench.clock.run_until([] { return false; }) == runtime::RunEnd::idle);
    CHECK(bench.events(trace::Kind::host_posted).empty());
    bench.host->start();
    CHECK(client.code(client.sale(100)) == "00");
}

TEST_CASE("hostile: what a scenario does when octets are rejected precedes what the host does next") {
    using trace::Kind;
    HostBench bench;
    runtime::Condition seen;
    runtime::Job reacting(bench.clock, react(bench, seen));
    bench.trace.observe([&](const trace::Event& event) {
        if (event.kind == Kind::host_rejected) seen.notify_all();
    });
    const auto stream = bench.network.connect_now();
    runtime::Job job(bench.clock, trickle(bench.clock, *stream, hex("0000"), 2, 0s));
    bench.run_for(1s);
    CHECK(kinds_from(bench, Kind::host_rejected) ==
          std::vector{Kind::host_rejected, Kind::bench_note, Kind::host_disconnected});
}

TEST_CASE("hostile: what a scenario does at a connection precedes what the host does with it") {
    using trace::Kind;
    HostBench bench("connections = 1");
    const auto served = bench.network.connect_now();
    bench.run_for(1s);
    const std::size_t before = bench.trace.events().size();
    runtime::Condition seen;
    runtime::Job reacting(bench.clock, react(bench, seen));
    bench.trace.observe([&](const trace::Event& event) {
        if (event.kind == Kind::host_connected || event.kind == Kind::host_disconnected) seen.notify_all();
    });
    std::vector<std::unique_ptr<runtime::Stream>> turned_away;
    for (int i = 0; i < 2; ++i) turned_away.push_back(bench.network.connect_now());
    bench.run_for(1s);
    std::vector<Kind> kinds;
    for (std::size_t i = before; i < bench.trace.events().size(); ++i)
        kinds.push_back(bench.trace.events()[i].kind);
    const std::vector once{Kind::host_connected, Kind::bench_note, Kind::host_disconnected, Kind::bench_note};
    std::vector twice = once;
    twice.insert(twice.end(), once.begin(), once.end());
    CHECK(kinds == twice);
}
