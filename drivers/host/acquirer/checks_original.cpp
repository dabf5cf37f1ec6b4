#include <initializer_list>

#include "drivers/host/acquirer/checks.hpp"
#include "drivers/protocols/iso8583/civil_time.hpp"

namespace posbench::host {
namespace {

/// A completion may be of so much more than was held, in percent of the hold.
constexpr std::int64_t completion_limit = 115;

/// Batch and STAN of the original as field 61 begins; zeros where the terminal does not know them.
constexpr std::size_t batch_and_stan_size = 12;
constexpr std::string_view not_known = "000000000000";

/// Of the same merchant, and of the same card when the request says which.
bool is_of(const Transaction* original, const Deciding& d, std::initializer_list<TransactionType> types) {
    const std::string& pan = d.request.card.pan;
    return original && std::ranges::find(types, original->type) != types.end() &&
           original->mid == d.request.mid() && (pan.empty() || original->pan == pan);
}

/// The pre-authorisation that a completion, or its void, names: by PAN, authorisation code (field 38) and
/// date (field 61, behind batch and STAN).
Transaction* find_named_authorisation(const Deciding& d) {
    const std::string_view named = d.request.message.get(61);
    Transaction* found = d.ledger.find_by_authorisation(d.request.card.pan, d.request.message.get(38));
    if (!found || named.size() < 16) return nullptr;
    if (iso8583::CivilTime(found->day).mmdd() != named.substr(12, 4)) return nullptr;
    const bool same = found->key.batch == named.substr(0, 6) && found->key.stan == named.substr(6, 6);
    return same || named.starts_with(not_known) ? found : nullptr;
}

/// Why what is named can not be altered any more; empty when it is in force.
Refusal not_in_force(const Transaction& original) {
    if (original.standing == Standing::approved) return passed;
    const bool used_up = original.standing == Standing::voided || original.standing == Standing::completed;
    return used_up ? "22" : "25";
}

/// Nothing has been added to a charge, and nothing given back of it.
bool is_untouched(const Transaction& charge) {
    return charge.refunded.minor() == 0 && charge.total == charge.amount;
}

/// Whether what it has altered is as it left it.
bool is_last_word(const Transaction& transaction, Ledger& ledger) {
    if (is_charge(transaction.type)) return is_untouched(transaction);
    if (transaction.type != TransactionType::completion_void) return true;
    const Transaction* completion = ledger.original_of(transaction);
    const Transaction* hold = completion ? ledger.original_of(*completion) : nullptr;
    return !hold || hold->standing == Standing::approved;
}

}  // namespace

std::optional<TransactionKey> named_key(const Deciding& d) {
    const std::string_view named = d.request.message.get(61).substr(0, batch_and_stan_size);
    if (named.size() < batch_and_stan_size || named == not_known) return std::nullopt;
    return TransactionKey{d.request.tid(), named.substr(0, 6), named.substr(6, 6)};
}

Transaction* find_named_original(const Deciding& d) {
    const std::string_view rrn = d.request.message.get(37);
    Transaction* by_rrn = rrn.empty() ? nullptr : d.ledger.find_by_rrn(rrn);
    const auto key = named_key(d);
    if (!key) return by_rrn;
    Transaction* by_key = d.ledger.find(*key);
    return rrn.empty() || by_rrn == by_key ? by_key : nullptr;
}

namespace checks {

/// Of a sale, or of a completion that was requested, at the terminal that made it.
Refusal original_voidable(Deciding& d) {
    const auto type =
        d.type == TransactionType::sale_void ? TransactionType::sale : TransactionType::completion;
    d.original = find_named_original(d);
    if (!is_of(d.original, d, {type}) || d.original->key.tid != d.request.tid()) return "25";
    if (const Refusal code = not_in_force(*d.original); !code.empty()) return code;
    // What is settled is given back by a refund.
    if (d.original->settled || d.original->refunded.minor() > 0) return "22";
    if (d.original->total != d.amount()) return "64";
    d.account = d.issuer.find(d.original->pan);
    return passed;
}

Refusal original_refundable(Deciding& d) {
    d.original = find_named_original(d);
    const bool of_card = d.original && is_charge(d.original->type) && !iso8583::opens_order(d.original->type);
    if (!of_card || !is_of(d.original, d, {d.original->type})) return "25";
    if (const Refusal code = not_in_force(*d.original); !code.empty()) return code;
    if (d.original->refunded + d.amount() > d.original->total) return "64";
    d.account = d.issuer.find(d.original->pan);
    return passed;
}

Refusal hold_voidable(Deciding& d) {
    const bool with_date = d.request.message.get(61).size() >= batch_and_stan_size + 4;
    d.original =
        d.request.message.has(38) && with_date ? find_named_authorisation(d) : find_named_original(d);
    if (!is_of(d.original, d, {TransactionType::pre_authorisation})) return "25";
    if (const Refusal code = not_in_force(*d.original); !code.empty()) return code;
    if (d.original->amount != d.amount()) return "64";
    d.account = d.issuer.find(d.original->pan);
    return passed;
}

Refusal hold_completable(Deciding& d) {
    d.original = find_named_authorisation(d);
    if (!is_of(d.original, d, {TransactionType::pre_authorisation})) return "25";
    if (const Refusal code = not_in_force(*d.original); !code.empty()) return code;
    if (d.amount().minor() * 100 > d.original->amount.minor() * completion_limit) return "61";
    d.account = d.issuer.find(d.original->pan);
    return passed;
}

Refusal completion_funded(Deciding& d) {
    const Amount available = d.ledger.available(d.original->pan) + d.original->amount;
    return d.amount() <= available ? passed : "51";
}

Refusal original_changeable(Deciding& d) {
    d.original = find_named_original(d);
    const bool is_known =
        d.type == TransactionType::tip
            ? is_of(d.original, d,
                    {TransactionType::sale, TransactionType::offline_sale, TransactionType::emv_offline_sale})
            : is_of(d.original, d, {TransactionType::offline_sale, TransactionType::emv_offline_sale});
    if (!is_known || d.original->key.tid != d.request.tid()) return "25";
    if (const Refusal code = not_in_force(*d.original); !code.empty()) return code;
    if (d.original->settled) return "22";
    if (d.amount() < d.original->refunded) return "64";
    d.account = d.issuer.find(d.original->pan);
    return passed;
}

Refusal tip_limit_kept(Deciding& d) {
    if (d.amount() < d.original->total) return "13";
    const std::int64_t most = d.original->amount.minor() * (100 + d.profile.tip_limit);
    return d.amount().minor() * 100 <= most ? passed : "61";
}

/// What has no effect in force is reversed by doing nothing: the terminal may ask as often as it likes.
Refusal original_reversible(Deciding& d) {
    d.original = d.ledger.find(d.key());
    if (!d.original || d.original->standing == Standing::forestalled) return "25";
    const std::string& pan = d.request.card.pan;
    if (!pan.empty() && d.original->pan != pan) return "25";
    if (d.original->asked != d.amount()) return "64";
    if (!iso8583::transaction_row(d.original->type).reversible) return "12";
    if (d.original->standing == Standing::voided || d.original->standing == Standing::completed) return "22";
    const bool in_force = d.original->standing == Standing::approved;
    return !in_force || is_last_word(*d.original, d.ledger) ? passed : "22";
}

}  // namespace checks
}  // namespace posbench::host
