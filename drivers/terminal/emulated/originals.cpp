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
        return is_refund(other.type) && other.upload != Upload::refused && !original.rrn.empty() &&
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

/// What is left of an original of this batch after the refunds of it, those too that the host has not
/// answered.
Amount left_of(const TransactionRecord& original, const std::vector<TransactionRecord>& batch) {
    Amount left = original.effective();
    for (const TransactionRecord& other : batch)
        if (is_refund(other.type) && other.upload != Upload::refused && other.original.rrn == original.rrn)
            left = left - std::min(left, other.amount);
    return left;
}

/// A refund of a card gives back a sale, one of a code payment what its customer paid.
bool is_original_of(Type refund, Type type) {
    return refund == Type::refund ? type == Type::sale : iso8583::opens_order(type);
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

Task<Step> ask_refund_amount(Transaction& refund) {
    const Parts& parts = refund.parts();
    const std::string rrn = refund.data.original ? refund.data.original->rrn : std::string();
    const auto& batch = parts.journal.transactions();
    const bool waits = std::ranges::any_of(batch, [&](const TransactionRecord& other) {
        return is_refund(other.type) && other.upload == Upload::due && other.original.rrn == rrn;
    });
    if (waits) co_return refund.ended("failed", "not_allowed", Text::refund_waits);
    const auto original = std::ranges::find_if(batch, [&](const TransactionRecord& transaction) {
        return !rrn.empty() && transaction.rrn == rrn && is_original_of(refund.data.type, transaction.type);
    });
    Amount most = parts.settings.refund_max.value_or(parts.settings.amount_max);
    if (most.minor() == 0) co_return refund.ended("failed", "not_allowed", Text::not_supported);
    if (original != batch.end()) {
        if (original->voided) co_return refund.ended("failed", "not_allowed", Text::original_voided);
        const Amount left = left_of(*original, batch);
        most = std::min(most, left);
        if (left.minor() == 0) co_return refund.ended("failed", "not_allowed", Text::original_refunded);
    }
    if (original != batch.end() && iso8583::opens_order(original->type)) {
        refund.data.original->batch = original->batch;
        refund.data.original->stan = original->stan;
    }
    auto amount = co_await ask_amount(refund.counter(), "amount", Text::enter_refund, most);
    if (!amount) co_return amount.error();
    refund.set_amount(*amount);
    co_return std::nullopt;
}

}  // namespace posbench::terminal
