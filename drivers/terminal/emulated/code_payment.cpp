#include <algorithm>
#include <utility>

#include "drivers/protocols/iso8583/codes.hpp"
#include "drivers/protocols/iso8583/private_fields.hpp"
#include "drivers/terminal/emulated/families.hpp"
#include "drivers/terminal/emulated/orders.hpp"
#include "drivers/terminal/emulated/originals.hpp"

/// Payments by code: the terminal scans the customer's code, or shows one that the customer scans. Either
/// opens an order at the host, which is never reversed: it is asked for until it is paid or closed, and what
/// stays open when nothing answers is brought to its end later (orders.hpp).
namespace posbench::terminal {
namespace {

using runtime::Task;

/// An order whose request was sent.
struct Opened {
    OrderState state{};
    std::string code;  ///< field 59: what the customer is to scan
    End unpaid;        ///< how the payment ends when the order is closed
};

// ---- the customer's code ---------------------------------------------------------------------------------

/// The next code before the scanner; cancel, and nothing within the operator's time, end the payment.
Task<Result<std::string, End>> next_code(Counter counter, Panel::Dialogue& dialogue) {
    const runtime::TimePoint deadline = counter.clock.now() + counter.settings.operator_wait;
    for (;;) {
        auto input = co_await dialogue.next(deadline);
        if (!input) co_return counter.ended("cancelled", "no_input", Text::no_input);
        if (input->what == Input::What::code) co_return std::move(input->code);
        if (input->what != Input::What::key || input->key != Key::cancel) continue;
        co_await counter.panel.took(Key::cancel);
        co_return counter.ended("cancelled", "cancelled", Text::cancelled);
    }
}

Task<Step> scan_code(Transaction& payment) {
    const Counter counter = payment.counter();
    co_await counter.panel.enter(State::code);
    Panel::Dialogue dialogue(counter.panel, Panel::Dialogue::Scanner::on);
    Text text = Text::scan_code;
    for (int tries = 0; tries < counter.settings.card_tries; ++tries) {
        co_await counter.panel.show(text, payment.data.amount);
        co_await counter.panel.prompt("code");
        auto scanned = co_await next_code(counter, dialogue);
        if (!scanned) co_return scanned.error();
        const bool good = iso8583::is_payment_code(*scanned);
        trace::Fields event{{"outcome", good ? "read" : "malformed"}};
        if (good) event.emplace_back("payment_code", iso8583::mask_payment_code(*scanned));
        co_await counter.panel.emit(trace::Kind::terminal_scanned, std::move(event));
        if (good) {
            payment.data.code = *std::move(scanned);
            co_return std::nullopt;
        }
        text = Text::scan_code_again;
    }
    co_return payment.ended("failed", "read_error", Text::code_unreadable);
}

// ---- the order -------------------------------------------------------------------------------------------

/// Acts on the answer to an order's request. After a refusal of the moment the order may be there all the
/// same. "Duplicate" (94) is a refusal for good: no request is sent twice, so what the host has under these
/// numbers is somebody else's.
Task<Result<Opened, End>> act_on(Transaction& payment, const iso8583::Message& reply) {
    const Parts& parts = payment.parts();
    const Defects& defects = parts.settings.defects;
    const std::string code(reply.get(39));
    End unpaid{"declined", "host_code", std::string(say_code(code, parts.panel.cardholder_language())), code};
    const auto state = find_order_state(code, defects);
    if (state && *state != OrderState::unknown) {
        co_await keep_order(parts, *state, reply);
        if (*state == OrderState::waiting)
            unpaid = payment.ended("cancelled", "no_input", Text::order_closed);
        if (*state == OrderState::closed) unpaid.text = say(Text::order_closed, parts.panel.language());
        co_return Opened{*state, std::string(as_text(reply.bytes(59))), std::move(unpaid)};
    }
    if (iso8583::is_passing(code)) co_return Opened{OrderState::unknown, {}, std::move(unpaid)};
    co_await parts.journal.drop_order();
    if (asks_for_sign_in(code, defects)) co_await parts.online.require_sign_in();
    co_return unpaid;
}

/// Opens the order after what is owed; it is in the journal before the first octet leaves. Ends the payment
/// when the host was not reached or refuses.
Task<Result<Opened, End>> open_order(Transaction& payment) {
    const Parts& parts = payment.parts();
    auto owing = co_await parts.online.settle_reversal();
    if (!owing) owing = co_await settle_order(parts);
    if (owing) co_return End{"failed", owing->reason, owing->text, owing->code};
    if (!parts.online.signed_in())  // what went before has cost the keys
        co_return payment.ended("failed", "sign_in", Text::sign_in_first);
    const auto unreachable = co_await parts.link.open();
    if (unreachable) co_return payment.ended("failed", unreachable->reason, unreachable->text);

    TransactionRecord order = payment.record();
    co_await parts.journal.store_order(std::move(order));
    const auto unknown = [&payment](std::string_view reason, Text text) {
        return Opened{OrderState::unknown, {}, payment.ended("failed", reason, text)};
    };
    const iso8583::Message request = transaction_request(parts.settings, parts.journal.batch(), payment.data);
    const auto unsent = co_await parts.link.send(request, Link::Protection::mac);
    if (unsent) co_return unknown(unsent->reason, unsent->text);
    const auto reply = co_await parts.link.receive();
    co_await parts.link.close();
    if (!reply) co_return unknown(reply.error().reason, reply.error().text);
    const auto mismatch = check_reply(parts.settings, request, *reply);
    if (mismatch) {
        co_await doubt_keys(parts, mismatch->reason);
        co_return unknown(mismatch->reason, mismatch->text);
    }
    payment.heard_host();
    parts.online.note_requirement(*reply);
    co_return co_await act_on(payment, reply->message);
}

/// The same for a code that was scanned: one that is sent twice may charge twice.
Task<Result<Opened, End>> send_code(Transaction& payment) {
    auto opened = co_await open_order(payment);
    const Parts& parts = payment.parts();
    const bool again = parts.settings.defects.has(Defect::sends_code_twice);
    if (!again || !opened || opened->state != OrderState::unknown) co_return opened;
    co_await parts.journal.drop_order();
    payment.data.stan = co_await parts.journal.take_stan();
    co_return co_await open_order(payment);
}

// ---- its end ---------------------------------------------------------------------------------------------

bool is_open(OrderState state) {
    return state == OrderState::waiting || state == OrderState::unknown;
}

/// A code for the customer to scan: printable, and not too long to be shown.
bool can_be_shown(std::string_view code) {
    const auto printable = [](char c) { return c > ' ' && c <= '~'; };
    return !code.empty() && code.size() <= iso8583::longest_shown_code &&
           std::ranges::all_of(code, printable);
}

/// What the display shows between two queries.
Task<void> show_order(const Transaction& payment, const Opened& order) {
    Panel& panel = payment.parts().panel;
    co_await panel.enter(State::paying);
    if (order.state == OrderState::unknown) {
        co_await panel.show(Text::order_asking);
    } else if (!order.code.empty()) {
        co_await panel.show_code(order.code, payment.data.amount);
    } else {
        co_await panel.show(Text::order_waiting, payment.data.amount);
    }
}

/// Until the next query is due; or how the payment ends when the operator gives it up.
Task<Step> pause(const Transaction& payment) {
    const Counter counter = payment.counter();
    Panel::Dialogue dialogue(counter.panel);
    const runtime::TimePoint due = counter.clock.now() + counter.settings.code_poll;
    for (;;) {
        const auto input = co_await dialogue.next(due);
        if (!input) co_return std::nullopt;
        if (input->what != Input::What::key || input->key != Key::cancel) continue;
        co_await counter.panel.took(Key::cancel);
        co_return counter.ended("cancelled", "cancelled", Text::order_closed);
    }
}

/// Asks for the order until it has come to its end, the customer's time is over or the operator gives it up.
/// One that the host does not know waits for nobody.
Task<void> await_customer(Transaction& payment, Opened& order) {
    const Parts& parts = payment.parts();
    const runtime::TimePoint over = parts.clock.now() + parts.settings.code_wait;
    while (is_open(order.state) && parts.clock.now() < over) {
        co_await show_order(payment, order);
        Step given_up = co_await pause(payment);
        if (given_up) {
            order.unpaid = *std::move(given_up);
            co_return;
        }
        const auto asked = co_await query_order(parts);
        if (!asked) continue;
        payment.heard_host();
        order.state = *asked;
        if (order.state == OrderState::unknown) co_return;
        order.unpaid = payment.ended("cancelled", "no_input", Text::order_closed);
        if (order.state == OrderState::closed)
            order.unpaid = {"declined", "host_code", order.unpaid.text, "17"};
    }
}

/// The order as it is now, paid or closed, is the payment's end; one that is open is closed before. When the
/// host does not answer, its result stays unknown.
Task<End> conclude_order(Transaction& payment, Opened order) {
    const Parts& parts = payment.parts();
    if (is_open(order.state)) {
        const auto closed = co_await close_order(parts);
        if (!closed) {
            const OnlineFailure& failure = closed.error();
            co_return End{"failed", failure.reason,
                          failure.text + "\n" + std::string(say(Text::order_pending, parts.panel.language())),
                          failure.code};
        }
        order.state = *closed;
    }
    if (order.state != OrderState::paid) co_return order.unpaid;
    co_return End{"approved", {}, std::string(say_code("00", parts.panel.cardholder_language())), "00"};
}

}  // namespace

Task<End> conduct_scan_payment(Transaction& payment) {
    payment.data.entry = Entry::code;
    Step end = payment.has_room();
    if (!end) end = co_await payment.enter_amount();
    if (!end) end = co_await scan_code(payment);
    if (!end) end = co_await payment.make_ready();
    if (end) co_return *std::move(end);
    auto order = co_await send_code(payment);
    if (!order) co_return order.error();
    co_await await_customer(payment, *order);
    co_return co_await conclude_order(payment, *std::move(order));
}

/// What cannot be shown nobody can pay, and is closed at once.
Task<End> conduct_present_payment(Transaction& payment) {
    payment.data.entry = Entry::code;
    Step end = payment.has_room();
    if (!end) end = co_await payment.enter_amount();
    if (!end) end = co_await payment.make_ready();
    if (end) co_return *std::move(end);
    auto order = co_await open_order(payment);
    if (!order) co_return order.error();
    const bool shown = order->state == OrderState::waiting && can_be_shown(order->code);
    if (order->state == OrderState::waiting && !shown)
        order->unpaid = payment.ended("failed", "bad_reply", Text::bad_reply);
    if (shown) co_await await_customer(payment, *order);
    co_return co_await conclude_order(payment, *std::move(order));
}

/// Named by its reference number. Kept before it is sent, and repeated until the host has answered, like the
/// refund of a card's sale.
Task<End> conduct_code_refund(Transaction& refund) {
    refund.data.entry = Entry::code;
    Step end = refund.has_room();
    if (!end) end = co_await ask_reference(refund);
    if (!end) end = co_await ask_refund_amount(refund);
    if (!end) end = co_await refund.make_ready();
    if (end) co_return *std::move(end);
    co_return co_await refund.advise();
}

}  // namespace posbench::terminal
