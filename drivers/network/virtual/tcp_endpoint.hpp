#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/clock.hpp"
#include "bench/runtime/stream.hpp"
#include "bench/runtime/sync.hpp"
#include "drivers/network/virtual/buffers.hpp"
#include "drivers/network/virtual/member_timer.hpp"
#include "drivers/network/virtual/round_trip.hpp"
#include "drivers/network/virtual/segment.hpp"

namespace posbench::network::virtual_net {

/// The figures of TCP that a profile may set under [tcp]; Linux's defaults.
struct TcpSettings {
    std::size_t mss = 1460;   ///< octets of payload a segment, at most
    int syn_retries = 6;      ///< SYNs repeated: gives up after 127 s
    int syn_ack_retries = 5;  ///< SYN-ACKs repeated
    int retries = 15;         ///< repetitions of one segment without an answer (tcp_retries2)
};

class TcpEndpoint;

/// What an endpoint needs of the world.
class Wire {
  public:
    virtual void transmit(TcpEndpoint& from, const Segment& segment, ByteView payload) = 0;
    /// A handshake was completed from outside: accept() may return it.
    virtual void established(TcpEndpoint& endpoint) = 0;
    /// A timer of this endpoint gave up. The endpoint may be destroyed by the call.
    virtual void settled(TcpEndpoint& endpoint) = 0;

  protected:
    ~Wire() = default;
};

/// One end of a connection: TCP as drivers/network/README.md describes it. It knows neither link nor
/// coroutines; TcpStream waits on its conditions.
class TcpEndpoint {
  public:
    enum class State {
        unused,  ///< no segment was sent or taken yet
        syn_sent,
        syn_received,
        established,  ///< also while and after either side ends its stream
        closed,       ///< refused, reset, given up or abandoned: answers with RST
        vanished,     ///< the device lost its power: answers nothing
    };

    TcpEndpoint(runtime::Clock& clock, Wire& wire, const TcpSettings& settings) noexcept
        : clock_(clock), wire_(wire), settings_(settings) {}
    TcpEndpoint(const TcpEndpoint&) = delete;
    TcpEndpoint& operator=(const TcpEndpoint&) = delete;

    // What the application does.
    void open();                       ///< sends the SYN
    void abandon() noexcept;           ///< the caller's deadline passed before the connection stood
    std::size_t write(ByteView data);  ///< takes what fits into the send buffer
    std::size_t read(std::span<std::uint8_t> buffer);
    void close();
    void reset();
    void vanish() noexcept;

    // What the link does.
    /// A SYN that the listening port takes. Precondition: unused, or closed before the handshake was over.
    void accept_syn();
    void on_segment(const Segment& segment, ByteView payload);

    State state() const noexcept { return state_; }
    bool connecting() const noexcept { return state_ == State::syn_sent; }
    /// Why the connection ended, if it ended badly or by close() or reset() of this side.
    std::optional<runtime::NetError> error() const noexcept { return error_; }
    bool readable() const noexcept { return received_.readable(); }
    bool peer_ended() const noexcept { return received_.ended(); }
    bool closed_here() const noexcept { return closed_here_; }
    /// No timer is armed: nothing more comes from this end by itself.
    bool quiet() const noexcept { return !retransmission_.armed() && !output_.armed(); }

    runtime::Condition& incoming() noexcept { return incoming_; }  ///< octets, an end or an error
    runtime::Condition& progress() noexcept { return progress_; }  ///< connected, room to write, or an error

  private:
    void on_segment_connecting(const Segment& segment);
    void on_segment_open(const Segment& segment, ByteView payload);
    void on_acknowledgement(const Segment& segment);
    void on_octets(const Segment& segment, ByteView payload);

    void send_handshake();
    void output();
    bool send_next(bool forced);
    void send_acknowledgement();
    void send(std::uint8_t flags, std::uint64_t seq, ByteView payload, int attempt);

    std::uint64_t data_end() const noexcept { return unsent_base_ + outgoing_.size(); }
    bool end_pending() const noexcept { return closed_here_ && next_ == data_end(); }
    bool may_send(std::size_t length) const noexcept;
    void time_segment(std::uint64_t end, bool repeated) noexcept;
    void arm_retransmission();
    void on_timeout();
    bool out_of_retries() const noexcept;
    void connected();
    void fail(runtime::NetError error);

    runtime::Clock& clock_;
    Wire& wire_;
    const TcpSettings& settings_;
    State state_ = State::unused;
    std::optional<runtime::NetError> error_;
    bool closed_here_ = false;

    // Sending. Sequence numbers: acknowledged_ <= next_ <= furthest_.
    OctetQueue outgoing_;             ///< written and not yet acknowledged
    std::uint64_t unsent_base_ = 1;   ///< sequence number of the first octet in outgoing_
    std::uint64_t acknowledged_ = 0;  ///< first not acknowledged
    std::uint64_t next_ = 0;          ///< next to send
    std::uint64_t furthest_ = 0;      ///< behind the last ever sent
    std::uint64_t peer_edge_ = 1;     ///< the peer takes octets up to here
    std::size_t window_segments_ = initial_window;
    int retries_ = 0;
    int doublings_ = 0;
    RoundTrip round_trip_;
    std::uint64_t timed_end_ = 0;  ///< the segment being timed ends here; 0: none is
    runtime::TimePoint timed_at_{};

    Reassembly received_;
    std::uint64_t offered_edge_ = 0;  ///< the receive window as last told to the peer

    runtime::Condition incoming_;
    runtime::Condition progress_;
    MemberTimer<TcpEndpoint, &TcpEndpoint::on_timeout> retransmission_{*this};
    MemberTimer<TcpEndpoint, &TcpEndpoint::output> output_{*this};

    static constexpr std::size_t initial_window = 10;  ///< segments (RFC 6928)
    static constexpr std::size_t send_buffer = 65'536;
};

}  // namespace posbench::network::virtual_net
