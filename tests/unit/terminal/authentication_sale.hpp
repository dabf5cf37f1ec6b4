#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/protocols/emv/tlv.hpp"
#include "tests/unit/terminal/signing_card.hpp"

/// A sale with a card that signs, and what the terminal found. TVR octet 1: 80 not performed, 40 SDA, 08 DDA,
/// 04 CDA failed, 20 data missing, 02 SDA selected.
namespace posbench::terminal::testing {

inline constexpr std::uint8_t sda = 0x40, dda = 0x20, cda = 0x01;
/// TVR and TSI as the first GENERATE AC had them: the floor limit is zero, cardholder and risk management are
/// done.
inline constexpr std::string_view rest_of_tvr = "00008000";

using Spoil = std::function<void(SigningCard&)>;

/// What came of a sale.
struct Outcome {
    std::string tvr, tsi;  ///< at the first GENERATE AC
    std::string second_tvr, second_tsi;
    std::uint8_t reference = 0;  ///< P1 of the first GENERATE AC
    int cryptograms = 0;
    std::vector<std::string> details;  ///< of the steps "authentication"
    std::string outcome, reason, answer_code;
    int requests = 0;  ///< that the host got
    emv::TlvMap field55;
    bool reversal_pending = false;
};

/// @param overrides of the terminal's profile
Outcome sale(std::uint8_t methods, const Spoil& spoil = {}, std::string_view overrides = "",
             SigningCard::Algorithm algorithm = SigningCard::Algorithm::rsa);

/// Inverts a bit of an octet.
void flip(Bytes& octets, std::size_t at);
Spoil without(emv::Tag tag);
/// An octet of a certificate, or of the signed static data, is another.
Spoil flipped(emv::Tag tag, std::size_t at);
/// The PSN in the record, which is 01, becomes 02.
void tamper_record(SigningCard& card);
/// The card signs for another unpredictable number than the terminal's.
void wrong_number(SigningCard& card);

/// A wrong thing, and what the terminal must say of it.
struct Case {
    std::string name;
    Spoil spoil;
    std::string detail;  ///< a part of it
    bool data_missing = false;
    std::string overrides;
};

/// Every case leaves the sale to the host (nothing of it is denied by the profile), unsigned, with these
/// bits.
/// @param failed TVR octet 1
void check_failures(std::uint8_t method, std::string_view name, int failed, const std::vector<Case>& cases,
                    SigningCard::Algorithm algorithm = SigningCard::Algorithm::rsa);

}  // namespace posbench::terminal::testing
