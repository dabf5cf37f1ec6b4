#include "drivers/terminal/emulated/orders.hpp"

#include <string>
#include <utility>

#include "drivers/terminal/emulated/advices.hpp"

namespace posbench::terminal {
namespace {

using runtime::Task;
using Type = iso8583::TransactionType;

constexpr std::string_view paid = "00", waiting = "09", closed = "17", already_paid = "22", unknown = "25";

/// One question about the order, under a STAN of its own.
Task<Result<iso8583::Message, OnlineFailure>> ask(const Parts& parts, Type type) {
    const TransactionRecord order = *parts.journal.order();
    TransactionData data;
    data.type = type;
    data.stan = co_await parts.journal.take_stan();
    data.amount = order.amount;
    data.entry = Entry::code;
    data.original = Original{order.batch, order.stan, {}, {}, {}};
    iso8583::Message request = transaction_request(parts.settings, parts.journal.batch(), data);
    auto reply = co_await parts.online.exchange(std::move(request), Link::Protection::mac);
    if (!reply) co_return reply.error();
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

/// The order as the host that calls it paid has it: another answer than that contradicts itself.
Task<Result<OrderState, OnlineFailure>> await_paid(const Parts& parts) {
    auto state = co_await query_order(parts);
    if (state && *state != OrderState::paid) co_return parts.online.described("bad_reply", Text::bad_reply);
    co_return state;
}

/// The order has no result yet: what the operator must not do is said too.
OnlineFailure still_pending(const Parts& parts, OnlineFailure failure) {
    failure.text += "\n" + std::string(say(Text::order_pending, parts.panel.language()));
    return failure;
}

}  // namespace

std::optional<OrderState> find_order_state(std::string_view code, const Defects& defects) noexcept {
    if (code == waiting && defects.has(Defect::takes_pending_as_paid)) return OrderState::paid;
    if (code == paid) return OrderState::paid;
    if (code == waiting) return OrderState::waiting;
    if (code == closed) return OrderState::closed;
    if (code == unknown) return OrderState::unknown;
    return std::nullopt;
}

Task<void> keep_order(const Parts& parts, OrderState state, const iso8583::Message& reply) {
    if (state == OrderState::paid) co_await parts.journal.order_paid(reply);
    if (state == OrderState::closed) co_await parts.journal.drop_order();
}

Task<Result<OrderState, OnlineFailure>> query_order(const Parts& parts) {
    const auto reply = co_await ask(parts, Type::code_query);
    if (!reply) co_return reply.error();
    const auto state = find_order_state(reply->get(39), parts.settings.defects);
    if (!state) {
        std::string code(reply->get(39));
        co_return co_await refused(parts, std::move(code));
    }
    co_await keep_order(parts, *state, *reply);
    co_return *state;
}

Task<Result<OrderState, OnlineFailure>> close_order(const Parts& parts) {
    if (!parts.settings.defects.has(Defect::leaves_order_open)) {
        co_await parts.panel.show(Text::order_closing);
        const auto reply = co_await ask(parts, Type::code_close);
        if (!reply) co_return reply.error();
        std::string code(reply->get(39));
        if (code == already_paid) co_return co_await await_paid(parts);
        // One that the host does not know it holds for closed from now on.
        if (code != paid && code != unknown) co_return co_await refused(parts, std::move(code));
    }
    co_await parts.journal.drop_order();
    co_return OrderState::closed;
}

Task<std::optional<OnlineFailure>> settle_order(const Parts& parts) {
    if (!parts.journal.order()) co_return std::nullopt;
    auto failure = co_await finish_receipt(parts, true);
    if (!failure && !parts.online.signed_in()) failure = co_await parts.online.sign_in();
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
