#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "bench/runtime/money.hpp"
#include "drivers/host/acquirer/account_sums.hpp"
#include "drivers/host/acquirer/transaction.hpp"
#include "drivers/host/acquirer/transaction_store.hpp"

namespace posbench::host {

/// An entry of the ledger as the trace tells it (host.posted).
struct Posting {
    std::string_view entry;  ///< of trace::words::ledger_entries
    const Transaction* transaction = nullptr;
};

/// The issuer's and the acquirer's books, by double entry: each posting debits one account and credits
/// another by the same amount. Cardholders' accounts are what the issuer owes them, merchants' what the
/// acquirer owes them, so a charge debits the cardholder and credits the merchant; whatever undoes it does
/// the opposite. A pre-authorisation moves nothing: it holds an amount of the cardholder's balance until it
/// is voided, reversed, completed, or forgotten. Decides nothing: a posting that cannot be is a mistake of
/// the caller (std::logic_error).
class Ledger {
  public:
    /// @param history settled transactions that are kept
    Ledger(Currency currency, std::size_t history) noexcept : currency_(currency), store_(history) {}

    void open_account(std::string_view pan, Amount balance);
    bool has_account(std::string_view pan) const noexcept {
        return cardholders_.find(pan) != cardholders_.end();
    }
    /// Opening, credits less debits. Here and below: @throws std::logic_error for an account that was not
    /// opened
    Amount balance(std::string_view pan) const;
    /// Sum of the holds in force.
    Amount held(std::string_view pan) const;
    /// What the cardholder can spend: the balance less the holds.
    Amount available(std::string_view pan) const;
    /// What the acquirer owes the merchant; nothing for one it has not met.
    Amount merchant_balance(std::string_view mid) const;

    /// Here and below: null when there is none, or it is forgotten.
    Transaction* find(const TransactionKey& key) noexcept { return store_.find(key); }
    Transaction* find_by_rrn(std::string_view rrn) noexcept { return store_.find_by_rrn(rrn); }
    Transaction* find_by_authorisation(std::string_view pan, std::string_view code) noexcept {
        return store_.find_by_authorisation(pan, code);
    }
    /// What a transaction names as its original.
    Transaction* original_of(const Transaction& transaction) noexcept;
    /// Transactions that are known.
    std::size_t size() const noexcept { return store_.size(); }

    /// Remembers a transaction that moves no money: a refused one, or an inquiry.
    Transaction& remember(Transaction transaction);
    /// Remembers that the reversal of a transaction came that was never seen.
    Transaction& forestall(const TransactionKey& key);

    /// Posts a charge, a pre-authorisation, or what alters an `original` of these.
    Posting post(Transaction transaction, Transaction* original = nullptr);
    /// Remembers an order, which nobody has paid. It is no one's batch yet, and so not forgotten.
    Transaction& open_order(Transaction transaction);
    /// The wallet's money pays it. @param account of the wallet
    Posting pay(Transaction& order, std::string_view account);
    /// It will not be paid.
    void close(Transaction& order);
    /// Undoes what a terminal may reverse, whatever it has altered being again as it was.
    Posting reverse(Transaction& transaction);
    /// The transaction's batch is closed: it may be forgotten, which ends its hold.
    void settle(Transaction& transaction);

    /// The books gone through once more, from the transactions: what each moved by what it is and how it
    /// stands, summed for each account. The first account that has other money, or other holds, in words;
    /// empty when none has. Takes as long as there are transactions.
    std::string difference() const;

    /// Sums over all accounts. Double entry holds when debits equal credits.
    struct Totals {
        Amount debits;
        Amount credits;
    };
    Totals totals() const;

  private:
    struct Account {
        Amount opening;
        Amount debits;
        Amount credits;
        Amount held;
        Amount balance() const { return opening + credits - debits; }
    };
    const Account& cardholder(std::string_view pan) const;
    Account& cardholder(std::string_view pan);
    Account& merchant(std::string_view mid);
    void charge(const Transaction& transaction, Amount amount);
    void give_back(const Transaction& transaction, Amount amount);
    void hold(const Transaction& pre_authorisation);
    void release(const Transaction& pre_authorisation);

    void post_void(const Transaction& undoing, Transaction& original);
    void post_refund(const Transaction& refund, Transaction& original);
    void post_completion(Transaction& completion, Transaction& pre_authorisation);
    void post_completion_void(const Transaction& undoing, Transaction& completion);
    std::string_view post_new_total(Transaction& change, Transaction& original);
    void reverse_void(const Transaction& undoing);
    void reverse_completion_void(const Transaction& undoing);

    Currency currency_;
    AccountSums forgotten_;  ///< moved by transactions that are forgotten
    std::unordered_map<Pan, Account, TextHash> cardholders_;
    std::unordered_map<Mid, Account, TextHash> merchants_;
    TransactionStore store_;
};

}  // namespace posbench::host
