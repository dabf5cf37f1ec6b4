#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "drivers/protocols/emv/certificate.hpp"
#include "drivers/protocols/emv/certificate_fields.hpp"

namespace posbench::emv {
namespace {

using crypto::RsaPrivateKey;
using crypto::RsaPublicKey;

constexpr std::uint8_t header = 0x6A, trailer = 0xBC, padding = 0xBB;
constexpr std::uint8_t issuer_format = 0x02, static_format = 0x03, icc_format = 0x04, dynamic_format = 0x05;
constexpr std::uint8_t sha1_indicator = 0x01, rsa_indicator = 0x01;

/// Hashes header to padding, less the header, and `also`; closes the block and signs it.
Bytes close_and_sign(const RsaPrivateKey& signer, Bytes block, std::initializer_list<ByteView> also) {
    Bytes hashed(block.begin() + 1, block.end());
    for (const ByteView part : also) append(hashed, part);
    append(block, crypto::sha1(hashed));
    block.push_back(trailer);
    return signer.sign(block).value();
}

/// `block` holds all before the algorithm indicators.
CertifiedKey certify(const RsaPrivateKey& signer, Bytes block, const RsaPublicKey& key,
                     ByteView static_data) {
    append(block, Bytes{sha1_indicator, rsa_indicator, static_cast<std::uint8_t>(key.size()),
                        static_cast<std::uint8_t>(key.exponent().size())});
    const std::size_t room = signer.size() - 21 - block.size();
    const ByteView modulus = key.modulus();
    append(block, modulus.first(std::min(room, modulus.size())));
    block.resize(signer.size() - 21, padding);

    CertifiedKey certified;
    certified.exponent.assign(key.exponent().begin(), key.exponent().end());
    if (modulus.size() > room) append(certified.remainder, modulus.subspan(room));
    certified.certificate =
        close_and_sign(signer, std::move(block), {certified.remainder, certified.exponent, static_data});
    return certified;
}

Bytes icc_block(const IccCertificate& certificate) {
    Bytes block{header, icc_format};
    append(block, fields::pan(certificate.pan));
    append(block, fields::month(certificate.expiry));
    append(block, certificate.serial);
    return block;
}

Bytes sign_dynamic(const RsaPrivateKey& icc, ByteView dynamic_data, ByteView terminal_data) {
    if (dynamic_data.size() + 25 > icc.size())
        throw std::invalid_argument(
            fmt::format("ICC dynamic data of {} octets for a key of {}", dynamic_data.size(), icc.size()));
    Bytes block{header, dynamic_format, sha1_indicator, static_cast<std::uint8_t>(dynamic_data.size())};
    append(block, dynamic_data);
    block.resize(icc.size() - 21, padding);
    return close_and_sign(icc, std::move(block), {terminal_data});
}

}  // namespace

CertifiedKey certify_issuer_key(const RsaPrivateKey& authority, const RsaPublicKey& key,
                                const IssuerCertificate& certificate) {
    Bytes block{header, issuer_format};
    append(block, fields::issuer_identifier(certificate.identifier));
    append(block, fields::month(certificate.expiry));
    append(block, certificate.serial);
    return certify(authority, std::move(block), key, {});
}

CertifiedKey certify_icc_key(const RsaPrivateKey& issuer, const RsaPublicKey& key,
                             const IccCertificate& certificate, ByteView static_data) {
    return certify(issuer, icc_block(certificate), key, static_data);
}

CertifiedKey certify_pin_key(const RsaPrivateKey& issuer, const RsaPublicKey& key,
                             const IccCertificate& certificate) {
    return certify(issuer, icc_block(certificate), key, {});
}

Bytes sign_static_data(const RsaPrivateKey& issuer, const std::array<std::uint8_t, 2>& code,
                       ByteView static_data) {
    Bytes block{header, static_format, sha1_indicator, code[0], code[1]};
    block.resize(issuer.size() - 21, padding);
    return close_and_sign(issuer, std::move(block), {static_data});
}

Bytes sign_dynamic_data(const RsaPrivateKey& icc, ByteView number, ByteView terminal_data) {
    return sign_dynamic(icc, fields::dynamic_number(number), terminal_data);
}

Bytes sign_combined_data(const RsaPrivateKey& icc, ByteView number, const CombinedData& data,
                         const std::array<std::uint8_t, 4>& unpredictable_number) {
    return sign_dynamic(icc, fields::combined_dynamic_data(number, data, crypto::sha1(data.transaction_data)),
                        unpredictable_number);
}

Bytes static_data_of(std::span<const AuthenticatedRecord> records, bool with_aip,
                     const std::array<std::uint8_t, 2>& aip) {
    Bytes out;
    for (const AuthenticatedRecord& record : records) {
        ByteView octets = record.octets;
        if (record.sfi <= 10) {
            // Tag 70, then a length of one octet, or of two or three that begin with 81 or 82.
            const bool long_length = octets.size() >= 2 && octets[1] >= 0x80;
            const std::size_t value = long_length ? 2U + (octets[1] & 0x7FU) : 2U;
            if (octets.size() < value || octets[0] != 0x70)
                throw std::invalid_argument("a record is one template 70");
            octets = octets.subspan(value);
        }
        append(out, octets);
    }
    if (with_aip) append(out, aip);
    return out;
}

}  // namespace posbench::emv
