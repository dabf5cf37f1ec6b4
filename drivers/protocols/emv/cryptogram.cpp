#include "drivers/protocols/emv/cryptogram.hpp"

#include <algorithm>
#include <span>
#include <string>

#include <fmt/format.h>

namespace posbench::emv {
namespace {

constexpr std::uint8_t unionpay_algorithm_des = 0x01;

void append(Bytes& out, ByteView octets) {
    out.insert(out.end(), octets.begin(), octets.end());
}

std::array<std::uint8_t, 2> big_endian(std::uint16_t value) noexcept {
    return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

/// Copies the value of `tag` into `out`; a sentence when it is absent or has another length.
std::string take(const TlvMap& data, Tag tag, std::span<std::uint8_t> out) {
    const Bytes* value = data.find(tag);
    if (!value) return fmt::format("tag {} is missing", tag_to_string(tag));
    if (value->size() != out.size())
        return fmt::format("tag {} has {} octets instead of {}", tag_to_string(tag), value->size(),
                           out.size());
    std::ranges::copy(*value, out.begin());
    return {};
}

}  // namespace

Bytes IssuerApplicationData::octets() const {
    Bytes out;
    out.reserve(8);
    out.push_back(0);  // the length, below
    out.push_back(key_index);
    out.push_back(static_cast<std::uint8_t>(version));
    append(out, cvr);
    if (version == CryptogramVersion::unionpay_01) out.push_back(unionpay_algorithm_des);
    out[0] = static_cast<std::uint8_t>(out.size() - 1);
    return out;
}

Result<IssuerApplicationData> parse_issuer_application_data(ByteView tag_9f10) {
    constexpr std::size_t shortest = 7;
    if (tag_9f10.size() < shortest)
        return Error{
            fmt::format("tag 9F10 has {} octets, at least {} are needed", tag_9f10.size(), shortest)};
    if (tag_9f10[0] < shortest - 1 || tag_9f10[0] > tag_9f10.size() - 1)
        return Error{
            fmt::format("tag 9F10: octet 1 gives a length of {} in {} octets", tag_9f10[0], tag_9f10.size())};
    IssuerApplicationData data;
    data.key_index = tag_9f10[1];
    data.version = static_cast<CryptogramVersion>(tag_9f10[2]);
    std::ranges::copy(tag_9f10.subspan(3, data.cvr.size()), data.cvr.begin());
    if (data.cvr[0] != 0x03)
        return Error{fmt::format("tag 9F10: octet 4 gives a CVR length of {} instead of 3", data.cvr[0])};
    switch (data.version) {
        case CryptogramVersion::visa_10:
            return data;
        case CryptogramVersion::unionpay_01:
            if (tag_9f10[0] < shortest) return Error{"tag 9F10: the algorithm, octet 8, is missing"};
            if (tag_9f10[7] != unionpay_algorithm_des)
                return Error{fmt::format("tag 9F10: octet 8, algorithm {:02X} is not known", tag_9f10[7])};
            return data;
    }
    return Error{fmt::format("tag 9F10: octet 3, cryptogram version {:02X} is not known", tag_9f10[2])};
}

Bytes CryptogramInput::octets() const {
    Bytes out;
    out.reserve(33);
    append(out, amount);
    append(out, amount_other);
    append(out, terminal_country);
    append(out, tvr);
    append(out, currency);
    append(out, date);
    out.push_back(type);
    append(out, unpredictable);
    append(out, aip);
    append(out, big_endian(atc));
    append(out, cvr);
    return out;
}

Result<CryptogramInput> cryptogram_input(const TlvMap& data) {
    CryptogramInput input;
    std::array<std::uint8_t, 2> counter{};
    const struct {
        Tag tag;
        std::span<std::uint8_t> out;
    } wanted[]{
        {0x9F02, input.amount},   {0x9F03, input.amount_other},  {0x9F1A, input.terminal_country},
        {0x95, input.tvr},        {0x5F2A, input.currency},      {0x9A, input.date},
        {0x9C, {&input.type, 1}}, {0x9F37, input.unpredictable}, {0x82, input.aip},
        {0x9F36, counter},
    };
    for (const auto& [tag, out] : wanted)
        if (std::string wrong = take(data, tag, out); !wrong.empty()) return Error{std::move(wrong)};
    input.atc = static_cast<std::uint16_t>(counter[0] << 8 | counter[1]);

    const Bytes* issuer_data = data.find(0x9F10);
    if (!issuer_data) return Error{"tag 9F10 is missing"};
    const auto parts = parse_issuer_application_data(*issuer_data);
    if (!parts) return parts.error();
    input.cvr = parts->cvr;
    return input;
}

crypto::Block16 pboc_session_key(const crypto::Block16& card_master_key, std::uint16_t atc) {
    const auto left = big_endian(atc);
    const auto right = big_endian(static_cast<std::uint16_t>(~atc));
    const crypto::DesCipher cipher(card_master_key);
    const auto left_key = cipher.encrypt(crypto::Block8{0, 0, 0, 0, 0, 0, left[0], left[1]});
    const auto right_key = cipher.encrypt(crypto::Block8{0, 0, 0, 0, 0, 0, right[0], right[1]});
    crypto::Block16 key{};
    std::ranges::copy(left_key, key.begin());
    std::ranges::copy(right_key, key.begin() + 8);
    return key;
}

crypto::Block16 cryptogram_key(CryptogramVersion version, const crypto::Block16& card_master_key,
                               std::uint16_t atc) {
    return version == CryptogramVersion::unionpay_01 ? pboc_session_key(card_master_key, atc)
                                                     : card_master_key;
}

crypto::Padding cryptogram_padding(CryptogramVersion version) noexcept {
    return version == CryptogramVersion::unionpay_01 ? crypto::Padding::method2 : crypto::Padding::zero;
}

crypto::Block8 make_cryptogram(CryptogramVersion version, const crypto::Block16& card_master_key,
                               const CryptogramInput& input) {
    const auto key = cryptogram_key(version, card_master_key, input.atc);
    return crypto::application_cryptogram(key, input.octets(), cryptogram_padding(version));
}

crypto::Block8 make_arpc(CryptogramVersion version, const crypto::Block16& card_master_key, std::uint16_t atc,
                         const crypto::Block8& arqc, std::string_view arc) {
    return crypto::arpc_method1(cryptogram_key(version, card_master_key, atc), arqc, arc);
}

}  // namespace posbench::emv
