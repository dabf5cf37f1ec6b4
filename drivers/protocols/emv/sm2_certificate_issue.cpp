#include <stdexcept>

#include <fmt/format.h>

#include "drivers/protocols/emv/certificate_fields.hpp"
#include "drivers/protocols/emv/sm2_certificate.hpp"

namespace posbench::emv {
namespace {

using crypto::Sm2PrivateKey;
using crypto::Sm2PublicKey;

constexpr std::uint8_t issuer_format = 0x12, static_format = 0x13, icc_format = 0x14, dynamic_format = 0x15;
constexpr std::uint8_t sm2_with_sm3 = 0x04, no_encipherment = 0x00, sm2_curve = 0x11, key_length = 0x40;

/// `plain` with the signature over it and `also` behind it.
Bytes sign_behind(const Sm2PrivateKey& signer, Bytes plain, ByteView also) {
    Bytes message = plain;
    append(message, also);
    append(plain, signer.sign(message));
    return plain;
}

/// What both certificates have from the expiry date on.
void append_key(Bytes& out, std::chrono::year_month expiry, const std::array<std::uint8_t, 3>& serial,
                const Sm2PublicKey& key) {
    append(out, fields::month(expiry));
    append(out, serial);
    append(out, Bytes{sm2_with_sm3, no_encipherment, sm2_curve, key_length});
    append(out, key.x());
    append(out, key.y());
}

Bytes sign_dynamic(const Sm2PrivateKey& icc, const Bytes& dynamic_data, ByteView terminal_data) {
    Bytes plain{dynamic_format, static_cast<std::uint8_t>(dynamic_data.size())};
    append(plain, dynamic_data);
    return sign_behind(icc, std::move(plain), terminal_data);
}

}  // namespace

CertifiedKey certify_issuer_key(const Sm2PrivateKey& authority, const Sm2PublicKey& key,
                                const IssuerCertificate& certificate) {
    Bytes plain{issuer_format};
    append(plain, fields::issuer_identifier(certificate.identifier));
    append_key(plain, certificate.expiry, certificate.serial, key);
    return {sign_behind(authority, std::move(plain), {}), {}, {}};
}

CertifiedKey certify_icc_key(const Sm2PrivateKey& issuer, const Sm2PublicKey& key,
                             const IccCertificate& certificate, ByteView static_data) {
    Bytes plain{icc_format};
    append(plain, fields::pan(certificate.pan));
    append_key(plain, certificate.expiry, certificate.serial, key);
    return {sign_behind(issuer, std::move(plain), static_data), {}, {}};
}

Bytes sign_static_data(const Sm2PrivateKey& issuer, const std::array<std::uint8_t, 2>& code,
                       ByteView static_data) {
    return sign_behind(issuer, Bytes{static_format, code[0], code[1]}, static_data);
}

Bytes sign_dynamic_data(const Sm2PrivateKey& icc, ByteView number, ByteView terminal_data) {
    return sign_dynamic(icc, fields::dynamic_number(number), terminal_data);
}

Bytes sign_combined_data(const Sm2PrivateKey& icc, ByteView number, const CombinedData& data,
                         const std::array<std::uint8_t, 4>& unpredictable_number) {
    return sign_dynamic(icc, fields::combined_dynamic_data(number, data, crypto::sm3(data.transaction_data)),
                        unpredictable_number);
}

}  // namespace posbench::emv
