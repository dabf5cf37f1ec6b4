// Both ends of TLS connections on a virtual clock, over streams in memory.

#include <string>

#include "bench/config/value.hpp"
#include "bench/runtime/job.hpp"
#include "drivers/tls/certificate.hpp"
#include "drivers/tls/config.hpp"
#include "drivers/tls/stream.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/memory_stream.hpp"
#include "tests/support/tls_keys.hpp"

using namespace posbench;
using namespace posbench::tls;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using runtime::Task;

namespace {

constexpr runtime::WallTime today = std::chrono::sys_days(std::chrono::year(2026) / 6 / 15) + 10h;
constexpr std::string_view host_name = "acquirer.test";

using posbench::tests::tls_key;
using posbench::tests::tls_key_in_toml;

std::string authority_certificate(const std::string& name = "authority") {
    return issue({name, today - 24h * 365, today + 24h * 365, Subject::Use::authority}, tls_key(name), name,
                 tls_key(name));
}

std::string host_certificate(std::string_view name = host_name, runtime::Duration until = 24h * 30,
                             const std::string& issuer = "authority", runtime::Duration since = -24h * 30) {
    return issue({std::string(name), today + since, today + until, Subject::Use::server}, tls_key("host"),
                 issuer, tls_key(issuer));
}

ServerSettings server_with(std::string certificate) {
    ServerSettings settings;
    settings.own = {tls_key("host"), std::move(certificate)};
    return settings;
}

ClientSettings good_client() {
    ClientSettings settings;
    settings.authority = authority_certificate();
    settings.name = host_name;
    return settings;
}

ClientSettings client_with_certificate(const std::string& issuer = "authority") {
    ClientSettings settings = good_client();
    settings.own = {tls_key("terminal"), issue({"00000001", today - 24h, today + 24h, Subject::Use::client},
                                               tls_key("terminal"), issuer, tls_key(issuer))};
    return settings;
}

ServerProfile server_profile(const std::string& more) {
    const auto table = config::load_text("key = " + tls_key_in_toml("host") + "\n" + more, "host");
    config::Reader reader(table, "[tls]");
    return read_server(reader);
}

ClientProfile client_profile(const std::string& more) {
    const auto table = config::load_text(more, "terminal");
    config::Reader reader(table, "[tls]");
    return read_client(reader, "00000001");
}

std::string refused(const std::string& more) {
    try {
        server_profile(more);
    } catch (const config::ConfigError& error) {
        CHECK_THAT(error.what(), !ContainsSubstring("BEGIN"));
        return error.what();
    }
    return "taken";
}

/// A client and a server that shake hands; then the client says "ping" and the server answers "pong".
struct Meeting {
    std::string client = "nothing", server = "nothing";  ///< "done", or the reason of the refusal
    std::string client_words, heard;
    runtime::Duration took{};
};

Task<void> play_server(runtime::VirtualClock& clock, TlsStream& stream, ServerSettings::Stall stall,
                       Meeting& out) {
    if (stall != ServerSettings::Stall::none) {
        const Refusal stalled = co_await stream.stall(clock, clock.now() + 60s, stall);
        out.server = to_string(stalled.reason);
        co_return;
    }
    const auto shaken = co_await stream.shake_hands(clock.now() + 60s);
    out.server = shaken ? "done" : std::string(to_string(shaken.error().reason));
    if (!shaken) co_return;
    Bytes heard(4);
    const auto read = co_await runtime::read_exactly(stream, heard, clock.now() + 60s);
    if (!read) co_return;
    const Bytes answer{'p', 'o', 'n', 'g'};
    const auto written = co_await stream.write(answer, clock.now() + 60s);
    if (written) stream.close();
}

Task<void> play_client(runtime::VirtualClock& clock, TlsStream& stream, Meeting& out) {
    const auto shaken = co_await stream.shake_hands(clock.now() + 30s);
    out.client = shaken ? "done" : std::string(to_string(shaken.error().reason));
    out.took = clock.now() - runtime::TimePoint{};
    if (!shaken) {
        out.client_words = shaken.error().what;
        stream.close();
        co_return;
    }
    const Bytes question{'p', 'i', 'n', 'g'};
    const auto written = co_await stream.write(question, clock.now() + 30s);
    Bytes answer(16);
    const auto read = co_await stream.read_some(answer, clock.now() + 30s);
    if (written && read) out.heard = std::string(as_text(ByteView(answer).first(*read)));
    if (read && *read > 0) {
        const auto end = co_await stream.read_some(answer, clock.now() + 30s);
        out.heard += end && *end == 0 ? " end" : " more";
    }
}

Meeting meet(const ServerSettings& server, const ClientSettings& client, runtime::WallTime now = today) {
    runtime::VirtualClock clock(now);
    test::MemoryNetwork network(clock);
    Meeting meeting;
    TlsStream client_side(network.connect_now(), Engine::client(client, now));
    std::unique_ptr<TlsStream> server_side;
    const auto serve = [&]() -> Task<void> {
        auto below = co_await network.accept();
        server_side = std::make_unique<TlsStream>(*std::move(below), Engine::server(server, now));
        co_await play_server(clock, *server_side, server.stall, meeting);
    };
    runtime::Job serving(clock, serve());
    runtime::Job asking(clock, play_client(clock, client_side, meeting));
    clock.run_until([&] { return serving.done() && asking.done(); });
    return meeting;
}

}  // namespace

