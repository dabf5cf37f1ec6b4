#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"
#include "drivers/protocols/crypto/crypto.hpp"
#include "drivers/protocols/emv/card_results.hpp"
#include "drivers/protocols/emv/scheme.hpp"
#include "drivers/protocols/emv/tlv.hpp"

/// What goes into an application cryptogram, and under which key: one definition for the card that makes it
/// and the host that checks it. The cryptography itself is in crypto.hpp.
namespace posbench::emv {

/// The low octet is the cryptogram version number (CVN) as 9F10 has it; the high one only tells apart those
/// that share one.
enum class CryptogramVersion : std::uint16_t {
    unionpay_01 = 0x01,        ///< PBOC 2.0 part 5 annex D
    unionpay_01_sm4 = 0x0401,  ///< the same with SM4 (PBOC 3.0 part 17)
    visa_10 = 0x0A,            ///< VIS cryptogram version 10
    visa_17 = 0x11,            ///< VCPS cryptogram version 17, contactless
    visa_18 = 0x12,            ///< VIS cryptogram version 18: book 2 clause 8 as it stands
    mchip_10 = 0x0110,         ///< M/Chip 4 and Advance: Mastercard's own session key
    mchip_11 = 0x0111,         ///< the same, with the offline counters under the cryptogram
    mchip_14 = 0x0114,         ///< M/Chip 4 and Advance: common session key
    mchip_15 = 0x0115,         ///< the same, with the offline counters under the cryptogram
};

/// What one version does differently from another. A version is one row of the table in cryptogram.cpp.
/// M/Chip's CVN is made of bits: 5 to 8 0001, 3 and 2 the session key (00 Mastercard's, 10 common), 1 the
/// counters. Its rows are those of two public implementations, pyemv (classes MasterCardCVN16, 17, 20 and 21:
/// the same numbers in decimal) and jPOS (MChipCryptogram).
struct CryptogramRules {
    /// Of 9F10, as IssuerApplicationData draws it.
    enum class Layout : std::uint8_t { visa, unionpay, mchip };
    enum class Data : std::uint8_t {
        card_results,               ///< 9F02, 9F03, 9F1A, 95, 5F2A, 9A, 9C, 9F37, 82, 9F36: 29 octets; CVR
        card_results_and_counters,  ///< the same, then the counters of 9F10
        issuer_data,                ///< the same with the whole of 9F10 in the place of the CVR
        contactless,                ///< 9F02, 9F37, 9F36, octet 2 of the CVR: 13 octets
    };
    enum class SessionKey : std::uint8_t {
        none,        ///< the card master key itself
        pboc,        ///< pboc_session_key
        common,      ///< crypto::common_session_key
        mastercard,  ///< crypto::mastercard_session_key
    };
    enum class Cipher : std::uint8_t { triple_des, sm4 };
    CryptogramVersion version;
    Layout layout;
    Cipher cipher;
    Data data;
    SessionKey session_key;
    crypto::Padding padding;
    int arpc_method;              ///< 1 or 2, book 2 clause 8.2
    SessionKey arpc_session_key;  ///< most often that of the cryptogram

    /// The issuer's answer says what the card is to do with itself, and not only how the host decided.
    bool updates_card() const noexcept { return arpc_method == 2 || layout == Layout::mchip; }
};
/// Null for a version that is not in the table.
const CryptogramRules* find_cryptogram_rules(CryptogramVersion version) noexcept;

/// What a terminal must give for a cryptogram: everything under it that is not the card's own.
std::span<const DolEntry> terminal_objects(CryptogramRules::Data data) noexcept;

/// Issuer application data, tag 9F10, by its parts:
///
///     Visa           06 DKI CVN CVR(4)
///     UnionPay       07 DKI CVN CVR(4) algorithm      01 triple DES, 04 SM4
///     M/Chip         DKI CVN CVR(6) DAC or ICC dynamic number(2) counters(0, 8, 10, 16 or 18)
///
/// Issuer discretionary data may follow the first two; nothing is read from it. DAC: data authentication code
/// (9F45), of the ICC dynamic number (9F4C) the first two octets. M/Chip 4 has 8 octets of counters: amount
/// approved offline (n12), number of transactions approved offline, FF.
/// Sources: VIS 1.4, PBOC 2.0 part 5, M/Chip requirements for contact and contactless, appendix B.
struct IssuerApplicationData {
    std::uint8_t key_index = 1;  ///< derivation key index (DKI)
    CryptogramVersion version = CryptogramVersion::unionpay_01;
    CardResults results;
    std::array<std::uint8_t, 2> authentication_code{};  ///< M/Chip: DAC or ICC dynamic number
    Bytes counters;                                     ///< M/Chip

