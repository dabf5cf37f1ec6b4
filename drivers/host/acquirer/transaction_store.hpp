#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <map>
#include <string_view>
#include <unordered_map>

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

    std::size_t size() const noexcept;
    /// In no order that means anything.
    template <class Visit>
    void for_each(Visit&& visit) const {
        for (const Shard& shard : by_key_)
            for (const auto& [key, transaction] : shard) visit(transaction);
    }

  private:
    struct KeyHash {
        std::size_t operator()(const TransactionKey& key) const noexcept;
    };
    using Shard = std::unordered_map<TransactionKey, Transaction, KeyHash>;
    Shard& shard_of(const TransactionKey& key) noexcept;

    using AuthorisationName = FixedText<25>;  ///< PAN and code
    static AuthorisationName authorisation_name(std::string_view pan, std::string_view code);

    std::size_t history_;
    // A hash table that grows stops the host, for 25 ms at 85,000 transactions; a tree of so many costs 3 us
    // a sale. Of many tables each grows by itself, and is small.
    std::array<Shard, 64> by_key_;
    std::map<FixedText<12>, Transaction*> by_rrn_;
    std::map<AuthorisationName, Transaction*> by_authorisation_;
    std::deque<Transaction*> settled_;  ///< the oldest first
};

}  // namespace posbench::host
