#include <utility>

#include <fmt/format.h>

#include "drivers/host/acquirer/authorisation.hpp"
#include "drivers/protocols/iso8583/codes.hpp"

// A recording answers payments by code, and the books follow: what it says is paid is paid from an account
// that begins with nothing.

namespace posbench::host {
namespace {

constexpr std::string_view recorded_wallet = "wallet recorded";

/// What an answer makes its terminal believe of an order.
enum class Told { nothing, waits, is_paid, is_closed };

Told told(TransactionType type, std::string_view code) {
    const bool closes = type == TransactionType::code_close;
    if (code == "00") return closes ? Told::is_closed : Told::is_paid;
    if (code == order_closed || code == order_unknown) return Told::is_closed;
    if (code == order_pending) return Told::waits;
    return closes && code == "22" ? Told::is_paid : Told::nothing;
}

/// Whether the books can be brought to it, or are there.
bool can_be(Told told, TransactionType type, const Transaction* order) {
    if (told == Told::nothing) return true;
    if (!order) return told == Told::is_closed;
    if (order->standing == Standing::approved) return told == Told::is_paid;
    if (order->standing != Standing::pending) return told == Told::is_closed;
    // That it is paid, the next query tells with what a receipt needs.
    return told != Told::is_paid || type == TransactionType::code_query;
}

}  // namespace

Outcome Authorisation::replay_order(Deciding& deciding, const iso8583::Message& reply, Replayed& replayed) {
    const std::string_view code = reply.get(39);
    if (iso8583::opens_order(deciding.type)) return replay_opening(deciding, reply, replayed);
    const bool known = checks::order_known(deciding).empty();
    const Told believes = told(deciding.type, code);
    if (!can_be(believes, deciding.type, deciding.original)) {
        replayed.detail = fmt::format("code {} is not what the books have of the order", code);
        return known ? decide_order(deciding) : refuse(deciding, order_unknown);
    }
    replayed.answer = Replayed::Answer::given;
    Outcome outcome = known ? answer_order(deciding, code) : refuse(deciding, order_unknown);
    if (known && deciding.original->standing == Standing::pending) {
        Transaction& order = *deciding.original;
        if (believes == Told::is_closed) outcome.order = close(order, "recording");
        if (believes == Told::is_paid) outcome.order = pay_as_recorded(order);
        if (outcome.order) outcome.posted = outcome.order->posted;
    }
    outcome.reply = reply;
    return outcome;
}

Outcome Authorisation::replay_opening(Deciding& deciding, const iso8583::Message& reply, Replayed& replayed) {
    const std::string_view code = reply.get(39);
    const bool opens = code == "00" || code == order_pending;
    if (orders_.full() || (!opens && iso8583::approves(code))) {
        replayed.detail = fmt::format("code {} cannot be booked of an order", code);
        return refuse(deciding, "96");
    }
    replayed.answer = Replayed::Answer::given;
    Outcome outcome;
    if (!opens) {
        outcome = refuse(deciding, code);
        outcome.reply = reply;
        return outcome;
    }
    Transaction& order = enter_as_recorded(deciding, reply);
    outcome = answer_order(deciding, code);
    outcome.reply = reply;
    if (code == "00") {
        outcome.order = pay_as_recorded(order);
        outcome.posted = outcome.order->posted;
        return outcome;
    }
    std::string shown;
    if (deciding.type == TransactionType::present_payment)
        shown = reply.has(59) ? std::string(reply.get(59)) : orders_.draw_code();
    if (!shown.empty()) outcome.reply.set(59, shown);
    orders_.open(order, std::move(shown), deciding.now);
    outcome.order = OrderChange{"pending", {}, &order};
    return outcome;
}

/// With the reference number and the authorisation code of the answer.
Transaction& Authorisation::enter_as_recorded(Deciding& deciding, const iso8583::Message& reply) {
    constexpr std::size_t rrn_size = 12, code_size = 6;
    std::string rrn(reply.get(37));
    if (rrn.size() != rrn_size) rrn = next_rrn(deciding.now);
    Transaction& order = enter_order(deciding, rrn);
    if (const auto code = reply.get(38); code.size() == code_size) order.authorisation_code = code;
    deciding.original = &order;
    return order;
}

OrderChange Authorisation::pay_as_recorded(Transaction& order) {
    if (!ledger_.has_account(recorded_wallet))
        ledger_.open_account(recorded_wallet, Amount(0, profile_.currency));
    return pay(order, recorded_wallet);
}

}  // namespace posbench::host
