#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "bench/runtime/money.hpp"
#include "bench/runtime/random.hpp"
#include "drivers/protocols/emv/bits.hpp"
#include "drivers/protocols/emv/tlv.hpp"
#include "drivers/protocols/iso8583/civil_time.hpp"
#include "drivers/protocols/iso8583/transactions.hpp"
#include "drivers/terminal/emulated/kernel/chip_step.hpp"
#include "drivers/terminal/emulated/settings.hpp"

namespace posbench::terminal {

/// The data objects of one transaction. The terminal's own and the card's live apart: what a card gives under
/// a tag of the terminal's (amount, date, TVR, …) replaces nothing.
struct DataObjects {
    emv::TlvMap terminal, card;

    /// The terminal's, else the card's; empty when there is none.
    ByteView find(emv::Tag tag) const noexcept;
    /// The data a DOL asks for (book 3 clause 5.4); none when it cannot be read or asks for more than a
    /// command holds.
    std::optional<Bytes> data_for(ByteView dol) const;
    /// The objects among `tags` that there are, as field 55 carries them. None of a card's is longer than 32
    /// octets by its definition; one that is would not fit the field and is left out.
    Bytes pick(std::span<const emv::Tag> tags) const;
};

/// Field 55 of a request, or, after an offline approval, of its upload: then with the response code 8A.
Bytes request_data(const DataObjects& objects, Decision decision);
/// Field 55 of a reversal: 95, 9F1E, 9F10, 9F36 and, after issuer scripts, DF31.
Bytes reversal_data(const DataObjects& objects);

/// The terminal's objects as a transaction begins, with a fresh unpredictable number. 9C is what `type`
/// begins field 3 with (EMV book 3 annex A: the first two digits of the processing code of ISO 8583).
emv::TlvMap terminal_objects(const TerminalSettings& settings, iso8583::TransactionType type, Amount amount,
                             std::string_view stan, const iso8583::CivilTime& now, runtime::Random& random);

/// The first language of the card (5F2D) that the terminal has, else its own (book 4 clause 11.1).
Language language_of(const emv::TlvMap& card, Language own) noexcept;

/// An amount of format n12, in minor units.
Bytes amount_object(Amount amount);

/// What the card's number and dates are, out of its records.
struct CardIdentity {
    std::string pan;
    std::string expiry;  ///< YYMM
    std::string psn;     ///< two digits or empty
    std::string track2;  ///< as field 35, or empty
};
/// None when the card has not what every application must have, or not in its format (book 3 clauses 7.2,
/// 7.5): PAN of 8 to 19 digits, dates, and a track 2 (if any) of the same PAN.
std::optional<CardIdentity> read_identity(const emv::TlvMap& card);
/// The same of a card that gives its track 2 and perhaps a sequence number alone, as over the field.
std::optional<CardIdentity> read_identity_of_track2(const emv::TlvMap& card);

}  // namespace posbench::terminal
