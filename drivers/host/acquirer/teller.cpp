#include "drivers/host/acquirer/teller.hpp"

#include <utility>

#include <fmt/format.h>

#include "bench/trace/mask.hpp"
#include "drivers/protocols/iso8583/describe.hpp"

namespace posbench::host {
namespace {

using trace::Kind;

std::string currency_code(const Currency& currency) {
    return fmt::format("{:03}", currency.numeric);
}

trace::Fields describe(const Posting& posting) {
    const Transaction& transaction = *posting.transaction;
    trace::Fields fields{{"entry", posting.entry},
                         {"stan", transaction.key.stan},
                         {"tid", transaction.key.tid},
                         {"amount", transaction.amount.minor()},
                         {"currency", currency_code(transaction.amount.currency())},
                         {"rrn", transaction.rrn}};
    if (!iso8583::is_by_code(transaction.type)) fields.emplace_back("pan", trace::mask_pan(transaction.pan));
    return fields;
}

/// A message, and the connection that it came or goes by.
trace::Fields describe(const iso8583::Message& message, std::string_view mac, std::size_t octets,
                       std::int64_t connection) {
    trace::Fields fields = iso8583::describe(message, mac, octets);
    fields.emplace_back("connection", connection);
    return fields;
}

}  // namespace

void Teller::port(bool open, const std::string& endpoint) {
    trace_.emit(Kind::host_port, {{"state", open ? "open" : "closed"}, {"endpoint", endpoint}});
}

void Teller::connected(std::int64_t connection) {
    ++figures_.connections;
    ++figures_.open;
    trace_.emit(Kind::host_connected, {{"connection", connection}});
}

void Teller::disconnected(std::int64_t connection, std::string_view reason) {
    --figures_.open;
    trace_.emit(Kind::host_disconnected, {{"connection", connection}, {"reason", reason}});
}

void Teller::rejected(std::int64_t connection, std::string_view reason, std::size_t octets) {
    ++figures_.rejected;
    trace_.emit(Kind::host_rejected, {{"connection", connection}, {"reason", reason}, {"bytes", octets}});
}

void Teller::asked(std::int64_t connection, const Request& request) {
    ++figures_.requests;
    if (!trace_.is_read()) return;
    trace::Fields fields = describe(request.message, to_string(request.mac), request.octets, connection);
    // Of the tracks it knows more than the message says.
    for (trace::Field& field : fields)
        if (field.name == "tracks") field.value = std::string(to_string(request.tracks));
    trace_.emit(Kind::host_request, std::move(fields));
}

void Teller::answered(std::int64_t connection, const Wire& wire, std::size_t octets, runtime::Duration took) {
    ++figures_.answers[{wire.message.mti(), std::string(wire.message.get(39))}];
    figures_.latencies.add(took);
    figures_.last_took = took;
    if (!trace_.is_read()) return;
    trace::Fields fields = describe(wire.message, wire.mac, octets, connection);
    if (!wire.check.empty()) fields.emplace_back("check", wire.check);
    trace_.emit(Kind::host_response, std::move(fields));
}

void Teller::posted(const Posting& posting) {
    auto place = figures_.posted.find(posting.entry);
    if (place == figures_.posted.end())
        place = figures_.posted.emplace(posting.entry, Figures::Posted()).first;
    ++place->second.count;
    place->second.amount += posting.transaction->amount.minor();
    if (trace_.is_read()) trace_.emit(Kind::host_posted, describe(posting));
}

void Teller::order(const OrderChange& change) {
    ++figures_.orders[std::string(change.state)];
    const Transaction& order = *change.transaction;
    trace::Fields fields{
        {"state", change.state},          {"stan", order.key.stan},
        {"tid", order.key.tid},           {"batch", order.key.batch},
        {"amount", order.amount.minor()}, {"currency", currency_code(order.amount.currency())}};
    if (!order.rrn.empty()) fields.emplace_back("rrn", order.rrn);
    if (change.wallet) fields.emplace_back("wallet", change.wallet->name);
    if (!change.reason.empty()) fields.emplace_back("reason", change.reason);
    trace_.emit(Kind::host_order, std::move(fields));
}

void Teller::compared(const Compared& compared, std::string_view tid) {
    const BatchSums& domestic = compared.books.domestic;
    const BatchSums& foreign = compared.books.foreign;
    trace_.emit(Kind::host_settlement, {{"tid", tid},
                                        {"batch", compared.batch},
                                        {"outcome", compared.agreed ? "agreed" : "differs"},
                                        {"currency", currency_code(currency_)},
                                        {"debits", domestic.debits + foreign.debits},
                                        {"debit_amount", domestic.debit_amount + foreign.debit_amount},
                                        {"credits", domestic.credits + foreign.credits},
                                        {"credit_amount", domestic.credit_amount + foreign.credit_amount}});
}

void Teller::replayed(const Replayed& replayed, std::string_view stan) {
    ++figures_.replayed[std::string(to_string(replayed.answer))];
    trace::Fields fields{{"answer", to_string(replayed.answer)}, {"stan", stan}};
    if (replayed.line > 0) fields.emplace_back("line", replayed.line);
    if (!replayed.detail.empty()) fields.emplace_back("detail", replayed.detail);
    trace_.emit(Kind::host_replayed, std::move(fields));
}

void Teller::bent(std::string_view action, std::string_view rule, const Deed& deed, std::string_view stan) {
    ++figures_.rules;
    trace::Fields fields{{"action", action}, {"rule", rule}};
    if (!stan.empty()) fields.emplace_back("stan", stan);
    if (!deed.code.empty()) fields.emplace_back("code", deed.code);
    if (deed.delay.count() > 0)
        fields.emplace_back("delay_ms",
                            std::chrono::duration_cast<std::chrono::milliseconds>(deed.delay).count());
    if (!deed.detail.empty()) fields.emplace_back("detail", deed.detail);
    trace_.emit(Kind::host_rule, std::move(fields));
}

void Teller::warning(std::string text) {
    ++figures_.warnings;
    trace_.emit(Kind::bench_note, {{"severity", "warning"}, {"text", std::move(text)}});
}

}  // namespace posbench::host
