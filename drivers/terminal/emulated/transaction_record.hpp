#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bench/runtime/money.hpp"
#include "drivers/protocols/iso8583/transactions.hpp"
#include "drivers/terminal/emulated/messages.hpp"
#include "drivers/terminal/emulated/record.hpp"

namespace posbench::terminal {

/// Whether the host knows of it. What was approved online it does; an advice is `due` until it was answered.
enum class Upload : std::uint8_t { none, due, done, refused };

/// A transaction as the journal keeps it and the receipt prints it. The PAN is kept in clear, as the voids
/// and the batch upload need it, and leaves the flash in messages to the host alone.
struct TransactionRecord {
    iso8583::TransactionType type{};
    std::string stan, batch;
    Amount amount;      ///< what it moves, positive
    bool down = false;  ///< an adjustment to less: gives back
    Amount total;       ///< field 4 of a tip or an adjustment: what the original comes to; else the amount
    std::string pan, expiry, psn;
    std::string entry;        ///< chip, stripe, fallback, contactless, manual, code
    std::string rrn;          ///< field 37
    std::string auth_code;    ///< field 38
    std::string date;         ///< MMDD, the terminal's clock
    std::string time;         ///< 2026/06/15 22:30:00, the terminal's clock
    std::string chip;         ///< AID, TVR, TSI and cryptogram for the receipt; empty for a stripe
    Bytes icc;                ///< field 55 of an EMV offline sale
    bool foreign = false;     ///< of another card organisation than UnionPay, by field 63.1 of the reply
    bool signature = true;    ///< the cardholder is to sign the merchant's copy
    bool unverified = false;  ///< over the field with neither PIN nor signature: 免密免签
    Original original;        ///< that it takes back, completes or changes
    Upload upload = Upload::none;
    std::string refusal;             ///< field 39 with which its upload was refused
    bool voided = false;             ///< another record of the batch takes it back
    std::optional<Amount> adjusted;  ///< what it comes to since a tip or an adjustment

    /// What it comes to now.
    const Amount& effective() const noexcept { return adjusted ? *adjusted : amount; }
};

/// As terminal.journal and terminal.printed name it: the type's name, or adjustment_down.
std::string_view entry_name(const TransactionRecord& transaction) noexcept;
/// pending (to be uploaded), declined (the upload was refused) or approved.
std::string_view state_name(const TransactionRecord& transaction) noexcept;

Record to_record(const TransactionRecord& transaction);
/// None when it is no whole record.
std::optional<TransactionRecord> to_transaction(const Record& record);

/// Charges and what gives back, by number and sum (minor units): what a settlement compares. Holds
/// (pre-authorisations) are in neither, nor is what the host does not hold.
struct Totals {
    std::int64_t debits = 0, debit_amount = 0;
    std::int64_t credits = 0, credit_amount = 0;
    void count(const TransactionRecord& transaction);
    Totals operator+(const Totals& other) const noexcept;
    bool operator==(const Totals&) const = default;
};

/// A settlement compares the cards of UnionPay and all others each by themselves.
struct BatchTotals {
    Totals domestic, foreign;
    Totals all() const noexcept { return domestic + foreign; }
    bool operator==(const BatchTotals&) const = default;
};

/// Field 63.1, the card organisation, names another one than UnionPay (CUP).
bool is_foreign(ByteView field63) noexcept;

}  // namespace posbench::terminal
