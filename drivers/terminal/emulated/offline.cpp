#include <utility>

#include "drivers/terminal/emulated/families.hpp"
#include "drivers/terminal/emulated/originals.hpp"

/// What is approved without the host: stored, and sent as an advice later (upload.cpp).
namespace posbench::terminal {
namespace {

using runtime::Task;
using Type = iso8583::TransactionType;

}  // namespace

/// The issuer gave its authorisation code by telephone.
Task<End> conduct_offline_sale(Transaction& sale) {
    Step end = sale.has_room();
    if (!end) end = co_await sale.enter_amount();
    if (!end) {
        const DigitsAsked asked{"auth_code", Text::enter_auth_code, 6, 6};
        auto digits = co_await ask_digits(sale.counter(), asked);
        if (!digits) end = digits.error();
        if (digits) sale.data.auth_code = *std::move(digits);
    }
    if (!end) end = co_await sale.read_card();
    // Its batch must be one that the host knows: after a settlement that is the one the sign-in brings.
    if (!end) end = co_await sale.make_ready();
    if (end) co_return *std::move(end);
    co_return co_await sale.approve_offline();
}

Task<End> conduct_tip(Transaction& tip) {
    if (Step full = tip.has_room()) co_return *std::move(full);
    if (!tip.parts().settings.tips) co_return tip.ended("failed", "not_allowed", Text::not_supported);
    const auto named = co_await ask_voucher(tip, Type::sale);
    if (!named) co_return named.error();
    if (*named == nullptr) co_return tip.ended("failed", "not_found", Text::original_unknown);
    const TransactionRecord original = **named;
    take_original(tip, original);
    const Amount most(original.amount.minor() * tip.parts().settings.tip_limit / 100,
                      original.amount.currency());
    auto amount = co_await ask_amount(tip.counter(), "tip", Text::enter_tip, most);
    if (!amount) co_return amount.error();
    tip.set_amount(*amount);
    tip.total = original.amount + *amount;
    co_return co_await tip.approve_offline();
}

Task<End> conduct_adjustment(Transaction& adjustment) {
    if (Step full = adjustment.has_room()) co_return *std::move(full);
    const auto named = co_await ask_voucher(adjustment, Type::offline_sale);
    if (!named) co_return named.error();
    if (*named == nullptr) co_return adjustment.ended("failed", "not_found", Text::original_unknown);
    const TransactionRecord original = **named;
    take_original(adjustment, original);
    auto amount = co_await ask_amount(adjustment.counter(), "amount", Text::enter_new_amount,
                                      adjustment.parts().settings.amount_max);
    if (!amount) co_return amount.error();
    if (*amount == original.amount)
        co_return adjustment.ended("failed", "not_allowed", Text::amount_unchanged);
    adjustment.lowers = *amount < original.amount;
    adjustment.total = *amount;
    adjustment.set_amount(adjustment.lowers ? original.amount - *amount : *amount - original.amount);
    co_return co_await adjustment.approve_offline();
}

}  // namespace posbench::terminal
