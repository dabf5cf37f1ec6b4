#include "drivers/tls/stream.hpp"

#include <array>
#include <utility>

namespace posbench::tls {
namespace {

using runtime::NetError;
using runtime::NetResult;
using runtime::Task;

/// More than the longest record (RFC 8446, 5.2).
constexpr std::size_t most_octets_at_once = 17 * 1024;

Refusal ended(NetError error) {
    return {Reason::ended, "the connection ended in the handshake: " + std::string(to_string(error))};
}

}  // namespace

TlsStream::TlsStream(std::unique_ptr<runtime::Stream> below, Engine engine)
    : below_(std::move(below)), engine_(std::move(engine)) {}

/// Sends what the engine has to say. Reading may leave something too (a new key of the peer's is
/// acknowledged), so two tasks may come here: the one that is here already takes it along.
Task<NetResult<void>> TlsStream::flush(runtime::TimePoint deadline) {
    if (flushing_) co_return NetResult<void>{};
    flushing_ = true;
    NetResult<void> sent{};
    for (Bytes octets = engine_.take(); sent && !octets.empty(); octets = engine_.take())
        sent = co_await below_->write(octets, deadline);
    flushing_ = false;
    co_return sent;
}

/// Feeds the engine once; the end of the stream below is noted.
Task<NetResult<void>> TlsStream::fill(runtime::TimePoint deadline) {
    Bytes octets(most_octets_at_once);
    const auto count = co_await below_->read_some(octets, deadline);
    if (!count) co_return count.error();
    below_ended_ = *count == 0;
    engine_.feed(ByteView(octets).first(*count));
    co_return NetResult<void>{};
}

Task<Result<void, Refusal>> TlsStream::shake_hands(runtime::TimePoint deadline) {
    for (;;) {
        const auto progress = engine_.handshake();
        const auto sent = co_await flush(deadline);
        if (!progress) co_return progress.error();
        if (!sent) co_return ended(sent.error());
        if (*progress == Engine::Progress::done) co_return Result<void, Refusal>{};
        const auto filled = co_await fill(deadline);
        if (!filled) co_return ended(filled.error());
        if (below_ended_) co_return ended(NetError::closed);
    }
}

Task<Refusal> TlsStream::stall(runtime::Clock& clock, runtime::TimePoint deadline,
                               ServerSettings::Stall where) {
    if (where == ServerSettings::Stall::inside_flight) {
        const auto sent = co_await send_half_a_flight(deadline);
        if (!sent) co_return sent.error();
    }
    std::array<std::uint8_t, 4096> unread{};
    while (clock.now() < deadline) {
        const auto count = co_await below_->read_some(unread, deadline);
        if (!count) co_return ended(count.error());
        if (*count == 0) co_return ended(NetError::closed);
        // Octets that are there are read without waiting: a peer that never pauses must not keep others from
        // their turn.
        co_await clock.yield();
    }
    co_return ended(NetError::timed_out);
}

/// Answers the client's hello with half of what is due.
Task<Result<void, Refusal>> TlsStream::send_half_a_flight(runtime::TimePoint deadline) {
    for (;;) {
        const auto progress = engine_.handshake();
        if (!progress) {
            co_await flush(deadline);  // the alert; that it does not arrive changes nothing
            co_return progress.error();
        }
        const Bytes flight = engine_.take();
        if (!flight.empty()) {
            const auto sent = co_await below_->write(ByteView(flight).first(flight.size() / 2), deadline);
            if (!sent) co_return ended(sent.error());
            co_return Result<void, Refusal>{};
        }
        const auto filled = co_await fill(deadline);
        if (!filled) co_return ended(filled.error());
        if (below_ended_) co_return ended(NetError::closed);
    }
}

Task<NetResult<std::size_t>> TlsStream::read_some(std::span<std::uint8_t> buffer,
                                                  runtime::TimePoint deadline) {
    for (;;) {
        const auto count = engine_.read(buffer);
        const auto sent = co_await flush(deadline);
        if (!count) {
            below_->reset();
            co_return NetError::failed;
        }
        if (*count > 0) co_return *count;
        if (!sent) co_return sent.error();
        if (engine_.ended() || below_ended_) co_return std::size_t{0};
        const auto filled = co_await fill(deadline);
        if (!filled) co_return filled.error();
    }
}

Task<NetResult<void>> TlsStream::write(ByteView data, runtime::TimePoint deadline) {
    const auto taken = engine_.write(data);
    if (!taken) co_return NetError::failed;
    co_return co_await flush(deadline);
}

void TlsStream::close() noexcept {
    below_->close();
}

void TlsStream::reset() noexcept {
    below_->reset();
}

std::string TlsStream::peer() const {
    return below_->peer();
}

}  // namespace posbench::tls
