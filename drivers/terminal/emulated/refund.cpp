#include <algorithm>
#include <utility>

#include "drivers/terminal/emulated/families.hpp"
#include "drivers/terminal/emulated/originals.hpp"

/// Refunds: of a sale of any day, of this terminal or another of the merchant, named by reference number and
/// date.
namespace posbench::terminal {
namespace {

using runtime::Task;

/// What the journal knows of an original of this batch is held against it; of another the host knows.
Task<Step> enter_refund_amount(Transaction& refund) {
    const Parts& parts = refund.parts();
    const std::string rrn = refund.data.original ? refund.data.original->rrn : std::string();
    const auto& batch = parts.journal.transactions();
    const auto original = std::ranges::find_if(batch, [&](const TransactionRecord& transaction) {
        return !rrn.empty() && transaction.rrn == rrn && transaction.type == iso8583::TransactionType::sale;
    });
    Amount most = parts.settings.amount_max;
    if (original != batch.end()) {
        if (original->voided) co_return refund.ended("failed", "not_allowed", Text::original_voided);
        most = original->effective();
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
    co_return co_await refund.go_online();
}

}  // namespace posbench::terminal
