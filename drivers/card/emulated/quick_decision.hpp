#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <variant>

#include "drivers/card/emulated/contactless.hpp"
#include "drivers/card/emulated/memory.hpp"
#include "drivers/card/emulated/risk.hpp"
#include "drivers/protocols/emv/cryptogram.hpp"

/// What a card of a quick profile does with a transaction, from what GET PROCESSING OPTIONS brought it (card
/// risk management of the Visa contactless payment specification and of PBOC 3.0 part 12).
namespace posbench::card {

struct QuickRequest {
    std::array<std::uint8_t, ttq::size> qualifiers{};  ///< 9F66
    bool purchase = false;                             ///< 9C is 00
    /// As for a first cryptogram, a TC asked for.
    TransactionSituation situation;
};

struct QuickDecision {
    CryptogramType type = CryptogramType::aac;
    std::array<std::uint8_t, 2> qualifiers{};  ///< 9F6C
    emv::CardResults results;
    bool from_balance = false;  ///< the amount is taken off 9F79
};

/// The decision, or the status word with which the card refuses.
std::variant<QuickDecision, std::uint16_t> decide_quick(const Contactless& settings,
                                                        const ApplicationMemory& memory,
                                                        const QuickRequest& request);

/// Available offline spending amount, tag 9F5D, minor units: what is left of balance and of the cumulative
/// limit, the smaller of both.
std::int64_t available_amount(const Contactless& settings, const ApplicationMemory& memory);

}  // namespace posbench::card
