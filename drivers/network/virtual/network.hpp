#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>

#include "bench/runtime/clock.hpp"
#include "bench/runtime/random.hpp"
#include "bench/runtime/stream.hpp"
#include "bench/runtime/sync.hpp"
#include "bench/trace/recorder.hpp"
#include "drivers/network/network.hpp"
#include "drivers/network/profile.hpp"
#include "drivers/network/virtual/connection.hpp"
#include "drivers/network/virtual/link.hpp"
#include "drivers/network/virtual/settings.hpp"
#include "drivers/network/virtual/tcp_stream.hpp"

namespace posbench::network::virtual_net {

/// The network of a run in virtual time: one terminal interface, one link, one listening host
/// (drivers/network/README.md is its model). Outlives the streams it made.
class VirtualNetwork final : public Network,
                             private runtime::Connector,
                             private runtime::Listener,
                             private Link::Receiver,
                             private Exchange,
                             private TcpStream::Owner {
  public:
    VirtualNetwork(runtime::Clock& clock, trace::Recorder& trace, const runtime::Random& random,
                   Settings settings);
    ~VirtualNetwork() override;

    void start() override;
    void change(const config::Value& figures) override;
    void cut(Cut mode) override { link_.cut(mode); }
    void restore(Why why) override;
    void verify() override;
    runtime::Endpoint host_endpoint() const override;
    runtime::Listener& listener() override { return *this; }
    runtime::Connector* connector() noexcept override { return this; }

    /// Connections of which anything is left, for tests of tidiness.
    std::size_t connections() const noexcept { return connections_.size(); }

  private:
    // runtime::Connector
    runtime::Task<runtime::NetResult<std::unique_ptr<runtime::Stream>>> connect(
        runtime::Endpoint endpoint, runtime::TimePoint deadline) override;
    // runtime::Listener
    runtime::Task<runtime::NetResult<std::unique_ptr<runtime::Stream>>> accept() override;
    void set_open(bool open) override;
    runtime::Endpoint endpoint() const override { return host_endpoint(); }
    // Link::Receiver
    void deliver(Connection& connection, Direction direction, const Segment& segment,
                 ByteView payload) override;
    // Exchange
    void transmit(Connection& connection, Direction direction, const Segment& segment,
                  ByteView payload) override;
    void established(Connection& connection) override;
    void release(Connection& connection) override;
    // TcpStream::Owner
    void let_go(Connection& connection, Direction side, bool vanished) noexcept override;

    Connection& make_connection(runtime::Endpoint target);
    std::unique_ptr<TcpStream> hold(Connection& connection, Direction side);
    void deliver_syn(Connection& connection, const Segment& segment);
    void answer_for_vanished(Connection& connection, Direction direction, const Segment& segment);

    runtime::Clock& clock_;
    trace::Recorder& trace_;
    Settings settings_;  ///< in force
    Link link_;
    runtime::Random dialling_;
    std::int64_t dialled_ = 0;  ///< connections that waited for Profile::connect
    runtime::Duration total_dialling_{};

    std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections_;
    std::uint64_t made_ = 0;   ///< connections the terminal began
    std::uint64_t taken_ = 0;  ///< connections the host's port took

    bool open_ = true;
    std::uint64_t closings_ = 0;  ///< of the port, for accept()
    runtime::Condition port_changed_;
    std::deque<std::unique_ptr<TcpStream>> backlog_;  ///< established, not yet accepted
};

}  // namespace posbench::network::virtual_net
