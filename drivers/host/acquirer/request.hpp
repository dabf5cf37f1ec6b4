#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "drivers/protocols/iso8583/mac.hpp"
#include "drivers/protocols/iso8583/private_fields.hpp"

namespace posbench::host {

/// The transactions this host decides about.
enum class TransactionType { inquiry, sale, sale_void, refund, reversal };
std::string_view to_string(TransactionType type) noexcept;

/// What tells the transactions of the UnionPay POS protocol apart.
struct TransactionRow {
    std::string_view name;
    std::string_view mti;
    std::string_view processing_code;        ///< field 3
    std::string_view condition;              ///< field 25
    std::string_view type;                   ///< field 60.1
    std::optional<TransactionType> offered;  ///< none: this host does not offer it
};
std::span<const TransactionRow> transaction_table() noexcept;

/// Card data of a request, from field 2, 14, or track 2; empty where it has none.
struct CardData {
    std::string pan;
    std::string expiry;          ///< YYMM
    std::string service_code;    ///< three digits, of track 2
    bool contradictory = false;  ///< field 2 and track 2 name different cards
};

/// A request, and what every part of the host needs of it, read once.
struct Request {
    /// @param octets length of the frame without its prefix
    Request(iso8583::Message decoded, std::size_t octets);

    std::string_view stan() const noexcept { return message.get(11); }
    std::string_view tid() const noexcept { return message.get(41); }
    std::string_view mid() const noexcept { return message.get(42); }
    bool is_request() const noexcept;
    /// The row of the table that it is; null when it is none. Reversals are not in the table: they carry the
    /// fields of their original.
    const TransactionRow* row() const noexcept;

    iso8583::Message message;
    std::size_t octets;
    /// Unchecked: the terminal is unknown or not signed in.
    iso8583::MacState mac = iso8583::MacState::unchecked;
    std::uint64_t key_generation = 0;  ///< of the session's keys that `mac` was checked with
    iso8583::Field60 field60;
    bool field60_readable = false;
    CardData card;
    std::optional<std::int64_t> amount;  ///< field 4, minor units
};

}  // namespace posbench::host
