#include "drivers/terminal/emulated/kernel/kernel.hpp"

namespace posbench::terminal {

using runtime::Task;

namespace {

constexpr ChipFailure no_contact{"failed", "chip_error", Text::chip_failed, true};

/// TS is one of the two conventions and T0 announces no more than there is (ISO/IEC 7816-3 clause 8.2).
bool is_answer_to_reset(ByteView atr) {
    if (atr.size() < 2 || atr.size() > 33 || (atr[0] != 0x3B && atr[0] != 0x3F)) return false;
    const std::size_t historical = atr[1] & 0x0F;
    std::size_t interface = 0;
    std::uint8_t announced = atr[1];
    for (std::size_t next = 2;;) {
        std::size_t group = 0;
        for (int bit = 4; bit < 8; ++bit) group += announced >> bit & 1;
        interface += group;
        if ((announced & 0x80) == 0) break;
        next += group;
        if (next > atr.size()) return false;
        announced = atr[next - 1];
    }
    return atr.size() >= 2 + interface + historical;
}

}  // namespace

Task<ChipStep> Kernel::reset() {
    const auto atr = co_await reader_.power_up();
    if (!atr) {
        const bool removed = atr.error() == card::ReaderError::removed;
        const ChipFailure gone{"failed", "card_removed", Text::card_removed};
        const ChipFailure failure = removed ? gone : no_contact;
        co_return co_await failed("reset", failure, removed ? "removed" : "mute");
    }
    if (!is_answer_to_reset(*atr))
        co_return co_await failed("reset", no_contact, "answer to reset malformed");
    co_return co_await done("reset");
}

}  // namespace posbench::terminal
