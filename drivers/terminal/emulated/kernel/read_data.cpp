#include <utility>

#include "drivers/terminal/emulated/kernel/kernel.hpp"
#include "drivers/terminal/emulated/kernel/records.hpp"
#include "drivers/terminal/emulated/kernel/tags.hpp"

/// Read application data, EMV book 3 clause 10.2.
namespace posbench::terminal {

using runtime::Task;

Task<ChipStep> Kernel::read_data() {
    constexpr ChipFailure corrupt{"failed", "chip_error", Text::chip_error};
    // Objects of the FCI may come again in a record; only those of the records must be single.
    const emv::TlvMap from_selection = std::exchange(objects_.card, {});
    auto records = co_await read_records(channel_, afl_, objects_.card);
    if (!records) {
        if (settings_.defects.has(Defect::crashes_on_truncated_tlv)) co_await panel_.crash();
        std::string where(records.error().where);
        co_return co_await report_.failed("read_data", records.error().failure, std::move(where));
    }
    authenticated_records_ = *std::move(records);
    for (const auto& entry : from_selection.entries())
        if (!objects_.card.has(entry.tag)) objects_.card.set(entry.tag, entry.value);
    const auto identity = read_identity(objects_.card);
    const bool lists = objects_.card.has(tag::cdol1) && objects_.card.has(tag::cdol2);
    if (!identity || !lists) co_return co_await report_.failed("read_data", corrupt, "mandatory data");
    identity_ = *identity;
    co_return co_await report_.done("read_data");
}

}  // namespace posbench::terminal
