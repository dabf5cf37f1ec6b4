#pragma once

#include <span>
#include <string>

#include "bench/runtime/clock.hpp"
#include "bench/runtime/stream.hpp"
#include "drivers/network/virtual/connection.hpp"

namespace posbench::network::virtual_net {

/// An application's hold on one end of a connection. The network outlives its streams.
class TcpStream final : public runtime::Stream {
  public:
    class Owner {
      public:
        /// The stream is gone; when it was not closed the device has lost its power.
        virtual void let_go(Connection& connection, Direction side, bool vanished) noexcept = 0;

      protected:
        ~Owner() = default;
    };

    /// @param side whose end it is: `up` for the end that sends up
    TcpStream(runtime::Clock& clock, Owner& owner, Connection& connection, Direction side,
              std::string peer) noexcept;
    ~TcpStream() override;

    /// @throws std::invalid_argument for an empty buffer
    runtime::Task<runtime::NetResult<std::size_t>> read_some(std::span<std::uint8_t> buffer,
                                                             runtime::TimePoint deadline) override;
    runtime::Task<runtime::NetResult<void>> write(ByteView data, runtime::TimePoint deadline) override;
    void close() noexcept override;
    void reset() noexcept override;
    std::string peer() const override { return peer_; }

    /// Waits for the handshake that open() began.
    runtime::Task<runtime::NetResult<void>> connected(runtime::TimePoint deadline);

  private:
    TcpEndpoint& end() noexcept { return connection_.end(side_); }

    runtime::Clock& clock_;
    Owner& owner_;
    Connection& connection_;
    Direction side_;
    bool closed_ = false;
    std::string peer_;
};

}  // namespace posbench::network::virtual_net
