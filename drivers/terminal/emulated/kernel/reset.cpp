#include <fmt/format.h>

#include "drivers/protocols/emv/atr.hpp"
#include "drivers/terminal/emulated/kernel/kernel.hpp"

/// Answer to reset, EMV 4.3 book 1 clauses 8.3 and 8.4.
namespace posbench::terminal {

using runtime::Task;

namespace {

constexpr ChipFailure no_contact{"failed", "chip_error", Text::chip_failed, true};
constexpr ChipFailure gone{"failed", "card_removed", Text::card_removed};

}  // namespace

/// An answer that is not accepted gets one warm reset, and a second one ends the card's session. A card that
/// does not answer at all ends it at once.
Task<ChipStep> Kernel::reset() {
    std::string refused;
    for (const emv::Reset kind : {emv::Reset::cold, emv::Reset::warm}) {
        auto resetting = kind == emv::Reset::cold ? reader_.power_up() : reader_.warm_reset();
        const auto octets = co_await std::move(resetting);
        if (!octets && octets.error() == card::ReaderError::removed)
            co_return co_await report_.failed("reset", gone, "removed");
        if (!octets && settings_.defects.has(Defect::hangs_on_mute_card))
            co_await clock_.sleep_until(runtime::never);
        if (!refused.empty()) refused += "; ";
        if (!octets) co_return co_await report_.failed("reset", no_contact, refused + "mute");
        const auto atr = emv::accept_atr(*octets, kind);
        if (atr) {
            channel_.speak(atr->protocol() == 0);
            co_return co_await report_.done("reset",
                                            refused + (refused.empty() ? "" : "warm reset accepted"));
        }
        refused += fmt::format("{} reset refused: {}", to_string(kind), atr.error().what);
    }
    reader_.power_down();
    co_return co_await report_.failed("reset", no_contact, std::move(refused));
}

}  // namespace posbench::terminal
