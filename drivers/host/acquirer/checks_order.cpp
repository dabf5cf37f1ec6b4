#include "drivers/host/acquirer/checks.hpp"
#include "drivers/host/acquirer/orders.hpp"

namespace posbench::host {
namespace {

/// Of the terminal that asks, whose number is in the key: an order, or what was closed before it came.
bool is_order(const Transaction* named) {
    return named && (iso8583::opens_order(named->type) || named->standing == Standing::forestalled);
}

}  // namespace

namespace checks {

/// The terminal has given it up already, and must not have it after all.
Refusal order_not_closed(Deciding& d) {
    const Transaction* known = d.ledger.find(d.key());
    return known && known->standing == Standing::forestalled ? order_closed : passed;
}

Refusal wallet_known(Deciding& d) {
    d.wallet = find_wallet_by_code(d.profile.wallets, d.request.message.get(59));
    return d.wallet ? passed : "14";
}

/// Of a customer who refuses nobody learns what he has.
Refusal wallet_funded(Deciding& d) {
    if (d.wallet->refuses) return passed;
    return d.amount() <= d.ledger.available(d.wallet->account) ? passed : "51";
}

Refusal order_known(Deciding& d) {
    Transaction* named = find_named_original(d);
    if (!is_order(named)) return order_unknown;
    d.original = named;
    return passed;
}

Refusal order_refundable(Deciding& d) {
    d.original = find_named_original(d);
    const bool is_order = d.original && iso8583::opens_order(d.original->type);
    if (!is_order || d.original->mid != d.request.mid()) return order_unknown;
    if (d.original->standing != Standing::approved) return "22";
    return d.original->refunded + d.amount() <= d.original->total ? passed : "64";
}

}  // namespace checks
}  // namespace posbench::host
