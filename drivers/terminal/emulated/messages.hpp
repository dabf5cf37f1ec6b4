#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bench/runtime/bytes.hpp"
#include "drivers/protocols/iso8583/message.hpp"
#include "drivers/protocols/iso8583/transactions.hpp"
#include "drivers/terminal/emulated/settings.hpp"
#include "drivers/terminal/emulated/texts.hpp"

namespace posbench::terminal {

/// How the card was read, as terminal.outcome names it; `code`: there is none, but a payment code.
enum class Entry : std::uint8_t { chip, stripe, fallback, manual, contactless, code };
std::string_view to_string(Entry entry) noexcept;

/// Kept before it is sent, and decided by the host alone.
bool is_refund(iso8583::TransactionType type) noexcept;

/// The transaction that another one takes back, completes or changes. What is not known is empty.
struct Original {
    std::string batch, stan;
    std::string date;  ///< MMDD
    std::string rrn;
    std::string auth_code;
};

/// What a transaction's request is made of.
struct TransactionData {
    iso8583::TransactionType type{};
    std::string stan;
    Amount amount;
    std::optional<Entry> entry;  ///< none: no card was read yet
    std::string pan;
    std::string expiry;      ///< YYMM
    std::string psn;         ///< two digits; empty when the card gives none
    std::string track2;      ///< as field 35, in clear; empty when the card gives none
    Bytes pin_block;         ///< encrypted; empty without a PIN
    Bytes icc;               ///< field 55; empty for a stripe
    Bytes icc_for_reversal;  ///< field 55 of its reversal: 95, 9F1E, 9F10, 9F36 and, after scripts, DF31
    std::string code;        ///< field 59: a payment code, a secret like a PAN
    std::string auth_code;   ///< field 38 of an offline sale: what the issuer said by telephone
    std::optional<Original> original;
};

/// 0800 with the key type of the settings.
iso8583::Message sign_in_request(const TerminalSettings& settings, const std::string& batch,
                                 const std::string& stan);
/// The request of a transaction (iso8583::transaction_row), track 2 in clear (Link::send() enciphers it):
/// field 4 unless it is an inquiry, 37, 38 and 61 of the original as far as they are known. Field 61 is the
/// original's batch (6), STAN (6), zeros when not known, and, when it is known, date (MMDD).
iso8583::Message transaction_request(const TerminalSettings& settings, const std::string& batch,
                                     const TransactionData& data);
/// The same as `row` has it, where a transaction has more than one.
iso8583::Message transaction_request(const TerminalSettings& settings, const std::string& batch,
                                     const TransactionData& data, const iso8583::TransactionRow& row);
/// 0400: the original's STAN and data without tracks, PIN and what goes with them.
iso8583::Message reversal_request(const TerminalSettings& settings, const iso8583::Message& original,
                                  const TransactionData& data, std::string_view reason);
/// A management message (0820; 0800 downloads), a settlement (0500) or batch upload (0320): fields 11, 41, 42
/// and 60 with type `type` and network management `management`.
iso8583::Message management_request(const TerminalSettings& settings, std::string_view mti,
                                    std::string_view type, std::string_view management,
                                    const std::string& batch, const std::string& stan);

/// A reply as it was received.
struct Reply {
    iso8583::Tpdu tpdu;
    iso8583::Message message;
    std::string_view mac;  ///< ok, bad, absent
    int requirement = 0;   ///< digit 6 of the header: what the host wants of the terminal (Requirement)
};

/// What a terminal with the defect acts-on-half-message makes of a reply that broke off: the request
/// approved.
Reply assumed_approval(const TerminalSettings& settings, const iso8583::Message& request);

/// A reply that does not belong to its request.
struct Mismatch {
    std::string_view reason;           ///< as terminal.outcome names it
    Text text{};                       ///< each check has its own
    std::string_view reversal_reason;  ///< field 39 of the reversal it leads to
};
/// The checks in their order: TPDU (the request's with its addresses swapped), message type, processing code,
/// STAN, terminal, merchant (approved replies), amount (of a sale or a pre-authorisation that is partly
/// approved: no more than asked for; of anything else 10 is a mismatch), MAC (approved replies; of management
/// only where there is one; of an order's messages every reply).
std::optional<Mismatch> check_reply(const TerminalSettings& settings, const iso8583::Message& request,
                                    const Reply& reply);

/// Field 39 says approved, wholly or partly.
bool approves(std::string_view code, const Defects& defects) noexcept;
/// Field 39 says that keys or batch are out of step: the terminal must sign in again.
bool asks_for_sign_in(std::string_view code, const Defects& defects) noexcept;

}  // namespace posbench::terminal
