#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bench/runtime/bytes.hpp"
#include "drivers/protocols/iso8583/message.hpp"
#include "drivers/terminal/emulated/settings.hpp"
#include "drivers/terminal/emulated/texts.hpp"

namespace posbench::terminal {

/// How the card was read, as terminal.outcome names it.
enum class Entry : std::uint8_t { chip, stripe, fallback };
std::string_view to_string(Entry entry) noexcept;

/// What a sale's request is made of.
struct SaleData {
    std::string stan;
    Amount amount;
    Entry entry = Entry::stripe;
    std::string pan;
    std::string expiry;      ///< YYMM
    std::string psn;         ///< two digits; empty when the card gives none
    std::string track2;      ///< as field 35; empty when the card gives none
    Bytes pin_block;         ///< encrypted; empty without a PIN
    Bytes icc;               ///< field 55; empty for a stripe
    Bytes icc_for_reversal;  ///< field 55 of its reversal: 95, 9F1E, 9F10, 9F36 and, after scripts, DF31
};

/// 0800 with the key type of the settings.
iso8583::Message sign_in_request(const TerminalSettings& settings, const std::string& batch,
                                 const std::string& stan);
/// 0200, transaction type 22.
iso8583::Message sale_request(const TerminalSettings& settings, const std::string& batch,
                              const SaleData& sale);
/// 0400 for a sale: the original's STAN and data without tracks, PIN and what goes with them.
iso8583::Message reversal_request(const iso8583::Message& sale, const SaleData& data,
                                  std::string_view reason);

/// A reply as it was received.
struct Reply {
    iso8583::Tpdu tpdu;
    iso8583::Message message;
    std::string_view mac;  ///< ok, bad, absent
};

/// A reply that does not belong to its request.
struct Mismatch {
    std::string_view reason;           ///< as terminal.outcome names it
    Text text{};                       ///< each check has its own
    std::string_view reversal_reason;  ///< field 39 of the reversal it leads to
};
/// The checks in their order: TPDU (the request's with its addresses swapped), message type, processing code,
/// STAN, terminal, merchant (approved replies), amount (unless partly approved), MAC (approved replies).
std::optional<Mismatch> check_reply(const TerminalSettings& settings, const iso8583::Message& request,
                                    const Reply& reply);

/// Field 39 says approved, wholly or partly.
bool approves(std::string_view code, const Defects& defects) noexcept;
/// Field 39 says that keys or batch are out of step: the terminal must sign in again.
bool asks_for_sign_in(std::string_view code) noexcept;

}  // namespace posbench::terminal
