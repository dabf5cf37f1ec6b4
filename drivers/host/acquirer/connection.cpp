#include "drivers/host/acquirer/connection.hpp"

#include <utility>

#include <fmt/format.h>

namespace posbench::host {

runtime::Task<void> Connection::serve() {
    const Rule* met = desk_.behaviour.meet_connection(desk_.clock.wall_now());
    const Rule rule = met ? *met : Rule{};
    const auto* slow = met ? std::get_if<SlowAccept>(&rule.then.what) : nullptr;
    const auto* ignore = met ? std::get_if<Ignore>(&rule.then.what) : nullptr;
    if (slow) co_await hold_back(rule, slow->length);
    std::string refusal;
    if (!ignore) refusal = co_await shake_hands();
    desk_.teller.connected(number_);
    co_await desk_.clock.yield();
    Ending ending = host_closed;
    if (ignore)
        co_await hold_back(rule, ignore->length);
    else if (!refusal.empty())
        ending = co_await turn_away(refusal);
    else
        ending = co_await take_requests();
    stream_.close();
    desk_.teller.disconnected(number_, ending);
}

runtime::Task<std::string> Connection::shake_hands() {
    if (!secured_) co_return std::string();
    const auto deadline = desk_.clock.now() + desk_.profile.idle;
    if (stall_ != tls::ServerSettings::Stall::none) {
        const tls::Refusal stalled = co_await secured_->stall(desk_.clock, deadline, stall_);
        co_return stalled.what;
    }
    const auto shaken = co_await secured_->shake_hands(deadline);
    co_return shaken ? std::string() : shaken.error().what;
}

runtime::Task<Ending> Connection::turn_away(const std::string& refusal) {
    co_await reject("TLS: " + refusal, 0);
    co_return "TLS handshake failed";
}

runtime::Task<void> Connection::hold_back(const Rule& rule, const Delay& length) {
    const auto drawn = length.draw(desk_.behaviour.random());
    desk_.teller.bent(rule.then.name, rule.name,
                      {.delay = drawn, .detail = fmt::format("connection {}", number_)});
    co_await desk_.clock.sleep_for(drawn);
}

runtime::Task<Ending> Connection::take_requests() {
    FrameReader frames(stream_, desk_.profile.dialect);
    Ending ending;
    while (ending.empty()) {
        const FrameRead read = co_await frames.next(desk_.clock.now() + desk_.profile.idle);
        if (!read.rejected.empty()) co_await reject(read.rejected, read.received);
        if (read.frame.empty())
            ending = read.ended;
        else
            ending = co_await handle(read.frame);
    }
    co_return ending;
}

Result<Connection::Asked> Connection::parse(ByteView octets) const {
    const iso8583::Dialect& dialect = desk_.profile.dialect;
    const auto frame = iso8583::decode_frame(dialect, octets);
    if (!frame) return frame.error();
    const auto& address = desk_.profile.address;
    if (dialect.framing.tpdu && (frame->tpdu.octets[1] != address[0] || frame->tpdu.octets[2] != address[1]))
        return Error{fmt::format("TPDU is addressed to {}, this host is {}",
                                 to_hex(ByteView(frame->tpdu.octets).subspan(1, 2)), to_hex(address))};
    auto message = iso8583::decode(dialect, frame->message);
    if (!message) return Error{message.error().what};

    const Session* session = desk_.sessions.find(message->get(41));
    Request request(*std::move(message), octets.size(), session ? session->track_key() : nullptr);
    if (!request.is_request())
        return Error{fmt::format("message type {} is no request", request.message.mti())};
    if (session) {
        request.mac = iso8583::check_mac(request.message, frame->message, session->mac());
        request.key_generation = session->key_generation();
    }
    return Asked{frame->tpdu, std::move(request)};
}

runtime::Task<Ending> Connection::handle(ByteView octets) {
    const auto asked = parse(octets);
    if (!asked) {
        co_await reject(asked.error().what, octets.size());
        co_return host_closed;
    }
    const Request& request = asked->request;
    Exchange exchange(desk_, stream_, number_, request, asked->tpdu);
    desk_.teller.asked(number_, request);
    co_await desk_.clock.sleep_for(desk_.profile.processing);

    if (const Rule* rule = desk_.behaviour.meet(request, desk_.clock.wall_now())) {
        Ending ending = co_await obey(*rule, exchange);
        co_return ending;
    }
    Reply reply = co_await exchange.decide();
    Wire wire = exchange.encode(std::move(reply));
    Ending ending = co_await exchange.send(std::move(wire));
    co_return ending;
}

/// @param rule a copy: the rules may be removed while it acts
runtime::Task<Ending> Connection::obey(Rule rule, Exchange& exchange) {
    exchange.obeys(rule);
    const auto action = std::get<std::shared_ptr<const RequestAction>>(rule.then.what);
    Ending ending = co_await action->act(exchange);
    co_return ending;
}

runtime::Task<void> Connection::reject(const std::string& reason, std::size_t octets) {
    desk_.teller.rejected(number_, reason, octets);
    co_await desk_.clock.yield();
}

}  // namespace posbench::host
