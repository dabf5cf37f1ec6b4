#include <utility>

#include <fmt/format.h>

#include "drivers/host/acquirer/authorisation.hpp"
#include "drivers/protocols/iso8583/codes.hpp"

// A recording answers payments by code, and the books follow: what it says is paid is paid from an account
// that begins with nothing.

namespace posbench::host {
namespace {

constexpr std::string_view recorded_wallet = "wallet recorded";

/// Whether the books can be brought to what this answer makes its terminal believe, or are there.
bool can_be(TransactionType type, std::string_view code, const Transaction* order) {
    const Told believed = told(type, code);
    // A part, or an approval of some other kind, is no order that is paid.
    if (believed == Told::is_paid && iso8583::approves(code) && code != "00") return false;
    if (believed == Told::nothing) return true;
    if (!order) return believed == Told::is_closed;
    if (order->standing == Standing::approved) return believed == Told::is_paid;
    if (order->standing != Standing::pending) return believed == Told::is_closed;
    // That it is paid, the next query tells with what a receipt needs.
    return believed != Told::is_paid || type == TransactionType::code_query;
}

/// An opening that is refused with these may have been taken all the same: its terminal asks for it.
bool leaves_open(std::string_view code) {
    constexpr std::string_view duplicate = "94";
    return code == order_pending || code == duplicate || iso8583::is_passing(code);
}

/// An order has one reference number (37) and one code of its approval (38), however often it is asked for:
/// by these it is refunded.
void name_order(const Transaction& order, iso8583::Message& reply) {
    if (!order.rrn.empty()) reply.set(37, std::string(order.rrn));
    const bool names_code = reply.has(38) || iso8583::approves(reply.get(39));
    if (order.standing == Standing::approved && names_code)
        reply.set(38, std::string(order.authorisation_code));
}

}  // namespace

Outcome Authorisation::replay_order(Deciding& deciding, const iso8583::Message& reply, Replayed& replayed) {
    const std::string_view code = reply.get(39);
    if (iso8583::opens_order(deciding.type)) return replay_opening(deciding, reply, replayed);
    const bool known = checks::order_known(deciding).empty();
    if (!can_be(deciding.type, code, deciding.original)) {
        replayed.detail = fmt::format("code {} is not what the books have of the order", code);
        return known ? decide_order(deciding) : refuse(deciding, order_unknown, "order_known");
    }
    replayed.answer = Replayed::Answer::given;
    const Told believed = told(deciding.type, code);
    if (!known) {
        Outcome outcome = refuse(deciding, order_unknown, "order_known");
        if (!outcome.order && believed == Told::is_closed)
            outcome.order = forestall_order(deciding, "recording");
        outcome.reply = reply;
        return outcome;
    }
    Transaction& order = *deciding.original;
    Outcome outcome = answer_order(deciding, code);
    if (order.standing == Standing::pending) {
        if (believed == Told::is_closed) outcome.order = close(order, "recording");
        if (believed == Told::is_paid) outcome.order = pay_as_recorded(order, reply);
        if (outcome.order) outcome.posted = outcome.order->posted;
    }
    outcome.reply = reply;
    name_order(order, outcome.reply);
    return outcome;
}

Outcome Authorisation::replay_opening(Deciding& deciding, const iso8583::Message& reply, Replayed& replayed) {
    const std::string_view code = reply.get(39);
    const bool opens = code == "00" || leaves_open(code);
    if (orders_.full() || (!opens && iso8583::approves(code))) {
        replayed.detail = fmt::format("code {} cannot be booked of an order", code);
        return refuse(deciding, "96", {});
    }
    replayed.answer = Replayed::Answer::given;
    Outcome outcome;
    if (!opens) {
        outcome = refuse(deciding, code, {});
        outcome.reply = reply;
        return outcome;
    }
    Transaction& order = enter_as_recorded(deciding, reply);
    outcome = answer_order(deciding, code);
    outcome.reply = reply;
    if (code == "00") {
        outcome.order = pay_as_recorded(order, reply);
        name_order(order, outcome.reply);
        outcome.posted = outcome.order->posted;
        return outcome;
    }
    std::string shown;
    if (deciding.type == TransactionType::present_payment && code == order_pending)
        shown = reply.has(59) ? std::string(reply.get(59)) : orders_.draw_code();
    if (!shown.empty()) outcome.reply.set(59, shown);
    orders_.open(order, std::move(shown), deciding.now);
    outcome.order = OrderChange{"pending", {}, &order};
    return outcome;
}

/// With the reference number of the answer.
Transaction& Authorisation::enter_as_recorded(Deciding& deciding, const iso8583::Message& reply) {
    constexpr std::size_t rrn_size = 12;
    std::string rrn(reply.get(37));
    if (rrn.size() != rrn_size) rrn = next_rrn(deciding.now);
    Transaction& order = enter_order(deciding, rrn);
    deciding.original = &order;
    return order;
}

/// With the authorisation code of the answer.
OrderChange Authorisation::pay_as_recorded(Transaction& order, const iso8583::Message& reply) {
    constexpr std::size_t code_size = 6;
    if (!ledger_.has_account(recorded_wallet))
        ledger_.open_account(recorded_wallet, Amount(0, profile_.currency));
    if (const auto code = reply.get(38); code.size() == code_size) order.authorisation_code = code;
    return pay(order, recorded_wallet);
}

}  // namespace posbench::host
