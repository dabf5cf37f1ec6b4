#include "drivers/host/acquirer/transaction_store.hpp"

#include <string>

namespace posbench::host {

namespace {

template <class Map, class Key>
Transaction* value_or_null(const Map& map, const Key& key) {
    const auto found = map.find(key);
    return found == map.end() ? nullptr : found->second;
}

/// A later transaction may stand under the same name by now.
template <class Map, class Key>
void erase_if_of(Map& map, const Key& key, const Transaction* transaction) {
    const auto found = map.find(key);
    if (found != map.end() && found->second == transaction) map.erase(found);
}

}  // namespace

TransactionStore::AuthorisationName TransactionStore::authorisation_name(std::string_view pan,
                                                                         std::string_view code) {
    return std::string(pan).append(code);
}

std::size_t TransactionStore::KeyHash::operator()(const TransactionKey& key) const noexcept {
    constexpr std::size_t odd =
        0x9E37'79B9'7F4A'7C15;  // 2^64 over the golden ratio: spreads what it multiplies
    const TextHash of;
    return (of(key.tid) * odd + of(key.batch)) * odd + of(key.stan);
}

/// By the high bits: a table takes its places from the whole.
TransactionStore::Shard& TransactionStore::shard_of(const TransactionKey& key) noexcept {
    constexpr unsigned bits = 6;
    static_assert(std::tuple_size_v<decltype(by_key_)> == 1U << bits);
    return by_key_[KeyHash()(key) >> (64 - bits)];
}

std::size_t TransactionStore::size() const noexcept {
    std::size_t size = 0;
    for (const Shard& shard : by_key_) size += shard.size();
    return size;
}

Transaction* TransactionStore::find(const TransactionKey& key) noexcept {
    Shard& shard = shard_of(key);
    const auto found = shard.find(key);
    return found == shard.end() ? nullptr : &found->second;
}

Transaction* TransactionStore::find_by_rrn(std::string_view rrn) noexcept {
    return rrn.size() == 12 ? value_or_null(by_rrn_, FixedText<12>(rrn)) : nullptr;
}

Transaction* TransactionStore::find_by_authorisation(std::string_view pan, std::string_view code) noexcept {
    if (pan.size() > 19 || code.size() != 6) return nullptr;
    return value_or_null(by_authorisation_, authorisation_name(pan, code));
}

Transaction* TransactionStore::add(const Transaction& transaction) {
    const auto [place, added] = shard_of(transaction.key).try_emplace(transaction.key, transaction);
    if (!added) return nullptr;
    Transaction* kept = &place->second;
    if (!kept->rrn.empty()) by_rrn_.insert_or_assign(by_rrn_.end(), kept->rrn, kept);
    if (kept->type == TransactionType::pre_authorisation && !kept->authorisation_code.empty())
        by_authorisation_.insert_or_assign(authorisation_name(kept->pan, kept->authorisation_code), kept);
    return kept;
}

void TransactionStore::settle(Transaction& transaction) {
    if (transaction.settled) return;
    transaction.settled = true;
    settled_.push_back(&transaction);
}

Transaction* TransactionStore::outdated() const noexcept {
    return settled_.size() > history_ ? settled_.front() : nullptr;
}

void TransactionStore::forget_outdated() {
    const Transaction* oldest = settled_.front();
    settled_.pop_front();
    erase_if_of(by_rrn_, oldest->rrn, oldest);
    erase_if_of(by_authorisation_, authorisation_name(oldest->pan, oldest->authorisation_code), oldest);
    const TransactionKey key = oldest->key;
    shard_of(key).erase(key);
}

}  // namespace posbench::host
