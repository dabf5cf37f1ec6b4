#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "bench/runtime/money.hpp"
#include "drivers/host/acquirer/request.hpp"

namespace posbench::host {

/// What makes a transaction of a terminal unique. A reversal carries its original's.
struct TransactionKey {
    std::string tid;
    std::string batch;  ///< field 60.2
    std::string stan;   ///< field 11
    auto operator<=>(const TransactionKey&) const = default;
};

enum class Standing {
    declined,     ///< refused: no money moved
    approved,     ///< in force
    voided,       ///< a sale undone by a void
    reversed,     ///< undone by a reversal
    forestalled,  ///< its reversal came first: if it comes yet, it must not be posted
};

/// A transaction the host has decided about.
struct Transaction {
    TransactionKey key;
    TransactionType type = TransactionType::sale;
    std::string mid;
    std::string pan;
    std::string rrn;
    Amount amount;
    Standing standing = Standing::declined;
    Amount refunded;                  ///< of a sale
    Transaction* original = nullptr;  ///< of a void or refund
};

/// An entry of the ledger as the trace tells it (host.posted).
struct Posting {
    std::string_view entry;  ///< sale, void, refund, reversal
    const Transaction* transaction = nullptr;
};

/// The issuer's and the acquirer's books, by double entry: each posting debits one account and credits
/// another by the same amount. Cardholders' accounts are what the issuer owes them, merchants' what the
/// acquirer owes them, so a sale debits the cardholder and credits the merchant; whatever undoes it does the
/// opposite. Decides nothing: a posting that cannot be is a mistake of the caller (std::logic_error).
class Ledger {
  public:
    explicit Ledger(Currency currency) noexcept : currency_(currency) {}

    void open_account(std::string_view pan, Amount balance);
    /// What the cardholder can spend. @throws std::logic_error for an account that was not opened
    Amount balance(std::string_view pan) const;
    /// What the acquirer owes the merchant; nothing for one it has not met.
    Amount merchant_balance(std::string_view mid) const;

    /// Null when there is none.
    Transaction* find(const TransactionKey& key) noexcept;
    Transaction* find_by_rrn(std::string_view rrn) noexcept;

    /// Remembers a transaction that moves no money: a refused one, or an inquiry.
    Transaction& remember(Transaction transaction);
    /// Remembers that the reversal of a transaction came that was never seen.
    void forestall(const TransactionKey& key);

    /// Posts a sale, or a void or refund of its `original` sale.
    Posting post(Transaction transaction);
    /// Undoes a sale or a void.
    Posting reverse(Transaction& transaction);

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
        Amount balance() const { return opening + credits - debits; }
    };
    Account& cardholder(std::string_view pan);
    Account& merchant(std::string_view mid);
    void charge(const Transaction& transaction, Amount amount);
    void give_back(const Transaction& transaction, Amount amount);

    Currency currency_;
    std::map<std::string, Account, std::less<>> cardholders_;
    std::map<std::string, Account, std::less<>> merchants_;
    std::deque<Transaction> transactions_;  ///< never shrinks: the maps point into it
    std::map<TransactionKey, Transaction*> by_key_;
    std::map<std::string, Transaction*, std::less<>> by_rrn_;
};

}  // namespace posbench::host
