#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"
#include "drivers/protocols/crypto/crypto.hpp"
#include "drivers/protocols/emv/tlv.hpp"

/// What goes into an application cryptogram, and under which key: one definition for the card that makes it
/// and the host that checks it. The cryptography itself is in crypto.hpp.
namespace posbench::emv {

/// The second octet of the issuer's part of tag 9F10 on the cards of this bench.
enum class CryptogramVersion : std::uint8_t {
    unionpay_01 = 0x01,  ///< PBOC 2.0 part 5 annex D: session key of the ATC, '80' padding
    visa_10 = 0x0A,      ///< cryptogram version 10: the card master key itself, zero padding
};

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
///     visa_10        06 DKI 0A CVR(4)
///     unionpay_01    07 DKI 01 CVR(4) 01      the last octet: algorithm, 01 is triple DES
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

/// The data objects under the cryptogram, the same and in the same order for both versions: 9F02, 9F03, 9F1A,
/// 95, 5F2A, 9A, 9C, 9F37, 82, 9F36, CVR; 33 octets.
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

    Bytes octets() const;
};
/// From the data objects of a field 55 (or of any other data base that holds those tags and 9F10). The error
/// names the tag that is missing or has another length.
Result<CryptogramInput> cryptogram_input(const TlvMap& data);

/// PBOC 2.0 part 5 annex D.3: left half = 3DES(MK, 000000000000 | ATC), right half = 3DES(MK, 000000000000 |
/// not ATC). No parity adjustment.
crypto::Block16 pboc_session_key(const crypto::Block16& card_master_key, std::uint16_t atc);

/// The key and the padding of the cryptogram (and, key only, of the ARPC) of a version.
crypto::Block16 cryptogram_key(CryptogramVersion version, const crypto::Block16& card_master_key,
                               std::uint16_t atc);
crypto::Padding cryptogram_padding(CryptogramVersion version) noexcept;

/// AAC, TC or ARQC over `input`.
crypto::Block8 make_cryptogram(CryptogramVersion version, const crypto::Block16& card_master_key,
                               const CryptogramInput& input);
/// ARPC method 1 for the two-character response code `arc`, under the same key as the cryptogram.
crypto::Block8 make_arpc(CryptogramVersion version, const crypto::Block16& card_master_key, std::uint16_t atc,
                         const crypto::Block8& arqc, std::string_view arc);

}  // namespace posbench::emv
