#include <utility>

#include "drivers/terminal/emulated/families.hpp"
#include "drivers/terminal/emulated/originals.hpp"

/// Voids of what this batch holds, whole: of a sale, of a completion.
namespace posbench::terminal {
namespace {

using runtime::Task;
using Type = iso8583::TransactionType;

/// A terminal with the defect voids-reversed-sale does without its journal: amount and card are asked for.
Task<Step> name_unknown(Transaction& undo) {
    Step end = co_await undo.enter_amount();
    if (!end) end = co_await undo.read_card();
    co_return end;
}

Task<Step> name_original(Transaction& undo) {
    const Type type = undo.data.type == Type::sale_void ? Type::sale : Type::completion;
    const auto named = co_await ask_voucher(undo, type);
    if (!named) co_return named.error();
    if (*named == nullptr) co_return co_await name_unknown(undo);
    const TransactionRecord original = **named;
    undo.set_amount(original.amount);
    take_original(undo, original);
    Step end = co_await ask_confirmation(undo.counter(), Text::confirm_void, original.amount);
    if (end || !undo.parts().settings.void_asks_card) co_return end;
    end = co_await undo.read_card();
    if (!end && undo.data.pan != original.pan) end = undo.ended("failed", "not_allowed", Text::card_differs);
    co_return end;
}

}  // namespace

Task<End> conduct_void(Transaction& undo) {
    Step end = undo.has_room();
    if (!end) end = co_await name_original(undo);
    if (!end) end = co_await undo.make_ready();
    if (end) co_return *std::move(end);
    co_return co_await undo.go_online();
}

}  // namespace posbench::terminal
