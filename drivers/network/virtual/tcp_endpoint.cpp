#include "drivers/network/virtual/tcp_endpoint.hpp"

#include <algorithm>

namespace posbench::network::virtual_net {

using runtime::NetError;
using runtime::TimePoint;

// ---- the application's side

void TcpEndpoint::open() {
    state_ = State::syn_sent;
    send_handshake();
}

void TcpEndpoint::abandon() noexcept {
    fail(NetError::timed_out);
}

std::size_t TcpEndpoint::write(ByteView data) {
    const std::size_t room = send_buffer - std::min(send_buffer, outgoing_.size());
    const std::size_t taken = std::min(room, data.size());
    outgoing_.append(data.first(taken));
    if (!output_.armed()) output();
    return taken;
}

std::size_t TcpEndpoint::read(std::span<std::uint8_t> buffer) {
    const std::size_t count = received_.read(buffer);
    // Tells a sender that may be waiting for room (RFC 9293, 3.8.6.2.2), not after every read.
    const std::uint64_t edge = received_.expected() + received_.window();
    const bool was_short = offered_edge_ < received_.expected() + Reassembly::capacity / 2;
    if (state_ == State::established && was_short && edge >= offered_edge_ + Reassembly::capacity / 2)
        send_acknowledgement();
    return count;
}

void TcpEndpoint::close() {
    if (closed_here_) return;
    closed_here_ = true;
    incoming_.notify_all();
    progress_.notify_all();
    received_.clear();
    if (state_ != State::established) return;
    if (!output_.armed()) output();
}

void TcpEndpoint::reset() {
    const bool tell = state_ == State::established || state_ == State::syn_received;
    closed_here_ = true;
    if (tell) send(Segment::rst | Segment::ack, next_, {}, 1);
    received_.clear();
    fail(NetError::closed);
}

void TcpEndpoint::vanish() noexcept {
    fail(NetError::closed);
    received_.clear();
    state_ = State::vanished;
}

void TcpEndpoint::fail(NetError error) {
    state_ = State::closed;
    if (!error_) error_ = error;
    outgoing_.clear();
    retransmission_.disarm();
    output_.disarm();
    incoming_.notify_all();
    progress_.notify_all();
}

// ---- segments in

void TcpEndpoint::accept_syn() {
    state_ = State::syn_received;
    error_.reset();
    retries_ = doublings_ = 0;
    send_handshake();
}

void TcpEndpoint::on_segment(const Segment& segment, ByteView payload) {
    switch (state_) {
        case State::vanished:
            return;
        case State::unused:
        case State::closed:
            if (!segment.has(Segment::rst)) send(Segment::rst | Segment::ack, next_, {}, 1);
            return;
        case State::syn_sent:
            return on_segment_connecting(segment);
        case State::syn_received:
            if (segment.has(Segment::rst)) return fail(NetError::reset);
            if (segment.has(Segment::syn)) return send(Segment::syn | Segment::ack, 0, {}, ++retries_ + 1);
            connected();
            wire_.established(*this);
            return on_segment_open(segment, payload);
        case State::established:
            return on_segment_open(segment, payload);
    }
}

void TcpEndpoint::on_segment_connecting(const Segment& segment) {
    if (segment.has(Segment::rst)) return fail(NetError::refused);
    if (!segment.has(Segment::syn)) return;
    connected();
    peer_edge_ = segment.acknowledged + segment.window;
    send_acknowledgement();
    progress_.notify_all();
}

/// The handshake is over at this end.
void TcpEndpoint::connected() {
    state_ = State::established;
    if (retries_ == 0) {
        round_trip_.measured(clock_.now() - timed_at_);
    } else {
        round_trip_.not_measured();
    }
    retries_ = doublings_ = 0;
    timed_end_ = 0;
    acknowledged_ = next_ = furthest_ = 1;
    retransmission_.disarm();
}

void TcpEndpoint::on_segment_open(const Segment& segment, ByteView payload) {
    if (segment.has(Segment::rst)) return fail(NetError::reset);
    if (segment.has(Segment::syn)) return send_acknowledgement();
    on_acknowledgement(segment);
    if (!payload.empty() || segment.has(Segment::fin)) on_octets(segment, payload);
}

void TcpEndpoint::on_acknowledgement(const Segment& segment) {
    const std::uint64_t upto = segment.acknowledged;
    if (upto < acknowledged_ || upto > furthest_) return;
    const std::uint64_t edge = std::max(peer_edge_, upto + segment.window);
    if (upto > acknowledged_) {
        acknowledged_ = upto;
        next_ = std::max(next_, upto);
        const auto octets = std::min<std::uint64_t>(upto - unsent_base_, outgoing_.size());
        outgoing_.drop(octets);
        unsent_base_ += octets;
        if (timed_end_ != 0 && upto >= timed_end_) {
            round_trip_.measured(clock_.now() - timed_at_);
            timed_end_ = 0;
        }
        retries_ = doublings_ = 0;
        ++window_segments_;
        retransmission_.disarm();
        progress_.notify_all();
    } else if (segment.window == 0) {
        retries_ = 0;  // the peer lives and has no room: ask for ever (RFC 9293, 3.8.6.1)
    } else if (next_ > peer_edge_ && edge > peer_edge_) {
        next_ = acknowledged_;  // there is room now for what the peer had to throw away
        doublings_ = 0;
        retransmission_.disarm();
    }
    peer_edge_ = edge;
    if (acknowledged_ < next_) arm_retransmission();
    if (!output_.armed()) output();
}

void TcpEndpoint::on_octets(const Segment& segment, ByteView payload) {
    const bool is_new = segment.seq + payload.size() > received_.expected();
    if (closed_here_ && !payload.empty() && is_new) return reset();  // nobody is left to read it
    received_.take(segment.seq, payload);
    if (segment.has(Segment::fin)) received_.end_at(segment.seq + payload.size());
    send_acknowledgement();
    incoming_.notify_all();
}

// ---- segments out

void TcpEndpoint::send_handshake() {
    const std::uint8_t flags = state_ == State::syn_sent ? Segment::syn : Segment::syn | Segment::ack;
    timed_at_ = clock_.now();
    next_ = furthest_ = 1;
    send(flags, 0, {}, retries_ + 1);
    arm_retransmission();
}

/// Sends what may be sent, one segment an event: what the scenario does at a segment comes before the next.
void TcpEndpoint::output() {
    if (state_ != State::established || !send_next(false)) return;
    if (end_pending() || (next_ < data_end() && may_send(1))) clock_.post(output_);
}

bool TcpEndpoint::may_send(std::size_t length) const noexcept {
    return next_ + length <= peer_edge_ && next_ + length - acknowledged_ <= window_segments_ * settings_.mss;
}

/// @param forced also outside the windows: a repetition, or the question for room
bool TcpEndpoint::send_next(bool forced) {
    const int attempt = next_ < furthest_ ? std::max(2, retries_ + 1) : 1;
    if (end_pending()) {
        time_segment(next_ + 1, attempt > 1);
        send(Segment::fin | Segment::ack, next_++, {}, attempt);
    } else if (next_ < data_end()) {
        const auto length = std::min<std::uint64_t>(settings_.mss, data_end() - next_);
        if (!forced && !may_send(length)) {
            arm_retransmission();
            return false;
        }
        time_segment(next_ + length, attempt > 1);
        send(Segment::ack, next_, outgoing_.view(next_ - unsent_base_, length), attempt);
        next_ += length;
    } else {
        return false;
    }
    furthest_ = std::max(furthest_, next_);
    arm_retransmission();
    return true;
}

void TcpEndpoint::time_segment(std::uint64_t end, bool repeated) noexcept {
    if (repeated || timed_end_ != 0) return;
    timed_end_ = end;
    timed_at_ = clock_.now();
}

void TcpEndpoint::send_acknowledgement() {
    send(Segment::ack, next_, {}, 1);
}

void TcpEndpoint::send(std::uint8_t flags, std::uint64_t seq, ByteView payload, int attempt) {
    Segment segment{flags, seq, received_.expected(), received_.window(), attempt};
    offered_edge_ = segment.acknowledged + segment.window;
    wire_.transmit(*this, segment, payload);
}

// ---- time-outs

void TcpEndpoint::arm_retransmission() {
    if (!retransmission_.armed()) clock_.arm(retransmission_, clock_.now() + round_trip_.timeout(doublings_));
}

bool TcpEndpoint::out_of_retries() const noexcept {
    if (state_ == State::syn_sent) return retries_ >= settings_.syn_retries;
    if (state_ == State::syn_received) return retries_ >= settings_.syn_ack_retries;
    return retries_ >= settings_.retries;
}

/// Nothing was acknowledged in time: begins again at the first segment that was not, with a window of one.
void TcpEndpoint::on_timeout() {
    if (out_of_retries()) {
        fail(NetError::gave_up);
        wire_.settled(*this);
        return;
    }
    ++retries_;
    ++doublings_;
    if (state_ != State::established) return send_handshake();
    window_segments_ = 1;
    next_ = acknowledged_;
    timed_end_ = 0;
    output_.disarm();
    send_next(true);
}

}  // namespace posbench::network::virtual_net
