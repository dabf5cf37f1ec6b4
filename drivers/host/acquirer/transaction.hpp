#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "bench/runtime/money.hpp"
#include "drivers/host/acquirer/fixed_text.hpp"
#include "drivers/protocols/iso8583/transactions.hpp"

namespace posbench::host {

using iso8583::TransactionType;

using Tid = FixedText<8>;
using Mid = FixedText<15>;
using Pan = FixedText<19>;

/// What makes a transaction of a terminal unique. A reversal carries its original's.
struct TransactionKey {
    Tid tid;
    FixedText<6> batch;  ///< field 60.2
    FixedText<6> stan;   ///< field 11
    bool operator==(const TransactionKey&) const noexcept = default;
    auto operator<=>(const TransactionKey&) const noexcept = default;
};

enum class Standing : std::uint8_t {
    declined,     ///< refused: nothing moved
    approved,     ///< in force
    voided,       ///< undone by a void of its kind
    completed,    ///< a pre-authorisation whose hold a completion has taken
    reversed,     ///< undone by a reversal
    forestalled,  ///< its reversal or close came first: if it comes yet, it must not be posted
    pending,      ///< an order that nobody has paid yet
};

/// A transaction the host has decided about.
struct Transaction {
    TransactionKey key;
    TransactionType type = TransactionType::sale;
    Standing standing = Standing::declined;
    bool settled = false;  ///< its batch is closed
    Mid mid;
    Pan pan;
    FixedText<12> rrn;                       ///< field 37
    FixedText<6> authorisation_code;         ///< field 38
    std::chrono::sys_days day{};             ///< of the host's clock
    FixedText<2> code;                       ///< field 39 of the answer
    Amount asked;                            ///< field 4
    Amount amount;                           ///< what it moved or held; of a tip or adjustment the difference
    bool gives_back = false;                 ///< of an adjustment: `amount` goes to the cardholder
    Amount total;                            ///< of a charge: what it comes to with its tips and adjustments
    Amount refunded;                         ///< of a charge
    std::optional<TransactionKey> original;  ///< of a void, refund, completion, tip or adjustment
    FixedText<12> original_rrn;  ///< its reference number: a key is free again when it is forgotten
};

/// Money that a cardholder is charged, and may be given back.
bool is_charge(TransactionType type) noexcept;
/// An advice: it tells what has happened already, and is told again until it is answered.
bool is_advice(TransactionType type) noexcept;

}  // namespace posbench::host