TEST_CASE("a connection with a good certificate carries octets both ways, and ends in order") {
    for (const auto version : {Version::tls1_2, Version::tls1_3}) {
        ServerSettings server = server_with(host_certificate());
        server.least = server.most = version;
        const Meeting meeting = meet(server, good_client());
        CHECK(meeting.client == "done");
        CHECK(meeting.server == "done");
        CHECK(meeting.heard == "pong end");
    }
}

TEST_CASE("a certificate that is not to be believed is refused by its reason") {
    const auto refused = [](std::string certificate) {
        const Meeting meeting = meet(server_with(std::move(certificate)), good_client());
        CHECK(meeting.server != "done");
        CHECK(meeting.heard.empty());
        return meeting.client;
    };
    CHECK(refused(host_certificate(host_name, -1s)) == "expired");
    CHECK(refused(host_certificate(host_name, 24h, "authority", 1h)) == "not_yet_valid");
    CHECK(refused(host_certificate("other.test")) == "wrong_name");
    CHECK(refused(host_certificate(host_name, 24h, "other_authority")) == "unknown_authority");
    CHECK(refused(issue({std::string(host_name), today - 1h, today + 1h, Subject::Use::server},
                        tls_key("host"), host_name, tls_key("host"))) == "unknown_authority");
}

TEST_CASE("a certificate expires while the clock runs") {
    const ServerSettings server = server_with(host_certificate(host_name, 1h));
    CHECK(meet(server, good_client(), today + 1h - 1s).client == "done");
    CHECK(meet(server, good_client(), today + 1h + 1s).client == "expired");
}

TEST_CASE("a client that leaves a check out takes what it should refuse") {
    ClientSettings client = good_client();
    client.check_time = false;
    CHECK(meet(server_with(host_certificate(host_name, -1s)), client).client == "done");
    client = good_client();
    client.check_name = false;
    CHECK(meet(server_with(host_certificate("other.test")), client).client == "done");
    client = good_client();
    client.check_authority = false;
    CHECK(meet(server_with(host_certificate(host_name, 24h, "other_authority")), client).client == "done");
    CHECK(meet(server_with(host_certificate("other.test", 24h, "other_authority")), client).client ==
          "wrong_name");
    CHECK(meet(server_with(host_certificate(host_name, -1s, "other_authority")), client).client == "expired");
}

TEST_CASE("a host may be named by its address") {
    ClientSettings client = good_client();
    client.name = "10.0.0.1";
    CHECK(meet(server_with(host_certificate("10.0.0.1")), client).client == "done");
    CHECK(meet(server_with(host_certificate("10.0.0.2")), client).client == "wrong_name");
}

TEST_CASE("mutual TLS: a client has a certificate of the authority, or is refused") {
    ServerSettings server = server_with(host_certificate());
    server.client_authority = authority_certificate();
    const Meeting good = meet(server, client_with_certificate());
    CHECK(good.server == "done");
    CHECK(good.heard == "pong end");
    const Meeting without = meet(server, good_client());
    CHECK(without.server == "bad_certificate");
    CHECK(without.heard.empty());
    const Meeting unknown = meet(server, client_with_certificate("other_authority"));
    CHECK(unknown.server == "unknown_authority");
    CHECK(unknown.heard.empty());
}

