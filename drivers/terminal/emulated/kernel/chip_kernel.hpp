#pragma once

#include <string>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/task.hpp"
#include "drivers/protocols/iso8583/transactions.hpp"
#include "drivers/terminal/emulated/kernel/chip_step.hpp"
#include "drivers/terminal/emulated/kernel/data_objects.hpp"
#include "drivers/terminal/emulated/pin_pad.hpp"

namespace posbench::terminal {

/// The chip is asked to decide upon it; of the other types it is only read.
constexpr bool decided_by_chip(iso8583::TransactionType type) noexcept {
    using Type = iso8583::TransactionType;
    return type == Type::sale || type == Type::emv_offline_sale || type == Type::pre_authorisation ||
           type == Type::inquiry;
}

/// What the host's part came to, for the card's second decision.
struct HostDecision {
    bool approved = false;
    std::string authorisation_code;  ///< tag 8A: field 39
    Bytes icc;                       ///< field 55 of the reply: 91, 71, 72
};

/// A chip whose data were read, over contacts or field, as a transaction sees it.
class ChipKernel {
  public:
    virtual ~ChipKernel() = default;

    /// What is left until the chip's first decision is known, the cardholder's verification among it. A
    /// refusal by terminal or card is a failure `declined`; else decision() says whether the host is to be
    /// asked.
    virtual runtime::Task<ChipStep> decide() = 0;
    /// Tells the chip what the host decided. None when an approval stands, or when there was none to
    /// confirm. Only after an ARQC.
    virtual runtime::Task<ChipStep> complete(HostDecision decision) = 0;
    /// The same when the host could not be reached. None when terminal and card approve by themselves.
    virtual runtime::Task<ChipStep> complete_without_host() = 0;

    virtual Decision decision() const noexcept = 0;
    virtual const CardIdentity& identity() const noexcept = 0;
    /// The PIN for the host; one that the card has verified is not kept.
    virtual const PinEntry& pin() const noexcept = 0;
    /// The cardholder verification came to a signature on the receipt.
    virtual bool wants_signature() const noexcept = 0;
    virtual std::vector<std::string> tvr_names() const = 0;
    virtual std::vector<std::string> tsi_names() const = 0;
    /// Field 55 of the request, and of its reversal, both as the transaction stands. After an offline
    /// approval field55() is what its upload carries, with 8A and the TC.
    virtual Bytes field55() const = 0;
    virtual Bytes field55_of_reversal() const = 0;
    /// AID, TVR, TSI, ATC and cryptogram, for the receipt.
    virtual std::string receipt_line() const = 0;
};

}  // namespace posbench::terminal
