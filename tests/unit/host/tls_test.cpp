// The host behind TLS, and terminals that do not come through.

#include "drivers/tls/stream.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/tls_keys.hpp"
#include "tests/unit/host/support.hpp"

using namespace posbench;
using namespace posbench::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using tests::tls_key_in_toml;
using trace::Kind;

namespace {

std::string with_tls(const std::string& more = {}) {
    return "[tls]\nkey = " + tls_key_in_toml("host") + "\nissuer = " + tls_key_in_toml("authority") + "\n" +
           more;
}

tls::ClientSettings trusting_client(runtime::WallTime start) {
    const auto table = config::load_text("authority_key = " + tls_key_in_toml("authority"), "terminal");
    config::Reader reader(table, "[tls]");
    return tls::read_client(reader, "00000001").at(start);
}

struct Call {
    std::string handshake;
    runtime::Duration took{};  ///< the handshake
    Bytes answer;
};

/// Shakes hands, sends an echo, reads the answer.
Call call(HostBench& bench) {
    Call made;
    tls::TlsStream stream(
        bench.network.connect_now(),
        tls::Engine::client(trusting_client(bench.clock.wall_start()), bench.clock.wall_now()));
    iso8583::Message echo("0820");
    echo.set(11, "000001");
    echo.set(41, std::string(tid));
    echo.set(42, std::string(mid));
    echo.set(60, "00000001301");
    const auto talk = [&]() -> runtime::Task<void> {
        const auto shaken = co_await stream.shake_hands(bench.clock.now() + 20s);
        made.took = bench.clock.now() - runtime::TimePoint{};
        made.handshake = shaken ? "done" : std::string(to_string(shaken.error().reason));
        if (shaken) {
            const Bytes octets = Client(bench).frame(echo);
            const auto sent = co_await stream.write(octets, bench.clock.now() + 20s);
            CHECK(sent.has_value());
            made.answer.resize(512);
            const auto count = co_await stream.read_some(made.answer, bench.clock.now() + 20s);
            made.answer.resize(count ? *count : 0);
        }
        stream.close();
    };
    runtime::Job talking(bench.clock, talk());
    bench.run(talking);
    bench.run_for(1s);
    return made;
}

std::string rejected(const HostBench& bench) {
    const auto events = bench.events(Kind::host_rejected);
    return events.empty() ? "" : std::string(events.front().text("reason"));
}

}  // namespace

TEST_CASE("a terminal that trusts the host's certificate is served as on plain TCP") {
    HostBench bench(with_tls());
    const Call made = call(bench);
    CHECK(made.handshake == "done");
    REQUIRE(made.answer.size() > 30);
    CHECK(to_hex(ByteView(made.answer).subspan(13, 2)) == "0830");
    CHECK(bench.events(Kind::host_request).size() == 1);
    CHECK(bench.events(Kind::host_disconnected).size() == 1);
}

TEST_CASE("a terminal that refuses the certificate sends nothing, and the host says why it was refused") {
    HostBench bench(with_tls("valid_until = '2026-06-15T09:00:00'"));
    CHECK(call(bench).handshake == "expired");
    CHECK_THAT(rejected(bench), ContainsSubstring("TLS: ") && ContainsSubstring("alert"));
    CHECK(bench.events(Kind::host_request).empty());
    CHECK(bench.events(Kind::host_connected).size() == 1);
    CHECK(bench.events(Kind::host_disconnected).size() == 1);
}

TEST_CASE("a terminal without TLS, and one without the certificate that mutual TLS wants, are told") {
    HostBench plain(with_tls());
    const auto heard = Client(plain).hear(hex("001560000600006031003110030820"), 5s);
    CHECK(heard.ended);
    CHECK_THAT(rejected(plain), ContainsSubstring("TLS: "));

    HostBench mutual(with_tls("client_issuer = " + tls_key_in_toml("authority")));
    CHECK(call(mutual).answer.empty());
    CHECK_THAT(rejected(mutual), ContainsSubstring("certificate"));
}

TEST_CASE("a host that stalls in the handshake lets go after its own idle time") {
    HostBench bench("idle = '60s'\n" + with_tls("stall = 'before_hello'"));
    CHECK(call(bench).handshake == "ended");
    bench.run_for(61s);
    CHECK(bench.events(Kind::host_disconnected).size() == 1);
    CHECK(bench.events(Kind::host_request).empty());
}

TEST_CASE("slow_accept and ignore act before hands are shaken") {
    HostBench slow(
        "rules = [ { when = { count = 1 }, then = { action = 'slow_accept', duration = '7s' } } ]\n" +
        with_tls());
    const Call late = call(slow);
    CHECK(late.handshake == "done");
    CHECK(late.took >= 7s);
    CHECK(late.took < 8s);
    CHECK(late.answer.size() > 30);
    CHECK(slow.events(Kind::host_connected).at(0).at >= runtime::TimePoint(7s));

    HostBench deaf("rules = [ { when = { count = 1 }, then = { action = 'ignore', duration = '10s' } } ]\n" +
                   with_tls());
    const Call unheard = call(deaf);
    CHECK(unheard.handshake == "ended");
    CHECK(unheard.took == 10s);
    CHECK(deaf.events(Kind::host_rule).at(0).text("action") == "ignore");
    CHECK(rejected(deaf).empty());
    CHECK(call(deaf).handshake == "done");
}
