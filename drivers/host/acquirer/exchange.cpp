#include "drivers/host/acquirer/exchange.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace posbench::host {
runtime::Task<Reply> Exchange::decide() {
    Outcome outcome = desk_.authorisation.decide(request_, desk_.clock.wall_now());
    // All is told before the first suspension: another connection may then make the ledger forget what it is
    // told of.
    if (outcome.replayed) desk_.teller.replayed(*outcome.replayed, request_.stan());
    if (outcome.order) {
        desk_.teller.order(*outcome.order);
        desk_.orders_changed.notify_all();
    }
    if (outcome.posted) desk_.teller.posted(*outcome.posted);
    if (outcome.compared) desk_.teller.compared(*outcome.compared, request_.tid());
    if (outcome.replayed || outcome.order || outcome.posted || outcome.compared) co_await desk_.clock.yield();
    if (outcome.replayed) co_await follow(*outcome.replayed);
    co_return reply_of(std::move(outcome));
}

runtime::Task<void> Exchange::follow(const Replayed& replayed) {
    const runtime::Duration thought = desk_.profile.processing;
    if (replayed.wait > thought) co_await desk_.clock.sleep_for(replayed.wait - thought);
    if (replayed.answer == Replayed::Answer::withheld) withheld_ = Ending();
    if (replayed.answer == Replayed::Answer::hung_up) withheld_ = host_closed;
}

Reply Exchange::refuse(std::string_view code) {
    return reply_of(desk_.authorisation.refuse_unasked(request_, code, desk_.clock.wall_now()));
}

Reply Exchange::reply_of(Outcome outcome) const {
    return {std::move(outcome.reply), outcome.with_mac, asked_.reply(), outcome.header, outcome.check};
}

iso8583::MacFunction Exchange::mac_for(const Reply& reply) const {
    const Session* session = desk_.sessions.find(request_.tid());
    // A sign-in on another connection may have come in between.
    const bool same_keys = session && session->key_generation() == request_.key_generation;
    return reply.with_mac && same_keys ? session->mac() : iso8583::MacFunction();
}

Wire Exchange::encode(Reply reply) const {
    const iso8583::Dialect& dialect = desk_.profile.dialect;
    const auto mac = mac_for(reply);
    const Bytes message =
        mac ? iso8583::encode_with_mac(dialect, reply.message, mac) : iso8583::encode(dialect, reply.message);
    if (mac) reply.message.clear(iso8583::mac_field(reply.message.bitmap()));
    return {std::move(reply.message), mac ? "ok" : "absent",
            iso8583::encode_frame(dialect, {reply.tpdu, reply.header, message}), reply.check};
}

const Wire* Exchange::earlier_reply() const {
    const auto& last = desk_.last_reply;
    if (!last || (last->message.get(11) == request_.stan() && last->message.get(41) == request_.tid()))
        return nullptr;
    return &*last;
}

runtime::Task<Ending> Exchange::send(Wire wire) {
    if (withheld_) co_return *withheld_;
    const std::size_t prefix = desk_.profile.dialect.framing.length_octets;
    desk_.teller.answered(connection_, wire, wire.octets.size() - prefix, desk_.clock.now() - began_);
    co_await desk_.clock.yield();
    Ending ending = co_await write(wire.octets);
    if (wire.mac == "ok") desk_.last_reply = std::move(wire);
    co_return ending;
}

runtime::Task<Ending> Exchange::write(ByteView octets) {
    if (withheld_) co_return *withheld_;
    const auto sent = co_await stream_.write(octets, desk_.clock.now() + desk_.profile.idle);
    if (!sent) co_return fmt::format("answer not taken: {}", to_string(sent.error()));
    co_return Ending();
}

runtime::Task<Ending> Exchange::disregard(runtime::TimePoint until) {
    std::array<std::uint8_t, 256> unread{};
    while (desk_.clock.now() < until) {
        const auto count = co_await stream_.read_some(unread, until);
        if (!count && count.error() == runtime::NetError::timed_out) co_return Ending();
        if (!count) co_return std::string(to_string(count.error()));
        if (*count == 0) co_return "peer closed";
        // What has arrived is read without waiting: a peer that never pauses must not keep others from their
        // turn.
        co_await desk_.clock.yield();
    }
    co_return Ending();
}

runtime::Task<Ending> Exchange::disregard() {
    Ending ending = co_await disregard(desk_.clock.now() + desk_.profile.idle);
    if (ending.empty()) ending = "idle";
    co_return ending;
}

void Exchange::tell(const Deed& deed) {
    desk_.teller.bent(action_, rule_, deed, request_.stan());
}

}  // namespace posbench::host
