#include "drivers/terminal/emulated/advices.hpp"

#include <string>
#include <utility>
#include <vector>

#include "drivers/terminal/emulated/receipt.hpp"

namespace posbench::terminal {
namespace {

using runtime::Task;

/// A refund whose first answer was lost, or that a power cut kept from being sent.
Task<std::optional<OnlineFailure>> repeat_refund(const Parts& parts, std::string stan) {
    auto failure = co_await finish_receipt(parts, true);
    if (failure) co_return failure;
    co_await parts.panel.show(Text::refund_repeats);
    failure = co_await parts.online.upload_advice(stan);
    if (failure) co_return failure;
    const TransactionRecord& kept = *parts.journal.find(stan);
    const bool refused = kept.upload == Upload::refused;
    std::string text(say(Text::refund_answered, parts.panel.language()));
    text += say_code(refused ? kept.refusal : "00", parts.panel.language());
    co_await parts.panel.show(std::move(text));
    co_return co_await finish_receipt(parts, false);
}

}  // namespace

Task<std::optional<OnlineFailure>> finish_receipt(const Parts& parts, bool again) {
    co_await print_open_receipt(parts.counter(), parts.printer, parts.journal, again);
    if (!parts.journal.open_receipt()) co_return std::nullopt;
    co_return parts.online.described("device", parts.printer.trouble());
}

Task<std::optional<OnlineFailure>> clear_advices(const Parts& parts, std::string_view own) {
    std::vector<std::pair<std::string, bool>> due;
    for (const TransactionRecord& kept : parts.journal.transactions())
        if (kept.upload == Upload::due) due.emplace_back(kept.stan, is_refund(kept.type) && kept.stan != own);
    for (const auto& [stan, repeated_refund] : due) {
        std::optional<OnlineFailure> failure;
        if (repeated_refund) {
            failure = co_await repeat_refund(parts, stan);
        } else {
            failure = co_await parts.online.upload_advice(stan);
        }
        if (failure) co_return failure;
    }
    co_return std::nullopt;
}

}  // namespace posbench::terminal
