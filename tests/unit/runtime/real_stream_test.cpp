#include "bench/runtime/real_stream.hpp"

#include <array>
#include <numeric>
#include <optional>

#include <sys/socket.h>
#include <unistd.h>

#include "bench/runtime/job.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::runtime;

namespace {

using StreamResult = NetResult<std::unique_ptr<Stream>>;

template <class T>
Task<void> keep(Task<T> task, std::optional<T>& out) {
    out.emplace(co_await std::move(task));
}

/// Runs one operation to its end.
template <class T>
T finish(RealClock& clock, Task<T> task) {
    std::optional<T> out;
    Job job(clock, keep(std::move(task), out));
    clock.run_until([&] { return job.done(); });
    return std::move(*out);
}

struct Pair {
    std::unique_ptr<Stream> left;
    std::unique_ptr<Stream> right;
};

Pair connect_pair(RealClock& clock, Listener& listener,
                  Acknowledge acknowledge = Acknowledge::when_convenient) {
    const auto connector = make_tcp_connector(clock, acknowledge);
    std::optional<StreamResult> accepted;
    Job accepting(clock, keep(listener.accept(), accepted));
    StreamResult client = finish(clock, connector->connect(listener.endpoint(), clock.now() + 10s));
    clock.run_until([&] { return accepting.done(); });
    return {std::move(client).value(), std::move(*accepted).value()};
}

Pair local_pair(RealClock& clock) {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    return {adopt_stream(clock, ends[0], "left"), adopt_stream(clock, ends[1], "right")};
}

NetResult<std::size_t> read_once(RealClock& clock, Stream& stream, std::span<std::uint8_t> buffer) {
    return finish(clock, stream.read_some(buffer, clock.now() + 10s));
}

std::size_t read_count(RealClock& clock, Stream& stream, std::span<std::uint8_t> buffer) {
    return read_once(clock, stream, buffer).value();
}

void write_all(RealClock& clock, Stream& stream, ByteView data) {
    finish(clock, stream.write(data, clock.now() + 10s)).value();
}

}  // namespace

TEST_CASE("TCP: octets go both ways, and an orderly end reads as zero") {
    RealClock clock(WallTime{});
    const auto listener = make_tcp_listener(clock, {"127.0.0.1", 0});
    CHECK(listener->endpoint().port != 0);
    const auto acknowledge = GENERATE(Acknowledge::when_convenient, Acknowledge::at_once);
    auto [client, server] = connect_pair(clock, *listener, acknowledge);
    CHECK(client->peer() == listener->endpoint().to_string());
    CHECK(server->peer().starts_with("127.0.0.1:"));

    std::array<std::uint8_t, 8> buffer{};
    write_all(clock, *client, hex("0102"));
    CHECK(read_count(clock, *server, buffer) == 2);
    write_all(clock, *server, hex("030405"));
    CHECK(read_count(clock, *client, buffer) == 3);
    CHECK(buffer[2] == 5);

    client->close();
    CHECK(read_count(clock, *server, buffer) == 0);
    CHECK(read_once(clock, *client, buffer).error() == NetError::closed);
    CHECK(finish(clock, client->write(hex("00"), never)).error() == NetError::closed);
}

TEST_CASE("TCP: an abortive end and a destroyed stream are told apart by the peer") {
    RealClock clock(WallTime{});
    const auto listener = make_tcp_listener(clock, {"127.0.0.1", 0});
    std::array<std::uint8_t, 8> buffer{};

    auto aborted = connect_pair(clock, *listener);
    aborted.left->reset();
    CHECK(read_once(clock, *aborted.right, buffer).error() == NetError::reset);

    auto dropped = connect_pair(clock, *listener);
    dropped.left.reset();
    CHECK(read_count(clock, *dropped.right, buffer) == 0);
}

TEST_CASE("a read gives up at its deadline and loses nothing that arrives later") {
    RealClock clock(WallTime{});
    auto [left, right] = local_pair(clock);
    std::array<std::uint8_t, 4> buffer{};
    const TimePoint deadline = clock.now() + 2ms;
    CHECK(finish(clock, left->read_some(buffer, deadline)).error() == NetError::timed_out);
    CHECK(clock.now() >= deadline);
    write_all(clock, *right, hex("AA"));
    CHECK(read_count(clock, *left, buffer) == 1);
    CHECK(buffer[0] == 0xAA);
    CHECK(left->peer() == "left");
}

TEST_CASE("a stream that a read has emptied still gives what comes, and its end, also at a passed deadline") {
    RealClock clock(WallTime{});
    auto [left, right] = local_pair(clock);
    std::array<std::uint8_t, 8> buffer{};
    write_all(clock, *left, hex("01"));
    CHECK(read_count(clock, *right, buffer) == 1);
    write_all(clock, *left, hex("0203"));
    CHECK(finish(clock, right->read_some(buffer, clock.now())).value() == 2);
    CHECK(finish(clock, right->read_some(buffer, clock.now())).error() == NetError::timed_out);
    write_all(clock, *left, hex("04"));
    CHECK(read_count(clock, *right, buffer) == 1);
    left->close();
    CHECK(read_count(clock, *right, buffer) == 0);
    CHECK(read_count(clock, *right, buffer) == 0);
}

