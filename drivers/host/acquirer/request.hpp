#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "drivers/protocols/iso8583/mac.hpp"
#include "drivers/protocols/iso8583/private_fields.hpp"
#include "drivers/protocols/iso8583/track_cipher.hpp"
#include "drivers/protocols/iso8583/transactions.hpp"

namespace posbench::host {

using iso8583::TransactionRow;
using iso8583::TransactionType;

/// Card data of a request, from field 2, 14, or track 2; empty where it has none.
struct CardData {
    std::string pan;
    std::string expiry;          ///< YYMM
    std::string service_code;    ///< three digits, of track 2
    std::string discretionary;   ///< what follows it there
    bool contradictory = false;  ///< fields 2 and 14 and track 2 are of different cards
};

/// What fields 35 and 36 of a request were.
enum class Tracks {
    none,        ///< there is neither
    clear,       ///< as they came
    enciphered,  ///< by field 53, and there is no key for them
    deciphered,
    unreadable,  ///< no tracks, as they came or as they were deciphered
};
/// Of trace::words::track_forms; empty for none.
std::string_view to_string(Tracks tracks) noexcept;

/// A request, and what every part of the host needs of it, read once.
struct Request {
    /// @param octets    length of the frame without its prefix
    /// @param track_key of the terminal's session; null: there is none
    Request(iso8583::Message decoded, std::size_t octets, const crypto::DesCipher* track_key = nullptr);

    std::string_view stan() const noexcept { return message.get(11); }
    std::string_view tid() const noexcept { return message.get(41); }
    std::string_view mid() const noexcept { return message.get(42); }
    bool is_request() const noexcept;
    /// Terminal, batch and STAN, by which a transaction is known, are there.
    bool has_key() const noexcept;
    /// The row of the table that it is; null when it is none. Reversals are not in the table: they carry the
    /// fields of their original.
    const TransactionRow* row() const noexcept;

    iso8583::Message message;  ///< as it came, enciphered tracks too
    std::size_t octets;
    /// Unchecked: the terminal is unknown or not signed in.
    iso8583::MacState mac = iso8583::MacState::unchecked;
    std::uint64_t key_generation = 0;  ///< of the session's keys that `mac` was checked with
    iso8583::Field60 field60;
    bool field60_readable = false;
    Tracks tracks = Tracks::none;
    CardData card;
    std::optional<std::int64_t> amount;  ///< field 4, minor units
};

}  // namespace posbench::host
