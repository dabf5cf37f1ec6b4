#include "drivers/terminal/emulated/originals.hpp"

#include <algorithm>
#include <utility>

namespace posbench::terminal {
namespace {

using runtime::Task;
using Type = iso8583::TransactionType;

constexpr std::size_t stan_digits = 6;

bool is_refunded(const Journal& journal, const TransactionRecord& original) {
    return std::ranges::any_of(journal.transactions(), [&](const TransactionRecord& other) {
        return other.type == Type::refund && other.upload != Upload::refused && !original.rrn.empty() &&
               other.original.rrn == original.rrn;
    });
}

/// Why nothing may be done to it; none: it may.
Step judge_original(const Transaction& transaction, const TransactionRecord& original) {
    if (original.voided) return transaction.ended("failed", "not_allowed", Text::original_voided);
    if (original.adjusted || original.upload == Upload::refused)
        return transaction.ended("failed", "not_allowed", Text::original_changed);
    if (is_refunded(transaction.parts().journal, original))
        return transaction.ended("failed", "not_allowed", Text::original_refunded);
    return std::nullopt;
}

Original& original_of(Transaction& transaction) {
    if (!transaction.data.original) transaction.data.original.emplace();
    return *transaction.data.original;
}

Task<Step> ask_into(Transaction& transaction, DigitsAsked asked, std::string Original::*where) {
    auto digits = co_await ask_digits(transaction.counter(), asked);
    if (!digits) co_return digits.error();
    original_of(transaction).*where = *std::move(digits);
    co_return std::nullopt;
}

}  // namespace

Task<Result<const TransactionRecord*, End>> ask_voucher(Transaction& transaction, Type type) {
    const DigitsAsked asked{"voucher", Text::enter_voucher, 1, stan_digits};
    auto digits = co_await ask_digits(transaction.counter(), asked);
    if (!digits) co_return digits.error();
    const std::string stan = std::string(stan_digits - digits->size(), '0') + *digits;
    const Parts& parts = transaction.parts();
    const TransactionRecord* original = parts.journal.find(stan);
    if (original == nullptr || original->type != type) {
        original_of(transaction) = Original{parts.journal.batch(), stan, {}, {}, {}};
        const TransactionRecord* none = nullptr;
        if (parts.settings.defects.has(Defect::voids_reversed_sale)) co_return none;
        co_return transaction.ended("failed", "not_found", Text::original_unknown);
    }
    Step refused = judge_original(transaction, *original);
    if (refused) co_return *std::move(refused);
    co_return original;
}

void take_original(Transaction& transaction, const TransactionRecord& original) {
    TransactionData& data = transaction.data;
    data.entry = Entry::manual;
    data.pan = original.pan;
    data.expiry = original.expiry;
    data.psn = original.psn;
    data.original = Original{original.batch, original.stan, {}, original.rrn, original.auth_code};
}

Task<Step> ask_reference(Transaction& transaction) {
    const DigitsAsked asked{"reference", Text::enter_reference, 12, 12};
    return ask_into(transaction, asked, &Original::rrn);
}

Task<Step> ask_date(Transaction& transaction) {
    const DigitsAsked asked{"date", Text::enter_date, 4, 4};
    return ask_into(transaction, asked, &Original::date);
}

Task<Step> ask_auth_code(Transaction& transaction) {
    const DigitsAsked asked{"auth_code", Text::enter_auth_code, 6, 6};
    return ask_into(transaction, asked, &Original::auth_code);
}

}  // namespace posbench::terminal
