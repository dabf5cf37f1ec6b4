#include "drivers/host/acquirer/ledger.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace posbench::host {
namespace {

void require(bool condition, const char* rule) {
    if (!condition) throw std::logic_error(std::string("host ledger: ") + rule);
}

bool in_force(const Transaction* transaction) {
    return transaction && transaction->standing == Standing::approved;
}

}  // namespace

// Accounts

void Ledger::open_account(std::string_view pan, Amount balance) {
    const Amount nothing(0, currency_);
    const bool added = cardholders_.try_emplace(pan, Account{balance, nothing, nothing, nothing}).second;
    require(added, "an account is opened once");
}

Amount Ledger::balance(std::string_view pan) const {
    return cardholder(pan).balance();
}

Amount Ledger::held(std::string_view pan) const {
    return cardholder(pan).held;
}

Amount Ledger::available(std::string_view pan) const {
    const Account& account = cardholder(pan);
    return account.balance() - account.held;
}

Amount Ledger::merchant_balance(std::string_view mid) const {
    const auto found = merchants_.find(mid);
    return found == merchants_.end() ? Amount(0, currency_) : found->second.balance();
}

const Ledger::Account& Ledger::cardholder(std::string_view pan) const {
    const auto found = cardholders_.find(pan);
    require(found != cardholders_.end(), "only opened accounts have money");
    return found->second;
}

Ledger::Account& Ledger::cardholder(std::string_view pan) {
    return const_cast<Account&>(std::as_const(*this).cardholder(pan));
}

