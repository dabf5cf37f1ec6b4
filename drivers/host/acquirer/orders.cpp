#include "drivers/host/acquirer/orders.hpp"

namespace posbench::host {

Told told(TransactionType type, std::string_view code) noexcept {
    const bool closes = type == TransactionType::code_close;
    if (iso8583::approves(code)) return closes ? Told::is_closed : Told::is_paid;
    if (code == order_closed || code == order_unknown) return Told::is_closed;
    if (code == order_pending) return Told::waits;
    return closes && code == order_paid_already ? Told::is_paid : Told::nothing;
}

std::string Orders::draw_code() {
    constexpr std::string_view beginning = "https://pay.example/";
    constexpr int letters = 20;
    std::string code;
    do {
        code = beginning;
        for (int i = 0; i < letters; ++i) code += static_cast<char>('a' + random_.between(0, 25));
    } while (by_code_.contains(code));
    return code;
}

Order& Orders::open(Transaction& transaction, std::string code, runtime::WallTime now) {
    Order& order = orders_[transaction.key];
    order = {&transaction, nullptr, now + lifetime_, std::nullopt, std::move(code), ++last_number_};
    by_due_.emplace(order.due(), transaction.key);
    if (!order.code.empty()) {
        by_code_.emplace(order.code, transaction.key);
        by_number_.emplace(order.number, transaction.key);
    }
    return order;
}

void Orders::scanned(Order& order, const WalletProfile& wallet, runtime::WallTime now) {
    const TransactionKey& key = order.transaction->key;
    by_due_.erase({order.due(), key});
    unlist(order);
    order.wallet = &wallet;
    if (wallet.confirms) order.answers = now + *wallet.confirms;
    by_due_.emplace(order.due(), key);
}

void Orders::end(const TransactionKey& key) {
    const auto found = orders_.find(key);
    if (found == orders_.end()) return;
    by_due_.erase({found->second.due(), key});
    unlist(found->second);
    orders_.erase(found);
}

void Orders::unlist(const Order& order) {
    const auto shown = by_code_.find(order.code);
    if (shown != by_code_.end() && shown->second == order.transaction->key) by_code_.erase(shown);
    by_number_.erase(order.number);
}

Order* Orders::find(const TransactionKey& key) noexcept {
    const auto found = orders_.find(key);
    return found == orders_.end() ? nullptr : &found->second;
}

Order* Orders::find_shown(std::string_view code) noexcept {
    const auto found = by_code_.find(code);
    return found == by_code_.end() ? nullptr : find(found->second);
}

Order* Orders::last_shown() noexcept {
    return by_number_.empty() ? nullptr : find(by_number_.rbegin()->second);
}

std::optional<runtime::WallTime> Orders::next_due() const noexcept {
    if (by_due_.empty()) return std::nullopt;
    return by_due_.begin()->first;
}

Order* Orders::due(runtime::WallTime now) noexcept {
    const bool has_come = !by_due_.empty() && by_due_.begin()->first <= now;
    return has_come ? find(by_due_.begin()->second) : nullptr;
}

}  // namespace posbench::host
