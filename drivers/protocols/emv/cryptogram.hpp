#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"
#include "drivers/protocols/crypto/crypto.hpp"
#include "drivers/protocols/emv/tlv.hpp"

/// What goes into an application cryptogram, and under which key: one definition for the card that makes it
/// and the host that checks it. The cryptography itself is in crypto.hpp.
namespace posbench::emv {

/// The second octet of the issuer's part of tag 9F10 on the cards of this bench; above it the algorithm,
/// where that part names one that is not triple DES.
enum class CryptogramVersion : std::uint16_t {
    unionpay_01 = 0x01,        ///< PBOC 2.0 part 5 annex D
    unionpay_01_sm4 = 0x0401,  ///< the same with SM4 (PBOC 3.0 part 17)
    visa_10 = 0x0A,            ///< VIS cryptogram version 10
    visa_17 = 0x11,            ///< VCPS cryptogram version 17, contactless
    visa_18 = 0x12,            ///< VIS cryptogram version 18: book 2 clause 8 as it stands
};

/// What one version does differently from another. A version is one row of the table in cryptogram.cpp.
struct CryptogramRules {
    enum class Data : std::uint8_t {
        card_results,  ///< 9F02, 9F03, 9F1A, 95, 5F2A, 9A, 9C, 9F37, 82, 9F36, CVR: 33 octets
        issuer_data,   ///< the same with the whole of 9F10 in the place of the CVR
        contactless,   ///< 9F02, 9F37, 9F36, octet 2 of the CVR: 13 octets
    };
    enum class SessionKey : std::uint8_t {
        none,    ///< the card master key itself
        pboc,    ///< pboc_session_key
        common,  ///< crypto::common_session_key
    };
    enum class Cipher : std::uint8_t { triple_des, sm4 };
    CryptogramVersion version;
    Cipher cipher;
    Data data;
    SessionKey session_key;
    crypto::Padding padding;
    int arpc_method;       ///< 1 or 2, book 2 clause 8.2
    bool names_algorithm;  ///< 9F10 ends with the algorithm: 01 triple DES, 04 SM4
};
/// Null for a version that is not in the table.
const CryptogramRules* find_cryptogram_rules(CryptogramVersion version) noexcept;

/// What a terminal must give for a cryptogram: everything under it that is not the card's own.
std::span<const DolEntry> terminal_objects(CryptogramRules::Data data) noexcept;

/// Card verification results as PBOC and VIS lay them out: a length of 03, then three octets.
using Cvr = std::array<std::uint8_t, 4>;

/// Bits of octet 2 of the CVR.
namespace cvr {
inline constexpr std::uint8_t second_tc = 0x40, second_not_requested = 0x80;  // an AAC is neither
inline constexpr std::uint8_t first_tc = 0x10, first_arqc = 0x20;
inline constexpr std::uint8_t issuer_authentication_failed = 0x08;
inline constexpr std::uint8_t offline_pin_performed = 0x04;
inline constexpr std::uint8_t offline_pin_failed = 0x02;
/// Octet 3.
inline constexpr std::uint8_t pin_try_limit_exceeded = 0x40;
}  // namespace cvr

/// Issuer application data, tag 9F10, by its parts:
///
///     Visa           06 DKI version CVR(4)
///     UnionPay       07 DKI 01 CVR(4) 01      the last octet: algorithm, 01 triple DES, 04 SM4
///
/// Issuer discretionary data may follow; nothing is read from it.
struct IssuerApplicationData {
    std::uint8_t key_index = 1;  ///< derivation key index (DKI)
    CryptogramVersion version = CryptogramVersion::unionpay_01;
    Cvr cvr{0x03, 0, 0, 0};

    Bytes octets() const;
};
/// The error names the octet that breaks the layout above, or the version that is not known.
Result<IssuerApplicationData> parse_issuer_application_data(ByteView tag_9f10);

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
    Cvr cvr{0x03, 0, 0, 0};                          ///< from 9F10
    Bytes issuer_data;                               ///< 9F10

    /// As the version lays them out.
    Bytes octets(CryptogramVersion version) const;
};
/// From the data objects of a field 55 (or of any other data base that holds those tags and 9F10). The error
/// names the tag that is missing or has another length, of those that the version in 9F10 takes.
Result<CryptogramInput> cryptogram_input(const TlvMap& data);

/// The card's key of an issuer master key, option A of EMV book 2 annex A1.4.1, with the version's cipher:
/// SM4 has one block in which the complement follows the value. The error is that of
/// crypto::card_diversification. Here and below: @throws std::invalid_argument for a version that is not in
/// the table, or a key that has not 16 octets
Result<crypto::Block16> card_master_key(CryptogramVersion version, ByteView issuer_master_key,
                                        std::string_view pan, std::string_view psn);

/// PBOC 2.0 part 5 annex D.3: left half = 3DES(MK, 000000000000 | ATC), right half = 3DES(MK, 000000000000 |
/// not ATC). No parity adjustment.
crypto::Block16 pboc_session_key(const crypto::Block16& card_master_key, std::uint16_t atc);

/// The same with SM4: one block, 000000000000 | ATC | 000000000000 | not ATC.
crypto::Block16 pboc_sm4_session_key(const crypto::Block16& card_master_key, std::uint16_t atc);

/// The key of a version's cryptogram and ARPC.
crypto::Block16 cryptogram_key(CryptogramVersion version, const crypto::Block16& card_master_key,
                               std::uint16_t atc);
/// AAC, TC or ARQC over `input`: of the SM4 MAC the left half.
crypto::Block8 make_cryptogram(CryptogramVersion version, const crypto::Block16& card_master_key,
                               const CryptogramInput& input);

/// Card status update, four octets (book 3 annex C10); of octet 2:
namespace csu {
inline constexpr std::uint8_t issuer_approves = 0x80;
}

/// What an issuer lets the card know; each ARPC method takes its own.
struct IssuerDecision {
    std::string code;                   ///< method 1: authorisation response code (8A), two characters
    std::array<std::uint8_t, 4> csu{};  ///< method 2: card status update
    Bytes proprietary;                  ///< method 2: proprietary authentication data, at most 8 octets
};
/// Issuer authentication data, the value of tag 91 (book 2 clause 8.2):
///
///     method 1       ARPC(8) response code(2)        with SM4: the left half of ARQC xor code, then zeros,
///                                                    encrypted
///     method 2       ARPC(4) CSU(4) proprietary authentication data(0 to 8)
///
/// The key is that of the cryptogram.
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
