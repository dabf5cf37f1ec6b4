#include "drivers/network/virtual/tcp_stream.hpp"

#include <stdexcept>
#include <utility>

namespace posbench::network::virtual_net {

using runtime::NetError;
using runtime::NetResult;
using runtime::Task;
using runtime::TimePoint;

TcpStream::TcpStream(runtime::Clock& clock, Owner& owner, Connection& connection, Direction side,
                     std::string peer) noexcept
    : clock_(clock), owner_(owner), connection_(connection), side_(side), peer_(std::move(peer)) {
    ++connection_.streams;
}

TcpStream::~TcpStream() {
    --connection_.streams;
    owner_.let_go(connection_, side_, !closed_);
}

Task<NetResult<void>> TcpStream::connected(TimePoint deadline) {
    while (end().connecting()) {
        const bool in_time = co_await end().progress().wait(clock_, deadline);
        if (in_time || !end().connecting()) continue;
        end().abandon();
        closed_ = true;
        co_return NetError::timed_out;
    }
    if (end().error()) {
        closed_ = true;
        co_return *end().error();
    }
    co_return NetResult<void>{};
}

Task<NetResult<std::size_t>> TcpStream::read_some(std::span<std::uint8_t> buffer, TimePoint deadline) {
    if (buffer.empty()) throw std::invalid_argument("read_some needs room for an octet at least");
    for (;;) {
        if (closed_) co_return NetError::closed;
        if (end().readable()) co_return end().read(buffer);
        if (end().peer_ended()) co_return std::size_t{0};
        if (end().error()) co_return *end().error();
        const bool in_time = co_await end().incoming().wait(clock_, deadline);
        if (!in_time && !end().readable() && !end().peer_ended() && !end().error())
            co_return NetError::timed_out;
    }
}

Task<NetResult<void>> TcpStream::write(ByteView data, TimePoint deadline) {
    for (;;) {
        if (closed_) co_return NetError::closed;
        if (end().error()) co_return *end().error();
        data = data.subspan(end().write(data));
        if (data.empty()) co_return NetResult<void>{};
        const bool in_time = co_await end().progress().wait(clock_, deadline);
        if (!in_time) co_return NetError::timed_out;
    }
}

void TcpStream::close() noexcept {
    closed_ = true;
    end().close();
}

void TcpStream::reset() noexcept {
    closed_ = true;
    end().reset();
}

}  // namespace posbench::network::virtual_net
