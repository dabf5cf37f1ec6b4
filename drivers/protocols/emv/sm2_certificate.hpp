#pragma once

#include "drivers/protocols/crypto/sm.hpp"
#include "drivers/protocols/emv/certificate.hpp"
#include "drivers/protocols/emv/tlv.hpp"

/// Certificates and signed data of offline data authentication with SM2 and SM3 (PBOC 3.0 part 17), the
/// counterpart of certificate.hpp and under the same names. An SM2 signature gives nothing back, so all
/// stands in clear before it; it is over that, and over what a hash would be over with RSA:
///
///     issuer key     12 issuer identifier(4) MMYY(2) serial(3) 04 00 11 40 x(32) y(32) signature(64)
///     ICC key        14 PAN(10) MMYY(2) serial(3) 04 00 11 40 x(32) y(32) signature(64), over static data
///     static data    13 data authentication code(2) signature(64), over static data
///     dynamic data   15 length ICC dynamic data(length) signature(64), over the terminal's data
///
/// 04 is SM2 with SM3, 00 that the key enciphers nothing, 11 the curve of GM/T 0003.5, 40 the key's length.
/// The signer's identifier is the customary one. There is neither remainder nor exponent. The dynamic data of
/// a combined authentication are as with RSA, but with a hash of 32 octets (SM3).
namespace posbench::emv {

/// Octets of the issuer's and the card's certificate.
inline constexpr std::size_t sm2_issuer_certificate_size = 142, sm2_icc_certificate_size = 148;
/// Octets of the longest signed dynamic data: combined, with an ICC dynamic number of 8.
inline constexpr std::size_t sm2_most_signed_size = 116;

/// SM algorithm support indicator, which a terminal gives: one octet, 00, or 01 for one that knows SM2, SM3
/// and SM4.
inline constexpr Tag sm_support_indicator = 0xDF69;
/// What a terminal gave says that it knows them.
inline bool knows_sm(const TlvMap& given) noexcept {
    const ByteView indicator = given.get(sm_support_indicator);
    return indicator.size() == 1 && indicator[0] == 0x01;
}

// The issuer's and the card's side. All of it throws std::invalid_argument for what does not fit its field.

CertifiedKey certify_issuer_key(const crypto::Sm2PrivateKey& authority, const crypto::Sm2PublicKey& key,
                                const IssuerCertificate& certificate);
CertifiedKey certify_icc_key(const crypto::Sm2PrivateKey& issuer, const crypto::Sm2PublicKey& key,
                             const IccCertificate& certificate, ByteView static_data);
Bytes sign_static_data(const crypto::Sm2PrivateKey& issuer, const std::array<std::uint8_t, 2>& code,
                       ByteView static_data);
Bytes sign_dynamic_data(const crypto::Sm2PrivateKey& icc, ByteView number, ByteView terminal_data);
Bytes sign_combined_data(const crypto::Sm2PrivateKey& icc, ByteView number, const CombinedData& data,
                         const std::array<std::uint8_t, 4>& unpredictable_number);

// The terminal's side. A Rejection's clause is "part 17", and it has no step.

/// `method` is not looked at: the layout is the same for both.
Result<CertifiedIssuer<crypto::Sm2PublicKey>, Rejection> recover_issuer_key(
    OfflineAuthentication method, const crypto::Sm2PublicKey& authority, const CertifiedKey& certified,
    std::string_view pan, std::chrono::year_month_day today);
Result<CertifiedIcc<crypto::Sm2PublicKey>, Rejection> recover_icc_key(const crypto::Sm2PublicKey& issuer,
                                                                      const CertifiedKey& certified,
                                                                      std::string_view pan,
                                                                      std::chrono::year_month_day today,
                                                                      ByteView static_data);
/// The data authentication code, for tag 9F45.
Result<std::array<std::uint8_t, 2>, Rejection> verify_static_data(const crypto::Sm2PublicKey& issuer,
                                                                  ByteView signed_data, ByteView static_data);
/// The ICC dynamic number, for tag 9F4C.
Result<Bytes, Rejection> verify_dynamic_data(const crypto::Sm2PublicKey& icc, ByteView signed_data,
                                             ByteView terminal_data);
Result<CombinedAnswer, Rejection> verify_combined_data(
    const crypto::Sm2PublicKey& icc, ByteView signed_data, std::uint8_t cid,
    const std::array<std::uint8_t, 4>& unpredictable_number, ByteView transaction_data);

}  // namespace posbench::emv
