#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string_view>

#include "drivers/host/acquirer/transaction.hpp"

namespace posbench::host {

/// The transactions that the host knows. Those of open batches stay; of the settled ones the `history` last
/// are kept, the oldest are forgotten first. Addresses hold until a transaction is forgotten.
class TransactionStore {
  public:
    explicit TransactionStore(std::size_t history) noexcept : history_(history) {}
    TransactionStore(const TransactionStore&) = delete;
    TransactionStore(TransactionStore&&) = default;
    TransactionStore& operator=(const TransactionStore&) = delete;
    TransactionStore& operator=(TransactionStore&&) = delete;
    ~TransactionStore() = default;

    /// Here and below: null when there is none.
    Transaction* find(const TransactionKey& key) noexcept;
    /// The last that got this reference number: they begin anew after 1,000,000.
    Transaction* find_by_rrn(std::string_view rrn) noexcept;
    /// The last pre-authorisation of a PAN with this code.
    Transaction* find_by_authorisation(std::string_view pan, std::string_view code) noexcept;

    /// Null when there is one with this key.
    Transaction* add(const Transaction& transaction);
    /// Its batch is closed; it may be forgotten from now on.
    void settle(Transaction& transaction);
    /// The oldest of those that have to be forgotten by now; null when none has.
    Transaction* outdated() const noexcept;
    /// Forgets outdated(). Precondition: there is one
    void forget_outdated();

    std::size_t size() const noexcept { return by_key_.size(); }
    const std::map<TransactionKey, Transaction>& all() const noexcept { return by_key_; }

  private:
    using AuthorisationName = FixedText<25>;  ///< PAN and code
    static AuthorisationName authorisation_name(std::string_view pan, std::string_view code);

    std::size_t history_;
    // Trees: a hash table that grows stops the host, for 25 ms at 85,000 transactions.
    std::map<TransactionKey, Transaction> by_key_;
    std::map<FixedText<12>, Transaction*> by_rrn_;
    std::map<AuthorisationName, Transaction*> by_authorisation_;
    std::deque<Transaction*> settled_;  ///< the oldest first
};

}  // namespace posbench::host
