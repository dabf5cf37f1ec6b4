#include "drivers/host/acquirer/connection.hpp"

#include <utility>

#include <fmt/format.h>

#include "bench/trace/mask.hpp"
#include "drivers/protocols/iso8583/describe.hpp"

namespace posbench::host {
namespace {

using trace::Kind;

constexpr const char* host_closed = "host closed";

trace::Fields describe(const Posting& posting) {
    const Transaction& transaction = *posting.transaction;
    return {{"entry", posting.entry},
            {"stan", transaction.key.stan},
            {"tid", transaction.key.tid},
            {"amount", transaction.amount.minor()},
            {"currency", fmt::format("{:03}", transaction.amount.currency().numeric)},
            {"rrn", transaction.rrn},
            {"pan", trace::mask_pan(transaction.pan)}};
}

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

}  // namespace

runtime::Task<void> Connection::serve() {
    desk_.trace.emit(Kind::host_connected, {{"connection", number_}});
    co_await desk_.clock.yield();
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
    stream_.close();
    desk_.trace.emit(Kind::host_disconnected, {{"connection", number_}, {"reason", ending}});
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

    Request request(*std::move(message), octets.size());
    if (!request.is_request())
        return Error{fmt::format("message type {} is no request", request.message.mti())};
    if (const Session* session = desk_.sessions.find(request.tid())) {
        request.mac = iso8583::check_mac(request.message, frame->message, session->mac());
        request.key_generation = session->key_generation();
    }
    return Asked{frame->tpdu, std::move(request)};
}

runtime::Task<Connection::Ending> Connection::handle(ByteView octets) {
    const auto asked = parse(octets);
    if (!asked) {
        co_await reject(asked.error().what, octets.size());
        co_return host_closed;
    }
    const Request& request = asked->request;
    desk_.trace.emit(Kind::host_request,
                     iso8583::describe(request.message, to_string(request.mac), request.octets));
    co_await desk_.clock.sleep_for(desk_.profile.processing);

    if (const Rule* rule = desk_.behaviour.meet(request, desk_.clock.wall_now())) {
        Ending ending = co_await obey(*rule, request, asked->tpdu);
        co_return ending;
    }
    const Outcome outcome = co_await decide(request);
    Ending ending = co_await send(outcome, request, asked->tpdu);
    co_return ending;
}

runtime::Task<Connection::Ending> Connection::obey(Rule rule, const Request& request,
                                                   const iso8583::Tpdu& tpdu) {
    Outcome outcome;
    if (rule.after_posting) outcome = co_await decide(request);
    note(rule, request);
    co_await desk_.clock.sleep_for(rule.delay);
    if (rule.action == Action::silence) co_return Ending();
    if (rule.action == Action::close) co_return host_closed;

    if (rule.action == Action::respond) {
        outcome = desk_.authorisation.refuse_unasked(request, rule.code, desk_.clock.wall_now());
    } else if (!rule.after_posting) {
        outcome = co_await decide(request);
    }
    Ending ending = co_await send(outcome, request, tpdu);
    co_return ending;
}

/// Decides and posts. When money moved it suspends, so that what the scenario does at that event (cut the
/// link, the power) is done before the answer leaves.
runtime::Task<Outcome> Connection::decide(const Request& request) {
    Outcome outcome = desk_.authorisation.decide(request, desk_.clock.wall_now());
    if (outcome.posted) {
        desk_.trace.emit(Kind::host_posted, describe(*outcome.posted));
        co_await desk_.clock.yield();
    }
    if (outcome.compared) {
        desk_.trace.emit(Kind::host_settlement,
                         describe(*outcome.compared, request.tid(), desk_.profile.currency));
        co_await desk_.clock.yield();
    }
    co_return outcome;
}

runtime::Task<Connection::Ending> Connection::send(const Outcome& outcome, const Request& request,
                                                   const iso8583::Tpdu& tpdu) {
    iso8583::Frame frame;
    frame.tpdu = tpdu.reply();
    frame.header = outcome.header;
    const Session* session = desk_.sessions.find(request.tid());
    // A sign-in on another connection may have come in between.
    const bool same_keys = session && session->key_generation() == request.key_generation;
    const auto mac = outcome.with_mac && same_keys ? session->mac() : iso8583::MacFunction();
    const iso8583::Dialect& dialect = desk_.profile.dialect;
    const Bytes message =
        mac ? iso8583::encode_with_mac(dialect, outcome.reply, mac) : iso8583::encode(dialect, outcome.reply);
    frame.message = message;
    const Bytes octets = iso8583::encode_frame(dialect, frame);

    desk_.trace.emit(Kind::host_response, iso8583::describe(outcome.reply, mac ? "ok" : "absent",
                                                            octets.size() - dialect.framing.length_octets));
    co_await desk_.clock.yield();
    const auto sent = co_await stream_.write(octets, desk_.clock.now() + desk_.profile.idle);
    if (!sent) co_return fmt::format("answer not taken: {}", to_string(sent.error()));
    co_return Ending();
}

runtime::Task<void> Connection::reject(const std::string& reason, std::size_t octets) {
    desk_.trace.emit(Kind::host_rejected, {{"connection", number_}, {"reason", reason}, {"bytes", octets}});
    co_await desk_.clock.yield();
}

void Connection::note(const Rule& rule, const Request& request) {
    trace::Fields fields{{"action", rule.action_name()}, {"rule", rule.name}};
    if (request.message.has(11)) fields.emplace_back("stan", request.stan());
    if (!rule.code.empty()) fields.emplace_back("code", rule.code);
    if (rule.delay.count() > 0)
        fields.emplace_back("delay_ms",
                            std::chrono::duration_cast<std::chrono::milliseconds>(rule.delay).count());
    desk_.trace.emit(Kind::host_rule, std::move(fields));
}

}  // namespace posbench::host