TEST_CASE("versions: the highest that both have, or a refusal") {
    ServerSettings server = server_with(host_certificate());
    server.least = Version::tls1_0;
    server.most = Version::tls1_1;
    const Meeting old = meet(server, good_client());
    CHECK(old.client == "version");
    CHECK(old.heard.empty());
}

TEST_CASE("a server that stalls in the handshake costs the client its own time and no more") {
    for (const auto stall : {ServerSettings::Stall::before_hello, ServerSettings::Stall::inside_flight}) {
        ServerSettings server = server_with(host_certificate());
        server.stall = stall;
        const Meeting meeting = meet(server, good_client());
        CHECK(meeting.client == "ended");
        CHECK_THAT(meeting.client_words, ContainsSubstring("timed out"));
        CHECK(meeting.took == 30s);
        CHECK(meeting.server == "ended");
    }
}

TEST_CASE("what comes while a server stalls is thrown away, not kept for later") {
    runtime::VirtualClock clock(today);
    test::MemoryNetwork network(clock);
    const auto below = network.connect_now();
    Engine client = Engine::client(good_client(), today);
    REQUIRE(client.handshake().has_value());
    const Bytes hello = client.take();
    std::string stalled, shaken;
    Bytes answer(64);
    std::size_t answered = 0;
    const auto serve = [&]() -> Task<void> {
        auto accepted = co_await network.accept();
        TlsStream server(*std::move(accepted), Engine::server(server_with(host_certificate()), today));
        const Refusal silence =
            co_await server.stall(clock, clock.now() + 5s, ServerSettings::Stall::before_hello);
        stalled = silence.what;
        const auto later = co_await server.shake_hands(clock.now() + 5s);
        shaken = later ? "done" : later.error().what;
    };
    const auto ask = [&]() -> Task<void> {
        const auto sent = co_await below->write(hello, clock.now() + 1s);
        CHECK(sent.has_value());
        const auto count = co_await below->read_some(answer, clock.now() + 20s);
        answered = count ? *count : 0;
    };
    runtime::Job serving(clock, serve());
    runtime::Job asking(clock, ask());
    clock.run_until([&] { return serving.done() && asking.done(); });
    CHECK_THAT(stalled, ContainsSubstring("timed out"));
    CHECK_THAT(shaken, ContainsSubstring("timed out"));
    CHECK(answered == 0);
}

namespace {

/// A peer that never pauses, for so many reads; then it ends the connection.
class Flood final : public runtime::Stream {
  public:
    explicit Flood(int reads) noexcept : left_(reads) {}
    Task<runtime::NetResult<std::size_t>> read_some(std::span<std::uint8_t> buffer,
                                                    runtime::TimePoint) override {
        co_return left_-- > 0 ? buffer.size() : std::size_t{0};
    }
    Task<runtime::NetResult<void>> write(ByteView, runtime::TimePoint) override {
        co_return runtime::NetResult<void>{};
    }
    void close() noexcept override {}
    void reset() noexcept override {}
    std::string peer() const override { return "flood"; }

  private:
    int left_;
};

}  // namespace

TEST_CASE("a peer that floods a server that stalls keeps nobody from their turn") {
    runtime::VirtualClock clock(today);
    TlsStream server(std::make_unique<Flood>(1000), Engine::server(server_with(host_certificate()), today));
    bool stalled = false;
    int turns = 0;
    const auto serve = [&]() -> Task<void> {
        const Refusal silence =
            co_await server.stall(clock, clock.now() + 5s, ServerSettings::Stall::before_hello);
        CHECK(silence.reason == Reason::ended);
        stalled = true;
    };
    const auto others = [&]() -> Task<void> {
        for (; !stalled; ++turns) co_await clock.yield();
    };
    runtime::Job serving(clock, serve());
    runtime::Job waiting(clock, others());
    clock.run_until([&] { return serving.done() && waiting.done(); });
    CHECK(turns >= 999);
}

TEST_CASE("a peer that speaks no TLS is told as such") {
    runtime::VirtualClock clock(today);
    test::MemoryNetwork network(clock);
    Meeting meeting;
    TlsStream client(network.connect_now(), Engine::client(good_client(), today));
    std::unique_ptr<runtime::Stream> plain;
    const auto serve = [&]() -> Task<void> {
        auto below = co_await network.accept();
        plain = *std::move(below);
        const Bytes answer(64, std::uint8_t{0x60});
        const auto sent = co_await plain->write(answer, clock.now() + 1s);
        CHECK(sent.has_value());
    };
    runtime::Job serving(clock, serve());
    runtime::Job asking(clock, play_client(clock, client, meeting));
    clock.run_until([&] { return serving.done() && asking.done(); });
    CHECK((meeting.client == "protocol" || meeting.client == "version"));
}

