#include <utility>

#include "drivers/terminal/emulated/families.hpp"
#include "drivers/terminal/emulated/originals.hpp"

/// Refunds: of a sale of any day, of this terminal or another of the merchant, named by reference number and
/// date. Never reversed: kept before it is sent, and repeated under its STAN until the host has answered.
namespace posbench::terminal {

using runtime::Task;

Task<End> conduct_refund(Transaction& refund) {
    const bool names_original = !refund.parts().settings.defects.has(Defect::refund_without_original);
    Step end = refund.has_room();
    if (!end && names_original) end = co_await ask_reference(refund);
    if (!end && names_original) end = co_await ask_date(refund);
    if (!end) end = co_await ask_refund_amount(refund);
    if (!end) end = co_await refund.read_card();
    if (!end) end = co_await refund.make_ready();
    if (end) co_return *std::move(end);
    co_return co_await refund.advise();
}

}  // namespace posbench::terminal