Ledger::Account& Ledger::merchant(std::string_view mid) {
    const Amount nothing(0, currency_);
    return merchants_.try_emplace(mid, Account{nothing, nothing, nothing, nothing}).first->second;
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

void Ledger::hold(const Transaction& pre_authorisation) {
    Account& account = cardholder(pre_authorisation.pan);
    account.held = account.held + pre_authorisation.amount;
}

void Ledger::release(const Transaction& pre_authorisation) {
    Account& account = cardholder(pre_authorisation.pan);
    require(pre_authorisation.amount <= account.held, "no more is released than is held");
    account.held = account.held - pre_authorisation.amount;
}

Ledger::Totals Ledger::totals() const {
    Totals totals{Amount(0, currency_), Amount(0, currency_)};
    const auto add = [&](const auto& accounts) {
        for (const auto& [name, account] : accounts) {
            totals.debits = totals.debits + account.debits;
            totals.credits = totals.credits + account.credits;
        }
    };
    add(cardholders_);
    add(merchants_);
    return totals;
}

std::string Ledger::difference() const {
    AccountSums sums = forgotten_;
    for (const auto& [key, transaction] : store_.all()) {
        sums.add_moved(transaction);
        sums.add_held(transaction);
    }
    for (const auto& [pan, account] : cardholders_) {
        const auto fault = sums.cardholder_differs(pan, account.opening - account.balance(), account.held);
        if (!fault.empty()) return fault;
    }
    for (const auto& [mid, account] : merchants_) {
        const auto fault = sums.merchant_differs(mid, account.balance());
        if (!fault.empty()) return fault;
    }
    return {};
}

// What is known

Transaction* Ledger::original_of(const Transaction& transaction) noexcept {
    Transaction* found = transaction.original ? find(*transaction.original) : nullptr;
    return found && found->rrn == transaction.original_rrn ? found : nullptr;
}

Transaction& Ledger::remember(Transaction transaction) {
    transaction.refunded = Amount(0, currency_);
    transaction.total = Amount(0, currency_);
    Transaction* kept = store_.add(transaction);
    require(kept != nullptr, "a transaction is entered once");
    return *kept;
}

Transaction& Ledger::forestall(const TransactionKey& key) {
    Transaction unseen;
    unseen.key = key;
    unseen.asked = unseen.amount = Amount(0, currency_);
    unseen.standing = Standing::forestalled;
    return remember(unseen);
}

void Ledger::settle(Transaction& transaction) {
    store_.settle(transaction);
    while (const Transaction* oldest = store_.outdated()) {
        if (oldest->type == TransactionType::pre_authorisation && in_force(oldest)) release(*oldest);
        forgotten_.add_moved(*oldest);
        store_.forget_outdated();
    }
}

// Postings

Posting Ledger::post(Transaction transaction, Transaction* original) {
    transaction.standing = Standing::approved;
    if (original) {
        transaction.original = original->key;
        transaction.original_rrn = original->rrn;
    }
    Transaction& posted = remember(std::move(transaction));
    switch (posted.type) {
        case TransactionType::sale:
        case TransactionType::offline_sale:
        case TransactionType::emv_offline_sale:
            posted.total = posted.amount;
            charge(posted, posted.amount);
            return {to_string(posted.type), &posted};
        case TransactionType::pre_authorisation:
            hold(posted);
            return {to_string(posted.type), &posted};
        default:
            break;
    }
    require(in_force(original), "what is altered is in force");
    switch (posted.type) {
        case TransactionType::sale_void:
        case TransactionType::pre_authorisation_void:
            post_void(posted, *original);
            break;
        case TransactionType::refund:
        case TransactionType::code_refund:
            post_refund(posted, *original);
            break;
        case TransactionType::completion:
        case TransactionType::completion_advice:
            post_completion(posted, *original);
            break;
        case TransactionType::completion_void:
            post_completion_void(posted, *original);
            break;
        case TransactionType::adjustment:
        case TransactionType::tip:
            return {post_new_total(posted, *original), &posted};
        default:
            require(false, "inquiries and reversals are no postings");
    }
    return {to_string(posted.type), &posted};
}

Transaction& Ledger::open_order(Transaction transaction) {
    require(iso8583::opens_order(transaction.type), "a payment by code is ordered");
    transaction.standing = Standing::pending;
    return remember(std::move(transaction));
}

Posting Ledger::pay(Transaction& order, std::string_view account) {
    require(order.standing == Standing::pending, "what is pending is paid");
    order.standing = Standing::approved;
    order.pan = account;
    order.total = order.amount;
    charge(order, order.amount);
    return {to_string(order.type), &order};
}

void Ledger::close(Transaction& order) {
    require(order.standing == Standing::pending, "what is pending is closed");
    order.standing = Standing::declined;
}

void Ledger::post_void(const Transaction& undoing, Transaction& original) {
    if (undoing.type == TransactionType::sale_void) {
        require(original.type == TransactionType::sale, "a sale's void undoes a sale");
        require(undoing.amount == original.total && original.refunded.minor() == 0,
                "a void undoes the whole sale");
        give_back(undoing, undoing.amount);
    } else {
        require(original.type == TransactionType::pre_authorisation, "its void undoes a pre-authorisation");
        require(undoing.amount == original.amount, "a void ends the whole hold");
        release(original);
    }
    original.standing = Standing::voided;
}

void Ledger::post_refund(const Transaction& refund, Transaction& original) {
    require(is_charge(original.type), "charges are refunded");
    require(original.refunded + refund.amount <= original.total, "no more is refunded than was charged");
    original.refunded = original.refunded + refund.amount;
    give_back(refund, refund.amount);
}

void Ledger::post_completion(Transaction& completion, Transaction& pre_authorisation) {
    require(pre_authorisation.type == TransactionType::pre_authorisation, "a pre-authorisation is completed");
    release(pre_authorisation);
    pre_authorisation.standing = Standing::completed;
    completion.total = completion.amount;
    charge(completion, completion.amount);
}

void Ledger::post_completion_void(const Transaction& undoing, Transaction& completion) {
    require(completion.type == TransactionType::completion, "its void undoes a completion");
    require(undoing.amount == completion.total && completion.refunded.minor() == 0,
            "a void undoes the whole completion");
    give_back(undoing, undoing.amount);
    completion.standing = Standing::voided;
    if (Transaction* pre_authorisation = original_of(completion)) {
        pre_authorisation->standing = Standing::approved;
        hold(*pre_authorisation);
    }
}

std::string_view Ledger::post_new_total(Transaction& change, Transaction& original) {
    require(is_charge(original.type), "charges have tips and adjustments");
    require(change.asked != original.total && change.asked >= original.refunded,
            "the total changes, and not below what was refunded");
    const bool up = change.asked > original.total;
    change.gives_back = !up;
    require(up || change.type == TransactionType::adjustment, "a tip adds");
    change.amount = up ? change.asked - original.total : original.total - change.asked;
    original.total = change.asked;
    if (up) {
        charge(change, change.amount);
        return to_string(change.type);
    }
    give_back(change, change.amount);
    return "adjustment_down";
}

// Reversals

Posting Ledger::reverse(Transaction& transaction) {
    require(in_force(&transaction), "only what is in force is reversed");
    switch (transaction.type) {
        case TransactionType::sale:
        case TransactionType::completion:
            require(transaction.refunded.minor() == 0 && transaction.total == transaction.amount,
                    "a charge with refunds or tips is not reversed");
            give_back(transaction, transaction.amount);
            if (Transaction* pre_authorisation = original_of(transaction)) {
                pre_authorisation->standing = Standing::approved;
                hold(*pre_authorisation);
            }
            break;
        case TransactionType::pre_authorisation:
            release(transaction);
            break;
        case TransactionType::sale_void:
        case TransactionType::pre_authorisation_void:
            reverse_void(transaction);
            break;
        case TransactionType::completion_void:
            reverse_completion_void(transaction);
            break;
        default:
            require(false, "a terminal does not reverse this");
    }
    transaction.standing = Standing::reversed;
    return {to_string(TransactionType::reversal), &transaction};
}

void Ledger::reverse_void(const Transaction& undoing) {
    Transaction* original = original_of(undoing);
    if (original) original->standing = Standing::approved;
    if (undoing.type == TransactionType::sale_void)
        charge(undoing, undoing.amount);
    else if (original)
        hold(*original);
}

void Ledger::reverse_completion_void(const Transaction& undoing) {
    charge(undoing, undoing.amount);
    Transaction* completion = original_of(undoing);
    if (!completion) return;
    completion->standing = Standing::approved;
    if (Transaction* pre_authorisation = original_of(*completion)) {
        require(in_force(pre_authorisation), "the hold is as the void left it");
        pre_authorisation->standing = Standing::completed;
        release(*pre_authorisation);
    }
}

}  // namespace posbench::host
