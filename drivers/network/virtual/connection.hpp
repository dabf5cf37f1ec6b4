#pragma once

#include <cstdint>
#include <string>

#include "bench/runtime/clock.hpp"
#include "bench/runtime/stream.hpp"
#include "drivers/network/virtual/segment.hpp"
#include "drivers/network/virtual/tcp_endpoint.hpp"

namespace posbench::network::virtual_net {

class Connection;

/// What a connection tells the network it belongs to.
class Exchange {
  public:
    virtual void transmit(Connection& connection, Direction direction, const Segment& segment,
                          ByteView payload) = 0;
    virtual void established(Connection& connection) = 0;
    /// Something ended that may have been the last to keep the connection: it may be destroyed by the call.
    virtual void release(Connection& connection) = 0;

  protected:
    ~Exchange() = default;
};

/// Both ends of a connection and what keeps it: streams that hold an end, and segments under way.
class Connection final : private Wire {
  public:
    Connection(runtime::Clock& clock, Exchange& exchange, const TcpSettings& settings,
               runtime::Endpoint wanted, std::uint16_t local_port)
        : target(std::move(wanted)),
          port(local_port),
          client(clock, *this, settings),
          server(clock, *this, settings),
          exchange_(exchange) {}

    TcpEndpoint& end(Direction sender) noexcept { return sender == Direction::up ? client : server; }
    TcpEndpoint& receiver(Direction direction) noexcept {
        return direction == Direction::up ? server : client;
    }
    /// Nothing can happen here any more.
    bool over() const noexcept { return streams == 0 && under_way == 0 && client.quiet() && server.quiet(); }

    const runtime::Endpoint target;
    const std::uint16_t port;  ///< the client's
    TcpEndpoint client;
    TcpEndpoint server;
    int streams = 0;
    int under_way = 0;
    std::uint64_t client_vanished_at = 0;  ///< connections the terminal had made when this end vanished
    std::uint64_t server_vanished_at = 0;  ///< connections the host had taken
    std::uint64_t number = 0;

  private:
    void transmit(TcpEndpoint& from, const Segment& segment, ByteView payload) override {
        exchange_.transmit(*this, &from == &client ? Direction::up : Direction::down, segment, payload);
    }
    void established(TcpEndpoint&) override { exchange_.established(*this); }
    void settled(TcpEndpoint&) override { exchange_.release(*this); }

    Exchange& exchange_;
};

}  // namespace posbench::network::virtual_net
