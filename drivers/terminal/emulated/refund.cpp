#include <algorithm>
#include <utility>
#include <vector>

#include "drivers/terminal/emulated/families.hpp"
#include "drivers/terminal/emulated/originals.hpp"

/// Refunds: of a sale of any day, of this terminal or another of the merchant, named by reference number and
/// date. Never reversed: kept before it is sent, and repeated under its STAN until the host has answered.
namespace posbench::terminal {
namespace {

using runtime::Task;

/// What is left of an original of this batch after the refunds of it, those too that the host has not
/// answered.
Amount left_of(const TransactionRecord& original, const std::vector<TransactionRecord>& batch) {
    Amount left = original.effective();
    for (const TransactionRecord& other : batch)
        if (other.type == iso8583::TransactionType::refund && other.upload != Upload::refused &&
            other.original.rrn == original.rrn)
            left = left - std::min(left, other.amount);
    return left;
}

/// What the journal knows of an original of this batch is held against it; of another the host knows. While a
/// refund waits for its answer there is no second one of the same original: it may have been made.
Task<Step> enter_refund_amount(Transaction& refund) {
    const Parts& parts = refund.parts();
    const std::string rrn = refund.data.original ? refund.data.original->rrn : std::string();
    const auto& batch = parts.journal.transactions();
    const bool waits = std::ranges::any_of(batch, [&](const TransactionRecord& other) {
        return other.type == iso8583::TransactionType::refund && other.upload == Upload::due &&
               other.original.rrn == rrn;
    });
    if (waits) co_return refund.ended("failed", "not_allowed", Text::refund_waits);
    const auto original = std::ranges::find_if(batch, [&](const TransactionRecord& transaction) {
        return !rrn.empty() && transaction.rrn == rrn && transaction.type == iso8583::TransactionType::sale;
    });
    Amount most = parts.settings.refund_max.value_or(parts.settings.amount_max);
    if (most.minor() == 0) co_return refund.ended("failed", "not_allowed", Text::not_supported);
    if (original != batch.end()) {
        if (original->voided) co_return refund.ended("failed", "not_allowed", Text::original_voided);
        const Amount left = left_of(*original, batch);
        most = std::min(most, left);
        if (left.minor() == 0) co_return refund.ended("failed", "not_allowed", Text::original_refunded);
    }
    auto amount = co_await ask_amount(refund.counter(), "amount", Text::enter_refund, most);
    if (!amount) co_return amount.error();
    refund.set_amount(*amount);
    co_return std::nullopt;
}

}  // namespace

Task<End> conduct_refund(Transaction& refund) {
    const bool names_original = !refund.parts().settings.defects.has(Defect::refund_without_original);
    Step end = refund.has_room();
    if (!end && names_original) end = co_await ask_reference(refund);
    if (!end && names_original) end = co_await ask_date(refund);
    if (!end) end = co_await enter_refund_amount(refund);
    if (!end) end = co_await refund.read_card();
    if (!end) end = co_await refund.make_ready();
    if (end) co_return *std::move(end);
    co_return co_await refund.advise();
}

}  // namespace posbench::terminal
