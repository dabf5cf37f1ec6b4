#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"
#include "drivers/protocols/crypto/crypto.hpp"
#include "drivers/protocols/crypto/rsa.hpp"

/// Certificates and signed data of offline data authentication (EMV 4.3 book 2, clauses 5, 6 and 7.1), RSA
/// with SHA-1. The issuer's and the card's side makes them (certificate_issue.cpp), the terminal's side
/// recovers them (certificate_recover.cpp); the two share nothing but RSA and SHA-1, so an error of one is
/// seen by the other.
///
/// What is signed is as long as the signer's modulus, N octets:
///
///     issuer key     6A 02 issuer identifier(4) MMYY(2) serial(3) 01 01 length exponent-length key(N-36)
///     hash(20) BC ICC keys       6A 04 PAN(10) MMYY(2) serial(3) 01 01 length exponent-length key(N-42)
///     hash(20) BC static data    6A 03 01 data authentication code(2) BB... hash(20) BC dynamic data   6A 05
///     01 length ICC dynamic data(length) BB... hash(20) BC
///
/// A key shorter than its field is padded with BB at the right; of a longer one the rest is the remainder, a
/// data object of its own. Cards of SM2 have theirs in sm2_certificate.hpp.
namespace posbench::emv {

struct Tlv;

/// A public key as a card bears it: tags 90, 92, 9F32 (issuer), 9F46, 9F48, 9F47 (ICC) or 9F2D, 9F2F, 9F2E
/// (ICC PIN encipherment).
struct CertifiedKey {
    Bytes certificate;
    Bytes remainder;  ///< empty when the key stands in the certificate whole
    Bytes exponent;
};

/// What an issuer public key certificate says besides the key.
struct IssuerCertificate {
    std::string identifier;  ///< leftmost 3 to 8 digits of the PAN
    std::chrono::year_month expiry{};
    std::array<std::uint8_t, 3> serial{};
};
/// What an ICC public key certificate says besides the key; the same for both keys of a card.
struct IccCertificate {
    std::string pan;  ///< 1 to 19 digits
    std::chrono::year_month expiry{};
    std::array<std::uint8_t, 3> serial{};
};

/// A record that the application file locator gives for offline data authentication, as READ RECORD answers:
/// with its template 70.
struct AuthenticatedRecord {
    std::uint8_t sfi = 1;
    Bytes octets;
};

/// The data of an application cryptogram that a signature brings with it (CDA, book 2 clause 6.6.1).
struct CombinedData {
    std::uint8_t cid = 0;  ///< cryptogram information data, as in 9F27
    crypto::Block8 cryptogram{};
    Bytes transaction_data;  ///< values of the PDOL and CDOLs as sent, then the answer's TLV without 9F4B
};

// The issuer's and the card's side. All of it throws std::invalid_argument for what does not fit its field.

/// Book 2 clauses 5.1 and 6.1, signed by the certification authority.
CertifiedKey certify_issuer_key(const crypto::RsaPrivateKey& authority, const crypto::RsaPublicKey& key,
                                const IssuerCertificate& certificate);
/// Book 2 clause 6.1, signed by the issuer, `static_data` in its hash.
CertifiedKey certify_icc_key(const crypto::RsaPrivateKey& issuer, const crypto::RsaPublicKey& key,
                             const IccCertificate& certificate, ByteView static_data);
/// Book 2 clause 7.1: the same without static data.
CertifiedKey certify_pin_key(const crypto::RsaPrivateKey& issuer, const crypto::RsaPublicKey& key,
                             const IccCertificate& certificate);
/// Signed static application data, tag 93 (book 2 clause 5.1).
Bytes sign_static_data(const crypto::RsaPrivateKey& issuer, const std::array<std::uint8_t, 2>& code,
                       ByteView static_data);
/// Signed dynamic application data, tag 9F4B, of INTERNAL AUTHENTICATE (book 2 clause 6.5.1). `number`:
/// the ICC dynamic number, 2 to 8 octets; `terminal_data`: what the DDOL made the terminal send.
Bytes sign_dynamic_data(const crypto::RsaPrivateKey& icc, ByteView number, ByteView terminal_data);
/// The same of GENERATE AC (book 2 clause 6.6.1).
Bytes sign_combined_data(const crypto::RsaPrivateKey& icc, ByteView number, const CombinedData& data,
                         const std::array<std::uint8_t, 4>& unpredictable_number);
/// The static data to be authenticated (book 3 clause 10.3): of files 1 to 10 the records without tag and
/// length of their template, of the others whole; then the AIP when the tag list asks for it.
Bytes static_data_of(std::span<const AuthenticatedRecord> records, bool with_aip,
                     const std::array<std::uint8_t, 2>& aip);

// The terminal's side.

/// Why a certificate or a signature was refused, by the step of the book: "EMV book 2 clause 6.4 step 8: the
/// PAN differs".
struct Rejection {
    std::string_view clause;  ///< "6.4"; "10.3" is of book 3, "part 17" of PBOC 3.0
    int step = 0;             ///< 0 where the clause numbers none
    std::string what;         ///< the whole sentence; it repeats no value
};
[[noreturn]] void throw_exception_from_error(const Rejection& rejection, const boost::source_location&);

/// Clause 5.3 and clause 6.3 say the same of two methods.
enum class OfflineAuthentication : std::uint8_t { static_data, dynamic_data };

/// What a certificate brought.
template <class Key>
struct CertifiedIssuer {
    IssuerCertificate certificate;
    Key key;
};
template <class Key>
struct CertifiedIcc {
    IccCertificate certificate;
    Key key;
};
using IssuerKey = CertifiedIssuer<crypto::RsaPublicKey>;
using IccKey = CertifiedIcc<crypto::RsaPublicKey>;

/// Clause 5.3 or 6.3. Whether a serial number was revoked (step 10) is left to the caller.
Result<IssuerKey, Rejection> recover_issuer_key(OfflineAuthentication method,
                                                const crypto::RsaPublicKey& authority,
                                                const CertifiedKey& certified, std::string_view pan,
                                                std::chrono::year_month_day today);
/// Clause 6.4; without static data that of a PIN encipherment key, whose clause 7.1 takes over its steps.
Result<IccKey, Rejection> recover_icc_key(const crypto::RsaPublicKey& issuer, const CertifiedKey& certified,
                                          std::string_view pan, std::chrono::year_month_day today,
                                          ByteView static_data);
/// Clause 5.4; the data authentication code, for tag 9F45.
Result<std::array<std::uint8_t, 2>, Rejection> verify_static_data(const crypto::RsaPublicKey& issuer,
                                                                  ByteView signed_data, ByteView static_data);
/// Clause 6.5.2; the ICC dynamic number, for tag 9F4C.
Result<Bytes, Rejection> verify_dynamic_data(const crypto::RsaPublicKey& icc, ByteView signed_data,
                                             ByteView terminal_data);

struct CombinedAnswer {
    Bytes number;  ///< ICC dynamic number
    crypto::Block8 cryptogram{};
};
/// The data objects in a template as they stood, one after the other, without the signature 9F4B over them:
/// the answer's part of the transaction data (clause 6.6.1).
Bytes objects_without_signature(const Tlv& answer);
/// Clause 6.6.2. `cid`: 9F27 of the answer to GENERATE AC; `transaction_data` as in CombinedData.
Result<CombinedAnswer, Rejection> verify_combined_data(
    const crypto::RsaPublicKey& icc, ByteView signed_data, std::uint8_t cid,
    const std::array<std::uint8_t, 4>& unpredictable_number, ByteView transaction_data);
/// Book 3 clause 10.3. `tag_list`: the value of 9F4A, empty when the card has none; anything but 82 in it is
/// refused (book 2 clauses 5.4 and 6.4, step 5), and so is a record of files 1 to 10 that is not one
/// template 70.
Result<Bytes, Rejection> static_data_to_be_authenticated(std::span<const AuthenticatedRecord> records,
                                                         ByteView tag_list, ByteView aip);

}  // namespace posbench::emv
