#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "bench/config/reader.hpp"
#include "drivers/card/emulated/memory.hpp"
#include "drivers/protocols/emv/cryptogram.hpp"
#include "drivers/protocols/emv/tlv.hpp"

/// Card risk management and card action analysis as VIS 1.4 and PBOC 2.0 part 5 have them: from what the card
/// remembers and was given, to the cryptogram it makes.
namespace posbench::card {

/// P1 of GENERATE AC and the cryptogram information data: the type in bits 8 and 7.
enum class CryptogramType : std::uint8_t { aac = 0x00, tc = 0x40, arqc = 0x80 };

/// Data objects of the card's own limits; an absent one limits nothing.
namespace risk_tag {
inline constexpr emv::Tag default_action = 0x9F52;           ///< application default action, 2 octets
inline constexpr emv::Tag amount_limit = 0x9F54;             ///< cumulative, n12: beyond it online
inline constexpr emv::Tag issuer_authentication = 0x9F56;    ///< issuer authentication indicator
inline constexpr emv::Tag lower_consecutive_limit = 0x9F58;  ///< transactions offline, beyond it online
inline constexpr emv::Tag upper_consecutive_limit = 0x9F59;  ///< beyond it declined when offline
inline constexpr emv::Tag upper_amount_limit = 0x9F5C;       ///< cumulative, n12: beyond it declined offline
}  // namespace risk_tag

/// Bits of the application default action (VIS 1.4 table A-2): octet << 8 | bit.
namespace default_action {
inline constexpr std::uint16_t failed_issuer_authentication_online_next = 0x180,
                               failed_issuer_authentication_declined = 0x140,
                               missing_issuer_authentication_declined = 0x120, new_card_online = 0x102,
                               new_card_declined_offline = 0x101, pin_blocked_blocks_application = 0x280,
                               pin_blocked_declined = 0x240, pin_blocked_online = 0x220,
                               pin_blocked_declined_offline = 0x210, script_failed_online = 0x208,
                               pin_blocked_declined_and_blocked = 0x204;
}  // namespace default_action

/// Reads [application.NAME.risk]: limits and the words of the default action, as the data objects above.
/// @throws config::ConfigError
void read_risk(config::Reader& application, emv::TlvMap& objects);

/// Refuses, at `objects` of the application, what its own counters would hide, limits of another size than
/// theirs, and amounts that are no digits. @param quick those of a quick profile are among them; elsewhere
/// schemes use these tags for other things. @throws config::ConfigError
void check_objects(const config::Reader& application, const emv::TlvMap& objects, bool quick);
/// One of risk_tag.
bool is_risk_object(emv::Tag tag) noexcept;

/// An amount of n12, minor units, under `key`; nothing when the key is absent.
void read_amount(config::Reader& reader, std::string_view key, emv::Tag tag, emv::TlvMap& objects);
inline constexpr std::int64_t most_amount = 999'999'999'999;  ///< of n12
/// Two decimal digits in every octet (format n).
bool is_packed_decimal(ByteView octets) noexcept;
/// Format n; of octets that are no digits some number. From 0 to most_amount, which stands for all beyond.
std::int64_t packed_decimal(ByteView octets) noexcept;
/// Format n12; what has no room in it as the most that has. Precondition: not negative.
Bytes packed_amount(std::int64_t minor_units);

enum class IssuerAuthentication : std::uint8_t { not_performed, passed, failed };
/// What 8A tells of the issuer: the terminal's own codes are Y1 and Z1, and Y3 and Z3 for a host that it
/// could not reach (EMV book 4 annex A6).
enum class IssuerContact : std::uint8_t { asked, not_asked, unreachable };
enum class OfflinePin : std::uint8_t { not_performed, right, wrong };

/// What one transaction has come to when a cryptogram is asked for.
struct TransactionSituation {
    CryptogramType requested = CryptogramType::aac;
    std::int64_t amount = 0;                                                           ///< 9F02, minor units
    bool in_card_currency = false;                                                     ///< 5F2A is 9F42
    bool static_authentication_failed = false, dynamic_authentication_failed = false;  ///< of the TVR
    bool dda_performed = false, cda_in_first = false, cda_in_second = false;           ///< the card signed
    bool domestic = false;                                                             ///< 9F1A is 5F28
    bool card_blocked = false;  ///< which disables all its applications (EMV book 3 clause 6.5.3)
    bool pin_blocked = false;   ///< no tries left
    int pin_tries_left = 0;
    bool offline_pin_enciphered = false;
    bool terminal_takes_pin_for_right = false;  ///< says 9F34 (CVM results) of an offline PIN
    bool online_required = false;
    bool issuer_authentication_supported = false;
    bool only_cryptogram = false;                 ///< over the field no second one follows
    bool scripts_received = false;                ///< before this cryptogram
    IssuerContact issuer = IssuerContact::asked;  ///< second cryptogram
    OfflinePin offline_pin = OfflinePin::not_performed;
    IssuerAuthentication issuer_authentication = IssuerAuthentication::not_performed;
    std::optional<std::uint32_t> card_status_update;  ///< CSU of ARPC method 2
};

/// Blocks the application where the tries for the PIN are used up and the default action says so: before the
/// card decides.
void block_for_pin(ApplicationMemory& memory, const TransactionSituation& situation);

/// The card never gives more than was asked for, in the order AAC, ARQC, TC.
CryptogramType decide_first(const ApplicationMemory& memory, const TransactionSituation& situation);
CryptogramType decide_second(const ApplicationMemory& memory, const TransactionSituation& situation);

/// Card verification results of a first and of a second cryptogram.
emv::CardResults first_results(const ApplicationMemory& memory, const TransactionSituation& situation,
                               CryptogramType decided);
emv::CardResults second_results(const ApplicationMemory& memory, const TransactionSituation& situation,
                                CryptogramType decided);

/// What the card remembers of it afterwards: counters, indicators, blocks that the decision brought.
void remember_first(ApplicationMemory& memory, const TransactionSituation& situation, CryptogramType decided);
void remember_second(CardMemory& card, ApplicationMemory& memory, int pin_tries,
                     const TransactionSituation& situation, CryptogramType decided);

}  // namespace posbench::card
