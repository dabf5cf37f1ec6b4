#include "drivers/host/acquirer/exchange.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "drivers/host/acquirer/events.hpp"
#include "drivers/protocols/iso8583/describe.hpp"

namespace posbench::host {
namespace {

using trace::Kind;

trace::Fields describe(const Compared& compared, std::string_view tid, const Currency& currency) {
    const BatchSums& domestic = compared.books.domestic;
    const BatchSums& foreign = compared.books.foreign;
    return {{"tid", tid},
            {"batch", compared.batch},
            {"outcome", compared.agreed ? "agreed" : "differs"},
            {"currency", fmt::format("{:03}", currency.numeric)},
            {"debits", domestic.debits + foreign.debits},
            {"debit_amount", domestic.debit_amount + foreign.debit_amount},
            {"credits", domestic.credits + foreign.credits},
            {"credit_amount", domestic.credit_amount + foreign.credit_amount}};
}

trace::Fields describe(const Replayed& replayed, std::string_view stan) {
    trace::Fields fields{{"answer", to_string(replayed.answer)}, {"stan", stan}};
    if (replayed.line > 0) fields.emplace_back("line", replayed.line);
    if (!replayed.detail.empty()) fields.emplace_back("detail", replayed.detail);
    return fields;
}

}  // namespace

runtime::Task<Reply> Exchange::decide() {
    Outcome outcome = desk_.authorisation.decide(request_, desk_.clock.wall_now());
    if (outcome.replayed) {
        desk_.trace.emit(Kind::host_replayed, describe(*outcome.replayed, request_.stan()));
        co_await desk_.clock.yield();
    }
    if (outcome.order) {
        desk_.trace.emit(Kind::host_order, describe(*outcome.order));
        desk_.orders_changed.notify_all();
    }
    if (outcome.posted) desk_.trace.emit(Kind::host_posted, describe(*outcome.posted));
    if (outcome.order || outcome.posted) co_await desk_.clock.yield();
    if (outcome.compared) {
        desk_.trace.emit(Kind::host_settlement,
                         describe(*outcome.compared, request_.tid(), desk_.profile.currency));
        co_await desk_.clock.yield();
    }
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
    return {std::move(outcome.reply), outcome.with_mac, asked_.reply(), outcome.header};
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
            iso8583::encode_frame(dialect, {reply.tpdu, reply.header, message})};
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
    auto told = iso8583::describe(wire.message, wire.mac, wire.octets.size() - prefix);
    told.emplace_back("connection", connection_);
    desk_.trace.emit(Kind::host_response, std::move(told));
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
    trace::Fields fields{{"action", action_}, {"rule", rule_}};
    if (request_.message.has(11)) fields.emplace_back("stan", request_.stan());
    if (!deed.code.empty()) fields.emplace_back("code", deed.code);
    if (deed.delay.count() > 0)
        fields.emplace_back("delay_ms",
                            std::chrono::duration_cast<std::chrono::milliseconds>(deed.delay).count());
    if (!deed.detail.empty()) fields.emplace_back("detail", deed.detail);
    desk_.trace.emit(Kind::host_rule, std::move(fields));
}

}  // namespace posbench::host
