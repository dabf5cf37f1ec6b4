#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "bench/runtime/plural.hpp"
#include "drivers/protocols/emv/certificate_fields.hpp"
#include "drivers/protocols/emv/sm2_certificate.hpp"
#include "drivers/protocols/emv/tlv.hpp"

namespace posbench::emv {
namespace {

using crypto::Sm2PublicKey;

constexpr std::size_t signature_size = 64, coordinate_size = 32, hash_size = 32;

/// Names `what` was refused and why.
Rejection reject(std::string_view what, std::string_view why) {
    return {"part 17", 0, fmt::format("PBOC 3.0 part 17, {}: {}", what, why)};
}

/// Something that was signed, its frame found right: what stands in clear.
Result<ByteView, Rejection> open(std::string_view what, std::uint8_t format, std::size_t least,
                                 ByteView octets) {
    if (octets.size() < least + signature_size)
        return reject(what, fmt::format("{} too few", octets.size() == 1
                                                          ? "1 octet is"
                                                          : fmt::format("{} octets are", octets.size())));
    if (octets.front() != format) return reject(what, fmt::format("the format is not {:02X}", format));
    return octets.first(octets.size() - signature_size);
}

bool is_signed(const Sm2PublicKey& signer, ByteView octets, ByteView also) {
    const ByteView plain = octets.first(octets.size() - signature_size);
    Bytes message(plain.begin(), plain.end());
    message.insert(message.end(), also.begin(), also.end());
    return signer.verify(message, octets.last(signature_size));
}

constexpr std::string_view wrong_signature = "the signature is not the signer's, or over other data";

/// From the expiry date to the end of the key, as both certificates have it.
struct Taken {
    std::chrono::year_month expiry;
    std::array<std::uint8_t, 3> serial{};
    Sm2PublicKey key;
};

Result<Taken, Rejection> take_key(std::string_view what, ByteView part, std::chrono::year_month_day today) {
    const auto expiry = fields::month_of(part.first(2));
    if (!expiry) return reject(what, "the expiry date is no month");
    if (fields::has_expired(*expiry, today)) return reject(what, "it has expired");
    std::array<std::uint8_t, 3> serial{};
    std::ranges::copy(part.subspan(2, 3), serial.begin());
    if (part[5] != 0x04) return reject(what, "the signature algorithm is not SM2 with SM3");
    if (part[7] != 0x11) return reject(what, "the curve is not that of SM2");
    if (part[8] != 2 * coordinate_size) return reject(what, "the key has not 64 octets");
    crypto::Block32 x{}, y{};
    std::ranges::copy(part.subspan(9, coordinate_size), x.begin());
    std::ranges::copy(part.subspan(9 + coordinate_size, coordinate_size), y.begin());
    auto key = Sm2PublicKey::from_coordinates(x, y);
    if (!key) return reject(what, key.error().what);
    return Taken{*expiry, serial, *std::move(key)};
}

/// The ICC dynamic data: its length before it fills all of what stands in clear.
Result<ByteView, Rejection> open_dynamic(std::string_view what, ByteView signed_data) {
    const auto plain = open(what, 0x15, 5, signed_data);
    if (!plain) return plain;
    if ((*plain)[1] != plain->size() - 2)
        return reject(what, "the length of the ICC dynamic data does not fit");
    const ByteView data = plain->subspan(2);
    if (data[0] < 2 || data[0] > 8 || data[0] + 1U > data.size())
        return reject(what, "the ICC dynamic number has not 2 to 8 octets");
    return data;
}

}  // namespace

Result<CertifiedIssuer<Sm2PublicKey>, Rejection> recover_issuer_key(OfflineAuthentication,
                                                                    const Sm2PublicKey& authority,
                                                                    const CertifiedKey& certified,
                                                                    std::string_view pan,
                                                                    std::chrono::year_month_day today) {
    constexpr std::string_view what = "issuer certificate";
    const ByteView octets = certified.certificate;
    if (octets.size() != sm2_issuer_certificate_size)
        return reject(what,
                      fmt::format("it has {} instead of 142", runtime::counted(octets.size(), "octet")));
    const auto plain = open(what, 0x12, 1, octets);
    if (!plain) return plain.error();
    const auto identifier = compressed_numeric(plain->subspan(1, 4));
    if (!identifier || identifier->size() < 3 || !pan.starts_with(*identifier))
        return reject(what, "the issuer identifier is not what the PAN begins with");
    auto taken = take_key(what, plain->subspan(5), today);
    if (!taken) return taken.error();
    if (!is_signed(authority, octets, {})) return reject(what, wrong_signature);
    return CertifiedIssuer<Sm2PublicKey>{{*identifier, taken->expiry, taken->serial}, std::move(taken->key)};
}

Result<CertifiedIcc<Sm2PublicKey>, Rejection> recover_icc_key(const Sm2PublicKey& issuer,
                                                              const CertifiedKey& certified,
                                                              std::string_view pan,
                                                              std::chrono::year_month_day today,
                                                              ByteView static_data) {
    constexpr std::string_view what = "ICC certificate";
    const ByteView octets = certified.certificate;
    if (octets.size() != sm2_icc_certificate_size)
        return reject(what,
                      fmt::format("it has {} instead of 148", runtime::counted(octets.size(), "octet")));
    const auto plain = open(what, 0x14, 1, octets);
    if (!plain) return plain.error();
    const auto own_pan = compressed_numeric(plain->subspan(1, 10));
    if (!own_pan || *own_pan != pan) return reject(what, "the PAN differs");
    auto taken = take_key(what, plain->subspan(11), today);
    if (!taken) return taken.error();
    if (!is_signed(issuer, octets, static_data)) return reject(what, wrong_signature);
    return CertifiedIcc<Sm2PublicKey>{{*own_pan, taken->expiry, taken->serial}, std::move(taken->key)};
}

Result<std::array<std::uint8_t, 2>, Rejection> verify_static_data(const Sm2PublicKey& issuer,
                                                                  ByteView signed_data,
                                                                  ByteView static_data) {
    constexpr std::string_view what = "signed static data";
    const auto plain = open(what, 0x13, 3, signed_data);
    if (!plain) return plain.error();
    if (plain->size() != 3) return reject(what, "it has not 67 octets");
    if (!is_signed(issuer, signed_data, static_data)) return reject(what, wrong_signature);
    return std::array{(*plain)[1], (*plain)[2]};
}

Result<Bytes, Rejection> verify_dynamic_data(const Sm2PublicKey& icc, ByteView signed_data,
                                             ByteView terminal_data) {
    constexpr std::string_view what = "signed dynamic data";
    const auto data = open_dynamic(what, signed_data);
    if (!data) return data.error();
    if (!is_signed(icc, signed_data, terminal_data)) return reject(what, wrong_signature);
    const ByteView number = data->subspan(1, (*data)[0]);
    return Bytes(number.begin(), number.end());
}

Result<CombinedAnswer, Rejection> verify_combined_data(
    const Sm2PublicKey& icc, ByteView signed_data, std::uint8_t cid,
    const std::array<std::uint8_t, 4>& unpredictable_number, ByteView transaction_data) {
    constexpr std::string_view what = "combined dynamic data";
    const auto data = open_dynamic(what, signed_data);
    if (!data) return data.error();
    const std::size_t length = (*data)[0];
    constexpr std::size_t after_number = 1 + 8 + hash_size;  // CID, cryptogram, transaction data hash code
    if (1 + length + after_number > data->size())
        return reject(what, "number, cryptogram and hash do not fit into it");
    if ((*data)[1 + length] != cid)
        return reject(what, "the cryptogram information data differs from the answer's");
    if (!is_signed(icc, signed_data, unpredictable_number)) return reject(what, wrong_signature);
    if (!std::ranges::equal(crypto::sm3(transaction_data), data->subspan(10 + length, hash_size)))
        return reject(what, "the hash of the transaction data differs");

    CombinedAnswer answer;
    const ByteView number = data->subspan(1, length);
    answer.number.assign(number.begin(), number.end());
    std::ranges::copy(data->subspan(2 + length, 8), answer.cryptogram.begin());
    return answer;
}

}  // namespace posbench::emv