TEST_CASE(
    "certificates of the same words have the same octets, and keys that are none are refused silently") {
    CHECK(host_certificate() == host_certificate());
    CHECK(host_certificate() != host_certificate("other.test"));
    try {
        issue({"x", today, today, Subject::Use::server}, "0123456789ABCDEF", "x", tls_key("authority"));
        FAIL("taken");
    } catch (const std::invalid_argument& error) {
        CHECK_THAT(error.what(), !ContainsSubstring("0123"));
    }
    ServerSettings mixed = server_with(host_certificate());
    mixed.own.key = tls_key("terminal");
    CHECK_THROWS_WITH(Engine::server(mixed, today), "the key is not that of the certificate");
    CHECK_THROWS_WITH(Engine::server(server_with("nothing"), today), "no certificate as PEM");
}

TEST_CASE("profiles: both ends by the keys of fixtures, and wrong ones by one line each") {
    const std::string issuer = "issuer = " + tls_key_in_toml("authority") + "\n";
    const std::string believes = "authority_key = " + tls_key_in_toml("authority") + "\n";
    const auto outcome = [&](const std::string& server, const std::string& client,
                             runtime::WallTime now = today) {
        return meet(server_profile(server).at(today), client_profile(client).at(today), now).client;
    };
    CHECK(outcome(issuer, believes) == "done");
    CHECK(outcome(issuer + "name = 'elsewhere.test'", believes) == "wrong_name");
    CHECK(outcome(issuer + "valid_until = '2026-06-16T02:00:00'", believes) == "done");
    CHECK(outcome(issuer + "valid_until = '2026-06-16T02:00:00'", believes, today + 17h) == "expired");
    CHECK(outcome("issuer = " + tls_key_in_toml("other_authority"), believes) == "unknown_authority");
    CHECK(outcome(issuer + "least = '1.0'\nmost = '1.1'", believes) == "version");
    CHECK(outcome(issuer + "most = '1.2'", believes + "most = '1.2'") == "done");
    CHECK(outcome(issuer + "stall = 'before_hello'", believes) == "ended");

    const std::string mutual = issuer + "client_issuer = " + tls_key_in_toml("authority");
    const std::string own =
        believes + "key = " + tls_key_in_toml("terminal") + "\nissuer = " + tls_key_in_toml("authority");
    CHECK(meet(server_profile(mutual).at(today), client_profile(own).at(today)).heard == "pong end");
    CHECK(meet(server_profile(mutual).at(today), client_profile(believes).at(today)).heard.empty());
}

TEST_CASE("profiles: what cannot be is refused at its key, without a word of a key's text") {
    const std::string issuer = "issuer = " + tls_key_in_toml("authority") + "\n";
    CHECK_THAT(refused(""), ContainsSubstring("'issuer'"));
    CHECK_THAT(refused("issuer = 'x'"), ContainsSubstring("no private key as PEM"));
    CHECK_THAT(refused("certificate = 'x'"), ContainsSubstring("no certificate as PEM"));
    CHECK_THAT(refused(issuer + "certificate = 'x'"), ContainsSubstring("already"));
    CHECK_THAT(refused(issuer + "least = '1.3'\nmost = '1.2'"), ContainsSubstring("older version"));
    CHECK_THAT(refused(issuer + "valid_from = '2026-01-01T00:00:00'\nvalid_until = '2025-01-01T00:00:00'"),
               ContainsSubstring("not after"));
    CHECK_THAT(refused(issuer + "stal = 'none'"), ContainsSubstring("did you mean 'stall'"));
    CHECK_THAT(refused("certificate = 'x'\nvalid_from = '2026-01-01T00:00:00'"),
               ContainsSubstring("'issuer' issues"));
    CHECK_THROWS_WITH(client_profile("name = 'x'"), ContainsSubstring("'authority'"));
    CHECK_THROWS_WITH(client_profile("authority = 'x'"), ContainsSubstring("no certificate of an authority"));
}
