#include <utility>

#include <fmt/format.h>

#include "drivers/host/acquirer/authorisation.hpp"

// Payments by code. An order is in no batch while it waits: when it is paid it counts in the batch that is
// then in force, and when it is closed it may be forgotten.

namespace posbench::host {

Outcome Authorisation::decide_order(Deciding& deciding) {
    if (iso8583::opens_order(deciding.type)) return open_order(deciding);
    Transaction& order = *deciding.original;
    const bool closes = deciding.type == TransactionType::code_close;
    if (order.standing == Standing::approved)
        return answer_order(deciding, closes ? order_paid_already : "00");
    if (order.standing != Standing::pending) return answer_order(deciding, closes ? "00" : order_closed);
    if (!closes) return answer_order(deciding, order_pending);
    OrderChange change = close(order, "terminal");
    Outcome outcome = answer_order(deciding, "00");
    outcome.order = std::move(change);
    return outcome;
}

/// The words of an order: its own reference number and amount, and the code of its approval.
Outcome Authorisation::answer_order(const Deciding& deciding, std::string_view code) {
    const Transaction& order = *deciding.original;
    const std::string rrn = order.rrn.empty() ? next_rrn(deciding.now) : std::string(order.rrn);
    Outcome outcome = answer(deciding.request, code, rrn, deciding.now);
    if (order.standing != Standing::forestalled)
        outcome.reply.set(4, fmt::format("{:012}", order.amount.minor()));
    if (order.standing == Standing::approved) outcome.reply.set(38, std::string(order.authorisation_code));
    return outcome;
}

Outcome Authorisation::open_order(Deciding& deciding) {
    constexpr std::string_view no_room = "96";
    const WalletProfile* wallet = deciding.wallet;
    const bool refused = wallet && wallet->refuses && wallet->confirms == runtime::Duration();
    if (orders_.full()) return refuse(deciding, no_room, {});
    const std::string rrn = next_rrn(deciding.now);
    Transaction& transaction = enter_order(deciding, rrn);
    deciding.original = &transaction;
    if (refused) {
        OrderChange change = close(transaction, "customer");
        Outcome outcome = answer_order(deciding, order_closed);
        change.wallet = wallet;
        outcome.order = std::move(change);
        return outcome;
    }
    if (wallet && wallet->confirms == runtime::Duration()) {
        OrderChange change = pay(transaction, wallet->account);
        change.wallet = wallet;
        Outcome outcome = answer_order(deciding, "00");
        outcome.posted = change.posted;
        outcome.order = std::move(change);
        return outcome;
    }
    Order& order = orders_.open(transaction, wallet ? std::string() : orders_.draw_code(), deciding.now);
    if (wallet) orders_.scanned(order, *wallet, deciding.now);
    Outcome outcome = answer_order(deciding, order_pending);
    if (!order.code.empty()) outcome.reply.set(59, order.code);
    outcome.order = OrderChange{"pending", {}, &transaction, wallet};
    return outcome;
}

Transaction& Authorisation::enter_order(const Deciding& deciding, std::string_view rrn) {
    return ledger_.open_order(transaction_of(deciding, order_pending, rrn));
}

OrderChange Authorisation::pay(Transaction& order, std::string_view account) {
    const Posting posting = ledger_.pay(order, account);
    order.code = std::string_view("00");
    if (order.authorisation_code.empty())
        order.authorisation_code = fmt::format("{:06}", code_random_.between(0, 999'999));
    orders_.end(order.key);
    file(order);
    sessions_.find(order.key.tid)->batch().count(posting);
    return {"paid", {}, &order, nullptr, posting};
}

OrderChange Authorisation::close(Transaction& order, std::string_view reason) {
    ledger_.close(order);
    order.code = order_closed;
    orders_.end(order.key);
    file(order);
    return {"closed", reason, &order, nullptr, std::nullopt};
}

Transaction* Authorisation::forestall(const TransactionKey& key) {
    if (ledger_.find(key)) return nullptr;
    Transaction& unseen = ledger_.forestall(key);
    file(unseen);
    return &unseen;
}

std::optional<OrderChange> Authorisation::forestall_order(const Deciding& deciding, std::string_view reason) {
    const auto key = named_key(deciding);
    const Transaction* unseen = key ? forestall(*key) : nullptr;
    if (!unseen) return std::nullopt;
    return OrderChange{"closed", reason, unseen, nullptr, std::nullopt};
}

std::optional<OrderChange> Authorisation::tend_order(runtime::WallTime now) {
    const Order* order = orders_.due(now);
    if (!order) return std::nullopt;
    Transaction& transaction = *order->transaction;
    const WalletProfile* wallet = order->wallet;
    const bool expired = order->expires_first();
    OrderChange change = [&] {
        if (expired) return close(transaction, "expired");
        if (wallet->refuses) return close(transaction, "customer");
        if (ledger_.available(wallet->account) < transaction.amount) return close(transaction, "funds");
        return pay(transaction, wallet->account);
    }();
    change.wallet = wallet;
    return change;
}

std::optional<OrderChange> Authorisation::scan(const WalletProfile& wallet, std::string_view code,
                                               runtime::WallTime now) {
    Order* order = code.empty() ? orders_.last_shown() : orders_.find_shown(code);
    if (!order) return std::nullopt;
    orders_.scanned(*order, wallet, now);
    return OrderChange{"scanned", {}, order->transaction, &wallet};
}

}  // namespace posbench::host
