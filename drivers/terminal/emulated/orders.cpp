#include "drivers/terminal/emulated/orders.hpp"

#include <string>
#include <utility>

#include "drivers/protocols/iso8583/codes.hpp"
#include "drivers/terminal/emulated/advices.hpp"

namespace posbench::terminal {
namespace {

using runtime::Task;
using Type = iso8583::TransactionType;

constexpr std::string_view paid = "00", waiting = "09", closed = "17", already_paid = "22", unknown = "25";

/// One question about the order, under a STAN of its own. Keys that an answer before it has cost are fetched.
Task<Result<iso8583::Message, OnlineFailure>> ask(const Parts& parts, Type type) {
    if (!parts.online.signed_in()) {
        const auto refused = co_await parts.online.sign_in();
        if (refused) co_return *refused;
    }
    const TransactionRecord order = *parts.journal.order();
    TransactionData data;
    data.type = type;
    data.stan = co_await parts.journal.take_stan();
    data.amount = order.amount;
    data.entry = Entry::code;
    data.original = Original{order.batch, order.stan, {}, {}, {}};
    iso8583::Message request = transaction_request(parts.settings, parts.journal.batch(), data);
    auto reply = co_await parts.online.exchange(std::move(request), Link::Protection::mac);
    if (!reply) {
        OnlineFailure failure = reply.error();
        co_await doubt_keys(parts, failure.reason);
        co_return failure;
    }
    co_return std::move(reply->message);
}

/// An answer that says nothing of the order.
Task<OnlineFailure> refused(const Parts& parts, std::string code) {
    OnlineFailure failure{"host_code", std::string(say_code(code, parts.panel.language())), code};
    if (asks_for_sign_in(code, parts.settings.defects)) {
        co_await parts.online.require_sign_in();
        failure.reason = "sign_in";
    }
    co_return failure;
}

/// What the host says of the order.
struct Answered {
    OrderState state{};
    iso8583::Message message;
};

/// Asks for the order, and keeps nothing of the answer.
Task<Result<Answered, OnlineFailure>> look(const Parts& parts) {
    auto reply = co_await ask(parts, Type::code_query);
    if (!reply) co_return reply.error();
    std::string code(reply->get(39));
    const auto state = find_order_state(code, parts.settings.defects);
    if (!state) co_return co_await refused(parts, std::move(code));
    co_return Answered{*state, *std::move(reply)};
}

/// The order as the host that calls it paid has it: another answer than that contradicts itself, and ends
/// nothing.
Task<Result<OrderState, OnlineFailure>> await_paid(const Parts& parts) {
    const auto answered = co_await look(parts);
    if (!answered) co_return answered.error();
    if (answered->state != OrderState::paid) co_return parts.online.described("bad_reply", Text::bad_reply);
    co_await keep_order(parts, answered->state, answered->message);
    co_return OrderState::paid;
}

/// The order has no result yet: what the operator must not do is said too.
OnlineFailure still_pending(const Parts& parts, OnlineFailure failure) {
    failure.text += "\n" + std::string(say(Text::order_pending, parts.panel.language()));
    return failure;
}

}  // namespace

std::optional<OrderState> find_order_state(std::string_view code, const Defects& defects) noexcept {
    if (code == waiting && defects.has(Defect::takes_pending_as_paid)) return OrderState::paid;
    if (code == waiting) return OrderState::waiting;
    if (code == closed) return OrderState::closed;
    if (code == unknown) return OrderState::unknown;
    const bool partly = iso8583::find_response_code(code).action == iso8583::CodeAction::partly_approved;
    if (approves(code, defects) && !partly) return OrderState::paid;
    return std::nullopt;
}

Task<void> doubt_keys(const Parts& parts, std::string_view reason) {
    constexpr std::string_view wrong_mac = "mac", mac_error = "A0";
    if (reason != wrong_mac || !asks_for_sign_in(mac_error, parts.settings.defects)) co_return;
    co_await parts.online.require_sign_in();
}

Task<void> keep_order(const Parts& parts, OrderState state, const iso8583::Message& reply) {
    if (state == OrderState::paid) co_await parts.journal.order_paid(reply);
    if (state == OrderState::closed) co_await parts.journal.drop_order();
}

Task<Result<OrderState, OnlineFailure>> query_order(const Parts& parts) {
    const auto answered = co_await look(parts);
    if (!answered) co_return answered.error();
    co_await keep_order(parts, answered->state, answered->message);
    co_return answered->state;
}

Task<Result<OrderState, OnlineFailure>> close_order(const Parts& parts) {
    if (!parts.settings.defects.has(Defect::leaves_order_open)) {
        co_await parts.panel.show(Text::order_closing);
        const auto reply = co_await ask(parts, Type::code_close);
        if (!reply) co_return reply.error();
        std::string code(reply->get(39));
        if (code == already_paid) co_return co_await await_paid(parts);
        // One that the host does not know it holds for closed from now on.
        if (!approves(code, parts.settings.defects) && code != unknown)
            co_return co_await refused(parts, std::move(code));
    }
    co_await parts.journal.drop_order();
    co_return OrderState::closed;
}

Task<std::optional<OnlineFailure>> settle_order(const Parts& parts) {
    if (!parts.journal.order()) co_return std::nullopt;
    auto failure = co_await finish_receipt(parts, true);
    if (failure) co_return still_pending(parts, *std::move(failure));
    co_await parts.panel.show(Text::order_asking);
    auto state = co_await query_order(parts);
    if (state && (*state == OrderState::waiting || *state == OrderState::unknown))
        state = co_await close_order(parts);
    if (!state) co_return still_pending(parts, state.error());
    const Language language = parts.panel.language();
    std::string text(say(Text::order_answered, language));
    text += *state == OrderState::paid ? say_code(paid, language) : say(Text::order_closed, language);
    co_await parts.panel.show(std::move(text));
    co_return co_await finish_receipt(parts, false);
}

}  // namespace posbench::terminal
