#include "drivers/host/acquirer/ledger.hpp"

#include <stdexcept>
#include <utility>

namespace posbench::host {
namespace {

void require(bool condition, const char* rule) {
    if (!condition) throw std::logic_error(std::string("host ledger: ") + rule);
}

}  // namespace

void Ledger::open_account(std::string_view pan, Amount balance) {
    const Amount nothing(0, currency_);
    const bool added = cardholders_.emplace(pan, Account{balance, nothing, nothing}).second;
    require(added, "an account is opened once");
}

Amount Ledger::balance(std::string_view pan) const {
    const auto found = cardholders_.find(pan);
    require(found != cardholders_.end(), "only opened accounts have a balance");
    return found->second.balance();
}

Amount Ledger::merchant_balance(std::string_view mid) const {
    const auto found = merchants_.find(mid);
    return found == merchants_.end() ? Amount(0, currency_) : found->second.balance();
}

Transaction* Ledger::find(const TransactionKey& key) noexcept {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : found->second;
}

Transaction* Ledger::find_by_rrn(std::string_view rrn) noexcept {
    const auto found = by_rrn_.find(rrn);
    return found == by_rrn_.end() ? nullptr : found->second;
}

Transaction& Ledger::remember(Transaction transaction) {
    require(find(transaction.key) == nullptr, "a transaction is entered once");
    transaction.refunded = Amount(0, currency_);
    Transaction& kept = transactions_.emplace_back(std::move(transaction));
    by_key_.emplace(kept.key, &kept);
    if (!kept.rrn.empty()) by_rrn_.emplace(kept.rrn, &kept);
    return kept;
}

void Ledger::forestall(const TransactionKey& key) {
    Transaction unseen;
    unseen.key = key;
    unseen.amount = Amount(0, currency_);
    unseen.standing = Standing::forestalled;
    remember(std::move(unseen));
}

Posting Ledger::post(Transaction transaction) {
    transaction.standing = Standing::approved;
    Transaction& posted = remember(std::move(transaction));
    if (posted.type == TransactionType::sale) {
        charge(posted, posted.amount);
        return {"sale", &posted};
    }
    require(posted.original && posted.original->type == TransactionType::sale &&
                posted.original->standing == Standing::approved,
            "a void or refund undoes a sale that is in force");
    Transaction& sale = *posted.original;
    if (posted.type == TransactionType::sale_void) {
        require(posted.amount == sale.amount, "a void undoes the whole sale");
        sale.standing = Standing::voided;
    } else {
        require(posted.type == TransactionType::refund, "sales, voids and refunds move money");
        require(sale.refunded + posted.amount <= sale.amount, "no more is refunded than was charged");
        sale.refunded = sale.refunded + posted.amount;
    }
    give_back(posted, posted.amount);
    return {to_string(posted.type), &posted};
}

Posting Ledger::reverse(Transaction& transaction) {
    require(transaction.standing == Standing::approved, "only what is in force is reversed");
    if (transaction.type == TransactionType::sale) {
        require(transaction.refunded.minor() == 0, "a sale with refunds is not reversed");
        give_back(transaction, transaction.amount);
    } else {
        require(transaction.type == TransactionType::sale_void, "sales and voids are reversed");
        transaction.original->standing = Standing::approved;
        charge(transaction, transaction.amount);
    }
    transaction.standing = Standing::reversed;
    return {"reversal", &transaction};
}

Ledger::Totals Ledger::totals() const {
    Totals totals{Amount(0, currency_), Amount(0, currency_)};
    for (const auto* accounts : {&cardholders_, &merchants_}) {
        for (const auto& [name, account] : *accounts) {
            totals.debits = totals.debits + account.debits;
            totals.credits = totals.credits + account.credits;
        }
    }
    return totals;
}

Ledger::Account& Ledger::cardholder(std::string_view pan) {
    const auto found = cardholders_.find(pan);
    require(found != cardholders_.end(), "money moves on opened accounts only");
    return found->second;
}

Ledger::Account& Ledger::merchant(std::string_view mid) {
    const Amount nothing(0, currency_);
    return merchants_.try_emplace(std::string(mid), Account{nothing, nothing, nothing}).first->second;
}

void Ledger::charge(const Transaction& transaction, Amount amount) {
    Account& payer = cardholder(transaction.pan);
    Account& payee = merchant(transaction.mid);
    payer.debits = payer.debits + amount;
    payee.credits = payee.credits + amount;
}

void Ledger::give_back(const Transaction& transaction, Amount amount) {
    Account& payee = cardholder(transaction.pan);
    Account& payer = merchant(transaction.mid);
    payer.debits = payer.debits + amount;
    payee.credits = payee.credits + amount;
}

}  // namespace posbench::host