    Bytes octets() const;
};
inline constexpr std::size_t mchip_counters_size = 8;  ///< of M/Chip 4
/// The version that a 9F10 names. The scheme of the application says which layout it is: Mastercard's are
/// M/Chip's, all others begin with their length. The error names the octet that breaks the layout, or the
/// version that is not known.
Result<CryptogramVersion> issuer_data_version(ByteView tag_9f10, Scheme scheme);
/// Has M/Chip's lengths and the upper half of its CVN, known or not.
bool is_mchip_data(ByteView tag_9f10) noexcept;

/// The data objects under a cryptogram, whatever the version takes of them.
struct CryptogramInput {
    std::array<std::uint8_t, 6> amount{};            ///< 9F02
    std::array<std::uint8_t, 6> amount_other{};      ///< 9F03
    std::array<std::uint8_t, 2> terminal_country{};  ///< 9F1A
    std::array<std::uint8_t, 5> tvr{};               ///< 95
    std::array<std::uint8_t, 2> currency{};          ///< 5F2A
    std::array<std::uint8_t, 3> date{};              ///< 9A, YYMMDD
    std::uint8_t type = 0;                           ///< 9C
    std::array<std::uint8_t, 4> unpredictable{};     ///< 9F37
    std::array<std::uint8_t, 2> aip{};               ///< 82
    std::uint16_t atc = 0;                           ///< 9F36
    Bytes issuer_data;                               ///< 9F10, of the version's layout

    /// As the version lays them out. Precondition: `issuer_data` is one of that version.
    Bytes octets(CryptogramVersion version) const;
};
/// From the data objects of a field 55 (or of any other data base that holds those tags and 9F10). The error
/// names the tag that is missing or has another length, of those that the version takes.
/// Precondition: 9F10, if there, is one of that version.
Result<CryptogramInput> cryptogram_input(const TlvMap& data, CryptogramVersion version);

/// How a card's keys follow from its issuer's, EMV book 2 annex A1.4. They differ beyond 16 digits of PAN.
enum class KeyDerivation : std::uint8_t { option_a, option_b };

/// The card's key of an issuer master key, with the version's cipher: SM4 has option A alone, with one block
/// in which the complement follows the value. The error is that of crypto::card_diversification, or says that
/// there is no such key. Here and below: @throws std::invalid_argument for a version that is not in the
/// table, or a key that has not 16 octets
Result<crypto::Block16> card_master_key(CryptogramVersion version, ByteView issuer_master_key,
                                        std::string_view pan, std::string_view psn,
                                        KeyDerivation derivation = KeyDerivation::option_a);

/// PBOC 2.0 part 5 annex D.3: left half = 3DES(MK, 000000000000 | ATC), right half = 3DES(MK, 000000000000 |
/// not ATC). No parity adjustment.
crypto::Block16 pboc_session_key(const crypto::Block16& card_master_key, std::uint16_t atc);

/// The same with SM4: one block, 000000000000 | ATC | 000000000000 | not ATC.
crypto::Block16 pboc_sm4_session_key(const crypto::Block16& card_master_key, std::uint16_t atc);

/// The key of a version's cryptogram. @param unpredictable 9F37, which Mastercard's session key takes
crypto::Block16 cryptogram_key(CryptogramVersion version, const crypto::Block16& card_master_key,
                               std::uint16_t atc, const std::array<std::uint8_t, 4>& unpredictable);
/// AAC, TC or ARQC over `input`: of the SM4 MAC the left half.
crypto::Block8 make_cryptogram(CryptogramVersion version, const crypto::Block16& card_master_key,
                               const CryptogramInput& input);

/// Card status update, four octets (book 3 annex C10). Octet 1: what a PIN try counter is set to; octet 2:
namespace csu {
inline constexpr std::uint8_t pin_tries = 0x0F;
inline constexpr std::uint8_t issuer_approves = 0x80, block_card = 0x40, block_application = 0x20,
                              set_pin_tries = 0x10, go_online = 0x08;
inline constexpr std::uint8_t counters = 0x03, counters_to_upper_limit = 0x01, counters_to_zero = 0x02,
                              counters_add_transaction = 0x03;
}  // namespace csu

/// What an issuer lets the card know; each kind of answer takes its own.
struct IssuerDecision {
    std::string code;                   ///< method 1: authorisation response code (8A), two characters
    std::array<std::uint8_t, 4> csu{};  ///< method 2: card status update; M/Chip: what it has a bit for
    Bytes proprietary;                  ///< method 2: proprietary authentication data, at most 8 octets
};
/// Issuer authentication data, the value of tag 91 (book 2 clause 8.2):
///
///     method 1       ARPC(8) response code(2)        with SM4: the left half of ARQC xor code, then zeros,
///                                                    encrypted
///     M/Chip         ARPC(8) ARPC response code(2)   method 1 with a code of its own, below
///     method 2       ARPC(4) CSU(4) proprietary authentication data(0 to 8)
///
/// M/Chip's ARPC response code: octet 1 bits 4-1 PIN try counter; octet 2 bit 5 approve online transaction, 4
/// update the PIN try counter, 3 set go online on next transaction, 2-1 update counters (0 no, 1 to the upper
/// limits, 2 to zero, 3 add the transaction). Sources of the bits: the public parser of iso8583.info; of the
/// numbers in the last: the card status update, which has the same field.
/// The key is that of the cryptogram, but for versions 10 and 11 of M/Chip: the card master key.
Bytes issuer_authentication_data(CryptogramVersion version, const crypto::Block16& card_master_key,
                                 std::uint16_t atc, const crypto::Block8& arqc,
                                 const IssuerDecision& decision);
/// The card's side: the decision, when the ARPC is right. The error says that the length is another, or that
/// the ARPC differs.
Result<IssuerDecision> verify_issuer_authentication_data(CryptogramVersion version,
                                                         const crypto::Block16& card_master_key,
                                                         std::uint16_t atc, const crypto::Block8& arqc,
                                                         ByteView tag_91);

}  // namespace posbench::emv