TEST_CASE("a read whose coroutine is destroyed takes nothing from the stream") {
    RealClock clock(WallTime{});
    auto [left, right] = local_pair(clock);
    std::optional<NetResult<std::size_t>> never_set;
    {
        std::array<std::uint8_t, 4> gone{};
        Job job(clock, keep(left->read_some(gone, never), never_set));
        CHECK(job.running());
    }
    write_all(clock, *right, hex("0B0C"));
    std::array<std::uint8_t, 4> buffer{};
    CHECK(read_count(clock, *left, buffer) == 2);
    CHECK(buffer[1] == 0x0C);
    CHECK_FALSE(never_set);
}

TEST_CASE("closing a stream wakes its reader with closed; so does destroying it") {
    RealClock clock(WallTime{});
    auto [left, right] = local_pair(clock);
    std::array<std::uint8_t, 4> buffer{};
    std::optional<NetResult<std::size_t>> read_left, read_right;
    Job first(clock, keep(left->read_some(buffer, never), read_left));
    left->close();
    clock.run_until([&] { return first.done(); });
    CHECK(read_left->error() == NetError::closed);

    auto other = local_pair(clock);
    Job second(clock, keep(other.right->read_some(buffer, never), read_right));
    other.right.reset();
    clock.run_until([&] { return second.done(); });
    CHECK(read_right->error() == NetError::closed);
}

TEST_CASE("a write larger than all buffers waits for its reader, and times out without one") {
    RealClock clock(WallTime{});
    auto [left, right] = local_pair(clock);
    Bytes sent(4 << 20);
    std::iota(sent.begin(), sent.end(), std::uint8_t{0});
    CHECK(finish(clock, left->write(sent, clock.now() + 1ms)).error() == NetError::timed_out);

    auto fresh = local_pair(clock);
    std::optional<NetResult<void>> written;
    Job writer(clock, keep(fresh.left->write(sent, never), written));
    CHECK(writer.running());
    Bytes received(sent.size());
    finish(clock, read_exactly(*fresh.right, received, clock.now() + 30s)).value();
    clock.run_until([&] { return writer.done(); });
    CHECK(written->has_value());
    CHECK(received == sent);
}

TEST_CASE("a closed port refuses, stays reserved, and opens again with the same number") {
    RealClock clock(WallTime{});
    const auto listener = make_tcp_listener(clock, {"127.0.0.1", 0});
    const auto connector = make_tcp_connector(clock);
    const Endpoint endpoint = listener->endpoint();

    std::optional<StreamResult> accepted;
    Job accepting(clock, keep(listener->accept(), accepted));
    listener->set_open(false);
    clock.run_until([&] { return accepting.done(); });
    CHECK(accepted->error() == NetError::closed);
    for (int attempt = 0; attempt < 3; ++attempt)
        CHECK(finish(clock, connector->connect(endpoint, clock.now() + 10s)).error() == NetError::refused);

    std::optional<StreamResult> later;
    Job waiting(clock, keep(listener->accept(), later));
    listener->set_open(true);
    CHECK(listener->endpoint() == endpoint);
    const auto client = finish(clock, connector->connect(endpoint, clock.now() + 10s));
    REQUIRE(client.has_value());
    clock.run_until([&] { return waiting.done(); });
    CHECK(later->has_value());
}

TEST_CASE("connection attempts: a name is no address, and an occupied port cannot be taken") {
    RealClock clock(WallTime{});
    const auto connector = make_tcp_connector(clock);
    CHECK(finish(clock, connector->connect({"localhost", 1}, never)).error() == NetError::failed);
    CHECK_THROWS_WITH(make_tcp_listener(clock, {"acquirer", 1}),
                      Catch::Matchers::ContainsSubstring("acquirer"));
    const auto listener = make_tcp_listener(clock, {"127.0.0.1", 0});
    CHECK_THROWS_WITH(make_tcp_listener(clock, listener->endpoint()),
                      Catch::Matchers::ContainsSubstring(listener->endpoint().to_string()));
}

TEST_CASE("a pipe can be read until its writer is gone") {
    RealClock clock(WallTime{});
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const auto stream = adopt_stream(clock, ends[0], "pipe");
    std::array<std::uint8_t, 4> buffer{};
    REQUIRE(::write(ends[1], "x", 1) == 1);
    CHECK(read_count(clock, *stream, buffer) == 1);
    ::close(ends[1]);
    CHECK(read_count(clock, *stream, buffer) == 0);
}
