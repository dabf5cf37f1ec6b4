#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/runtime/bytes.hpp"

/// Card verification results (CVR), the part of issuer application data in which a card tells its issuer what
/// it found: one structure, and each scheme's octets for it.
namespace posbench::emv {

/// What this bench's card found. A format has octets for some of it; what it has none for is lost in it.
struct CardResults {
    enum class First : std::uint8_t { aac = 0, tc = 1, arqc = 2 };
    enum class Second : std::uint8_t { aac = 0, tc = 1, not_requested = 2 };
    First first = First::aac;          ///< cryptogram of the first GENERATE AC
    Second second = Second::aac;       ///< cryptogram of the second
    std::uint8_t script_commands = 0;  ///< of the issuer, 0 to 15
    std::uint8_t pin_tries_left = 0;   ///< 0 to 15
    bool issuer_authentication_performed = false, issuer_authentication_failed = false;
    bool issuer_authentication_failed_before = false;  ///< in the last online transaction
    bool issuer_authentication_missing = false;        ///< after an online authorisation
    bool offline_pin_performed = false, offline_pin_enciphered = false, offline_pin_successful = false,
         offline_pin_failed = false, offline_pin_not_performed = false;
    bool pin_try_limit_exceeded = false;
    bool application_blocked_by_pin = false;  ///< by the card, because of the PIN try limit
    bool terminal_errs_about_pin = false;     ///< it takes the offline PIN for right, and it was not
    bool unable_to_go_online = false, last_online_not_completed = false;
    bool go_online_set = false;      ///< the issuer's wish for the next transaction
    bool velocity_exceeded = false;  ///< one of the limits, and not which
    bool lower_count_exceeded = false, upper_count_exceeded = false;    ///< transactions offline, counter 1
    bool lower_amount_exceeded = false, upper_amount_exceeded = false;  ///< offline, accumulator 1
    bool new_card = false;
    bool international = false, domestic = false;  ///< by the terminal's country
    bool sda_failed_before = false,                ///< in the last transaction, which was declined offline
        dda_failed_before = false;                 ///< the same
    bool dda_performed = false, cda_in_first = false, cda_in_second = false;
    bool script_received = false, script_failed = false;
};

/// How the results stand in octets:
///
///     visa         03, then three octets      VIS 1.4 appendix A and PBOC 2.0 part 5; Visa and UnionPay
///     mchip        six octets                 M/Chip requirements for contact and contactless, appendix B
///     common_core  five octets                EMV book 3 annex C9.3
///
/// In all of them the upper half of the first octet has the types of the second and of the first cryptogram,
/// 00 AAC, 01 TC, 10 ARQC (of the second: not requested). Each further bit is one row of the tables in
/// card_results.cpp; those of visa and mchip are also the ones that public decoders of these octets name.
enum class ResultsFormat : std::uint8_t { visa, mchip, common_core };
/// Octets of the whole.
std::size_t results_size(ResultsFormat format) noexcept;

/// @throws std::invalid_argument for common_core, which the bench's card never writes
Bytes write_card_results(const CardResults& results, ResultsFormat format);
/// For people, of whatever card: types, numbers that are not 0, then the bits that are set, those without a
/// name as "B5 b1". Precondition: `octets` has results_size(). The length in front of Visa's is not looked
/// at.
std::vector<std::string> card_results_words(ByteView octets, ResultsFormat format);

}  // namespace posbench::emv
