#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/config/reader.hpp"
#include "bench/runtime/bytes.hpp"
#include "drivers/card/emulated/records.hpp"
#include "drivers/protocols/emv/tlv.hpp"

/// What an application is over the contactless interface besides what it is over contacts.
namespace posbench::card {

/// How a transaction goes over the field.
enum class Profile : std::uint8_t {
    qpboc,       ///< PBOC 3.0 part 12: the cryptogram comes with GET PROCESSING OPTIONS
    qvsdc,       ///< Visa contactless payment specification: the same
    mastercard,  ///< EMV book C-2, EMV mode: one GENERATE AC, which can be recovered
    emv,         ///< as over contacts
};

/// "qvsdc"
std::string_view profile_name(Profile profile) noexcept;

/// Octets of the terminal transaction qualifiers, tag 9F66 (EMV book C-3 annex A.2, PBOC 3.0 part 12).
namespace ttq {
inline constexpr std::size_t size = 4;
inline constexpr std::uint8_t quick_supported = 0x20, contact_supported = 0x10, offline_only = 0x08,
                              online_pin = 0x04, signature = 0x02,
                              authentication_online = 0x01;                   // octet 1; the last: Visa alone
inline constexpr std::uint8_t cryptogram_online = 0x80, cvm_required = 0x40;  // octet 2
inline constexpr std::uint8_t fdda_version_01 = 0x80;                         // octet 4; PBOC alone
}  // namespace ttq

/// Octet 1 of the card transaction qualifiers, tag 9F6C (EMV book C-3 annex A.2).
namespace ctq {
inline constexpr std::uint8_t online_pin = 0x80, signature = 0x40, online_if_authentication_fails = 0x20,
                              switch_if_authentication_fails = 0x10, online_if_expired = 0x08,
                              switch_for_cash = 0x04, switch_for_cashback = 0x02;
}  // namespace ctq

/// Data objects of the quick profiles that GET DATA shows, amounts n12 in minor units of the card's currency.
namespace quick_tag {
inline constexpr emv::Tag available_amount = 0x9F5D, authentication_data = 0x9F69, cvm_limit = 0x9F6B,
                          qualifiers = 0x9F6C, reset_threshold = 0x9F6D, balance_limit = 0x9F77,
                          transaction_limit = 0x9F78, balance = 0x9F79;
}  // namespace quick_tag

/// The table [application.NAME.contactless], but for the keys that it has in common with [application.NAME].
struct Contactless {
    Profile profile = Profile::emv;
    Bytes kernel;  ///< 9F2A of the directory entry; empty: none

    // The quick profiles.
    std::array<std::uint8_t, 2> qualifiers{};  ///< 9F6C, what is the same in all transactions
    bool online_pin = false, online_pin_abroad = false, signature = false;
    bool cvm_abroad = false;           ///< in another currency a cardholder verification is required
    bool declines_abroad = false;      ///< in another currency nothing is approved, and no issuer asked
    bool low_value = false;            ///< approves offline from a balance
    bool cumulative = false;           ///< approves offline within the limits of [application.NAME.risk]
    bool tells_available = false;      ///< 9F5D in the answer
    bool signature_in_record = false;  ///< 9F4B does not fit into the answer
    emv::TlvMap answered;              ///< 57, 5F34 and others, the same in all answers

    // The profile "mastercard".
    std::size_t torn_records = 1;
    std::vector<emv::DolEntry> drdol;
    Bytes drdol_octets;  ///< 9F51

    bool quick() const noexcept { return profile == Profile::qpboc || profile == Profile::qvsdc; }
    bool approves_offline() const noexcept { return low_value || cumulative; }
};

/// Takes the keys of a contactless table out of `reader`; limits go to `objects`. The data objects under
/// answered and signature_in_record are the caller's to set.
/// @throws config::ConfigError
Contactless read_contactless(config::Reader& reader, emv::TlvMap& objects);

/// What a profile lays down where the table says nothing; hexadecimal.
struct ProfileCustoms {
    std::string_view aip, pdol;
    int response_format;
};
ProfileCustoms customs_of(Profile profile) noexcept;

/// The records of a quick profile: files 4 and 5, so that none is mistaken for a record of the contact side.
std::span<const CustomaryRecord> quick_records();

/// The table of the contactless application: [application.NAME] with its contactless table laid over it. Of
/// the former the keys that a profile lays down itself are left out when they were written for contacts: such
/// an AIP, PDOL or record would be wrong over the field.
/// @param over_contacts objects of the application there; null when it is not there
/// @throws config::ConfigError for a key that both interfaces share, and a value under `objects` that changes
///     one of theirs
config::Value contactless_table(const config::Value& application, const std::string& what,
                                const emv::TlvMap* over_contacts);

}  // namespace posbench::card
