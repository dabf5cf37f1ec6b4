#include "drivers/host/acquirer/events.hpp"

#include <fmt/format.h>

#include "bench/trace/mask.hpp"

namespace posbench::host {
namespace {

std::string numeric(const Currency& currency) {
    return fmt::format("{:03}", currency.numeric);
}

}  // namespace

trace::Fields describe(const Posting& posting) {
    const Transaction& transaction = *posting.transaction;
    return {{"entry", posting.entry},
            {"stan", transaction.key.stan},
            {"tid", transaction.key.tid},
            {"amount", transaction.amount.minor()},
            {"currency", numeric(transaction.amount.currency())},
            {"rrn", transaction.rrn},
            {"pan", trace::mask_pan(transaction.pan)}};
}

trace::Fields describe(const OrderChange& change) {
    const Transaction& order = *change.transaction;
    trace::Fields fields{{"state", change.state},
                         {"stan", order.key.stan},
                         {"tid", order.key.tid},
                         {"batch", order.key.batch},
                         {"amount", order.amount.minor()},
                         {"currency", numeric(order.amount.currency())},
                         {"rrn", order.rrn}};
    if (change.wallet) fields.emplace_back("wallet", change.wallet->name);
    if (!change.reason.empty()) fields.emplace_back("reason", change.reason);
    return fields;
}

}  // namespace posbench::host
