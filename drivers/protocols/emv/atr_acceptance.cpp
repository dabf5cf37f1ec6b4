#include <fmt/format.h>

#include "drivers/protocols/emv/atr.hpp"

/// Which answers to reset a terminal rejects: "terminal behaviour" in EMV 4.3 book 1 clauses 8.3.3.1
/// to 8.3.3.11.
namespace posbench::emv {
namespace {

using Fault = std::optional<Error>;

Error wrong(const InterfaceCharacter& character, std::string_view rule) {
    return Error{fmt::format("octet {} (T{}{}): is {:02X}, {}", character.position, character.kind,
                             character.group, character.value, rule)};
}

int low_digit(const InterfaceCharacter& character) noexcept {
    return character.value & 0x0F;
}

/// Speed and mode. F and D of a card in specific mode are used at once, so the terminal must have them.
Fault refuse_speed(const Atr& atr) {
    constexpr std::uint8_t implicit = 0x10, slowest = 0x11, fastest = 0x13;
    const auto* ta1 = atr.find('A', 1);
    const auto* ta2 = atr.find('A', 2);
    if (!ta2) return std::nullopt;
    if (low_digit(*ta2) != atr.protocols.front()) return wrong(*ta2, "must name the protocol offered first");
    if ((ta2->value & implicit) != 0)
        return wrong(*ta2, "must not leave the speed to be known otherwise (bit 5)");
    if (ta1 && (ta1->value < slowest || ta1->value > fastest))
        return wrong(*ta1, "must be 11, 12 or 13 where TA2 fixes the speed");
    return std::nullopt;
}

/// Programming voltage. At a warm reset any TB1 is taken, or none.
Fault refuse_voltage(const Atr& atr, Reset reset) {
    const auto* tb1 = atr.find('B', 1);
    if (reset == Reset::cold && !tb1) return Error{"TB1 is missing: must be 00 at a cold reset"};
    if (reset == Reset::cold && tb1->value != 0x00) return wrong(*tb1, "must be 00 at a cold reset");
    if (const auto* tb2 = atr.find('B', 2)) return wrong(*tb2, "must not be there");
    return std::nullopt;
}

Fault refuse_protocols(const Atr& atr) {
    constexpr int t14 = 14;
    const auto* td1 = atr.find('D', 1);
    const auto* td2 = atr.find('D', 2);
    if (td1 && low_digit(*td1) > 1) return wrong(*td1, "must name T=0 or T=1");
    if (!td2 || low_digit(*td2) == 1) return std::nullopt;
    if (low_digit(*td1) == 1) return wrong(*td2, "must name T=1 behind T=1");
    return low_digit(*td2) == t14 ? Fault() : wrong(*td2, "must name T=1 or T=14 behind T=0");
}

/// Block size, waiting times and check of T=1. The extra guard time must leave a character time to come.
Fault refuse_t1(const Atr& atr) {
    constexpr int smallest_block = 0x10, longest_bwi = 4, longest_cwi = 5, least_guard_time = 255;
    const auto* td2 = atr.find('D', 2);
    const bool announced = td2 && low_digit(*td2) == 1;
    if (!announced && atr.protocols.front() != 1) return std::nullopt;
    const auto* ta3 = announced ? atr.find('A', 3) : nullptr;
    const auto* tb3 = announced ? atr.find('B', 3) : nullptr;
    const auto* tc3 = announced ? atr.find('C', 3) : nullptr;
    if (ta3 && ta3->value < smallest_block) return wrong(*ta3, "must be an IFSC of 10 to FE");
    if (!tb3) return Error{"TB3 is missing: must be there for T=1"};
    if (atr.block_waiting_integer > longest_bwi) return wrong(*tb3, "must have a BWI of at most 4");
    if (atr.character_waiting_integer > longest_cwi) return wrong(*tb3, "must have a CWI of at most 5");
    const int extra = atr.extra_guard_time == least_guard_time ? -1 : atr.extra_guard_time;
    if (1 << atr.character_waiting_integer <= extra + 1)
        return wrong(*tb3, fmt::format("2^CWI must be above N + 1, and TC1 has an N of {}", extra));
    if (tc3 && tc3->value != 0x00) return wrong(*tc3, "must be 00: LRC");
    return std::nullopt;
}

}  // namespace

std::string_view to_string(Reset reset) noexcept {
    return reset == Reset::cold ? "cold" : "warm";
}

std::optional<Error> refuse_atr(const Atr& atr, Reset reset) {
    if (auto fault = refuse_protocols(atr)) return fault;
    if (auto fault = refuse_speed(atr)) return fault;
    if (auto fault = refuse_voltage(atr, reset)) return fault;
    return refuse_t1(atr);
}

Result<Atr> accept_atr(ByteView octets, Reset reset) {
    auto atr = parse_atr(octets);
    if (!atr) return atr;
    if (auto fault = refuse_atr(*atr, reset)) return *std::move(fault);
    return atr;
}

}  // namespace posbench::emv
