#include "drivers/network/virtual/network.hpp"

#include <algorithm>
#include <utility>

#include "bench/config/value.hpp"
#include "drivers/network/virtual/proof.hpp"

namespace posbench::network::virtual_net {
namespace {

using runtime::Duration;
using runtime::NetError;
using runtime::NetResult;
using runtime::Stream;
using runtime::Task;
using runtime::TimePoint;

constexpr const char* host_address = "10.0.0.1";
constexpr std::uint16_t host_port = 8583;
constexpr const char* terminal_address = "10.0.0.2";
constexpr std::uint16_t first_port = 40001;
constexpr std::uint16_t ports = 20'000;
constexpr std::size_t longest_backlog = 128;

}  // namespace

VirtualNetwork::VirtualNetwork(runtime::Clock& clock, trace::Recorder& trace, const runtime::Random& random,
                               Settings settings)
    : clock_(clock),
      trace_(trace),
      settings_(std::move(settings)),
      link_(clock, trace, random, *this),
      dialling_(random.fork("network.connect")) {}

VirtualNetwork::~VirtualNetwork() = default;

// ---- the role

void VirtualNetwork::start() {
    link_.apply(settings_.profile, settings_.profile.name, true);
}

void VirtualNetwork::change(const config::Value& figures) {
    config::Value document = settings_.document;
    config::merge(document, figures);
    Settings changed = read_settings(document);
    const bool blackouts_too = changed.profile.blackouts != settings_.profile.blackouts;
    settings_ = std::move(changed);
    link_.apply(settings_.profile, "(changed)", blackouts_too);
}

void VirtualNetwork::restore(Why why) {
    link_.restore(why == Why::step ? "step" : "closing");
}

void VirtualNetwork::verify() {
    const Proof proof(trace_);
    for (const Direction direction : {Direction::up, Direction::down})
        proof.path(direction, link_.path(direction).passages());
    proof.blackouts(link_.blackouts().records());
    proof.cuts(link_.cuts());
    if (settings_.profile.connect.high.count() > 0)
        proof.connect(settings_.profile.connect, dialled_, total_dialling_);
}

runtime::Endpoint VirtualNetwork::host_endpoint() const {
    return {host_address, host_port};
}

// ---- the terminal's interface

Task<NetResult<std::unique_ptr<Stream>>> VirtualNetwork::connect(runtime::Endpoint endpoint,
                                                                 TimePoint deadline) {
    const Duration dialling = settings_.profile.connect.draw(dialling_);
    if (dialling.count() > 0) {
        const TimePoint ready = clock_.now() + dialling;
        co_await clock_.sleep_until(std::min(ready, deadline));
        if (ready > deadline) co_return NetError::timed_out;
        ++dialled_;
        total_dialling_ += dialling;
    }
    Connection& connection = make_connection(std::move(endpoint));
    std::unique_ptr<TcpStream> stream = hold(connection, Direction::up);
    connection.client.open();
    const NetResult<void> outcome = co_await stream->connected(deadline);
    if (!outcome) co_return outcome.error();
    co_return std::unique_ptr<Stream>(std::move(stream));
}

Connection& VirtualNetwork::make_connection(runtime::Endpoint target) {
    const auto port = static_cast<std::uint16_t>(first_port + made_ % ports);
    auto made = std::make_unique<Connection>(clock_, static_cast<Exchange&>(*this), settings_.tcp,
                                             std::move(target), port);
    made->number = ++made_;
    return *(connections_[made_] = std::move(made));
}

std::unique_ptr<TcpStream> VirtualNetwork::hold(Connection& connection, Direction side) {
    std::string peer = side == Direction::up
                           ? connection.target.to_string()
                           : runtime::Endpoint{terminal_address, connection.port}.to_string();
    return std::make_unique<TcpStream>(clock_, static_cast<TcpStream::Owner&>(*this), connection, side,
                                       std::move(peer));
}

// ---- the host's port

Task<NetResult<std::unique_ptr<Stream>>> VirtualNetwork::accept() {
    const std::uint64_t closings = closings_;
    while (backlog_.empty()) {
        co_await port_changed_.wait(clock_);
        if (closings_ != closings) co_return NetError::closed;
    }
    std::unique_ptr<Stream> stream = std::move(backlog_.front());
    backlog_.pop_front();
    co_return std::move(stream);
}

void VirtualNetwork::set_open(bool open) {
    if (open == open_) return;
    open_ = open;
    if (open_) return;
    ++closings_;
    for (const auto& stream : backlog_) stream->reset();
    backlog_.clear();
    port_changed_.notify_all();
}

void VirtualNetwork::established(Connection& connection) {
    if (!open_) {
        connection.server.reset();
        return;
    }
    backlog_.push_back(hold(connection, Direction::down));
    port_changed_.notify_all();
}

// ---- segments

void VirtualNetwork::transmit(Connection& connection, Direction direction, const Segment& segment,
                              ByteView payload) {
    if (link_.send(connection, direction, segment, payload)) ++connection.under_way;
}

void VirtualNetwork::deliver(Connection& connection, Direction direction, const Segment& segment,
                             ByteView payload) {
    --connection.under_way;
    TcpEndpoint& receiver = connection.receiver(direction);
    if (connection.target.address != host_address) {
        // Nobody has that address: the segment is gone, and nobody says so.
    } else if (receiver.state() == TcpEndpoint::State::vanished) {
        answer_for_vanished(connection, direction, segment);
    } else if (direction == Direction::up && segment.flags == Segment::syn) {
        deliver_syn(connection, segment);
    } else {
        receiver.on_segment(segment, payload);
    }
    release(connection);
}

void VirtualNetwork::deliver_syn(Connection& connection, const Segment& segment) {
    using State = TcpEndpoint::State;
    TcpEndpoint& server = connection.server;
    const bool fresh = server.state() == State::unused || server.state() == State::closed;
    const bool served = connection.target == host_endpoint() && open_;
    if (link_.refuses_connections() || (fresh && !served)) {
        transmit(connection, Direction::down, Segment{Segment::rst | Segment::ack, 0, 1, 0, 1}, {});
    } else if (!fresh) {
        server.on_segment(segment, {});
    } else if (backlog_.size() < longest_backlog) {
        ++taken_;
        server.accept_syn();
    }
}

/// A device without power answers nothing; one that runs again, and knows nothing of the connection, resets
/// it.
void VirtualNetwork::answer_for_vanished(Connection& connection, Direction direction,
                                         const Segment& segment) {
    const bool runs_again = direction == Direction::up ? taken_ > connection.server_vanished_at
                                                       : made_ > connection.client_vanished_at;
    if (!runs_again || segment.has(Segment::rst)) return;
    const Direction back = direction == Direction::up ? Direction::down : Direction::up;
    transmit(connection, back, Segment{Segment::rst | Segment::ack, segment.acknowledged, segment.seq, 0, 1},
             {});
}

void VirtualNetwork::release(Connection& connection) {
    if (connection.over()) connections_.erase(connection.number);
}

void VirtualNetwork::let_go(Connection& connection, Direction side, bool vanished) noexcept {
    if (vanished) {
        connection.end(side).vanish();
        (side == Direction::up ? connection.client_vanished_at : connection.server_vanished_at) =
            side == Direction::up ? made_ : taken_;
    }
    release(connection);
}

}  // namespace posbench::network::virtual_net
