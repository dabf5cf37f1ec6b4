#include "drivers/protocols/emv/cryptogram.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

#include "drivers/protocols/crypto/sm.hpp"

namespace posbench::emv {
namespace {

using Rules = CryptogramRules;
using crypto::Padding;

constexpr Rules versions[]{
    {CryptogramVersion::unionpay_01, Rules::Cipher::triple_des, Rules::Data::card_results,
     Rules::SessionKey::pboc, Padding::method2, 1, true},
    {CryptogramVersion::unionpay_01_sm4, Rules::Cipher::sm4, Rules::Data::card_results,
     Rules::SessionKey::pboc, Padding::method2, 1, true},
    {CryptogramVersion::visa_10, Rules::Cipher::triple_des, Rules::Data::card_results,
     Rules::SessionKey::none, Padding::zero, 1, false},
    {CryptogramVersion::visa_17, Rules::Cipher::triple_des, Rules::Data::contactless, Rules::SessionKey::none,
     Padding::zero, 1, false},
    {CryptogramVersion::visa_18, Rules::Cipher::triple_des, Rules::Data::issuer_data,
     Rules::SessionKey::common, Padding::method2, 2, false},
};

/// As 9F10 names it.
std::uint8_t algorithm_of(const Rules& rules) noexcept {
    return rules.cipher == Rules::Cipher::sm4 ? 0x04 : 0x01;
}

/// The version that 9F10 names; its algorithm is in the octet behind the CVR, where the version has one
/// there.
const Rules* find_version(std::uint8_t version, std::optional<std::uint8_t> algorithm) noexcept {
    for (const Rules& rules : versions)
        if ((static_cast<unsigned>(rules.version) & 0xFF) == version &&
            (!algorithm || !rules.names_algorithm || algorithm_of(rules) == *algorithm))
            return &rules;
    return nullptr;
}

template <std::size_t Size>
std::array<std::uint8_t, Size> first_octets(ByteView octets) {
    std::array<std::uint8_t, Size> first{};
    std::copy_n(octets.begin(), Size, first.begin());
    return first;
}

const Rules& rules_of(CryptogramVersion version) {
    const Rules* rules = find_cryptogram_rules(version);
    if (!rules)
        throw std::invalid_argument(
            fmt::format("cryptogram version {:02X} is not known", static_cast<unsigned>(version)));
    return *rules;
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

const CryptogramRules* find_cryptogram_rules(CryptogramVersion version) noexcept {
    const auto found = std::ranges::find(versions, version, &Rules::version);
    return found == std::end(versions) ? nullptr : &*found;
}

std::span<const DolEntry> terminal_objects(Rules::Data data) noexcept {
    static constexpr DolEntry contactless[]{{0x9F02, 6}, {0x9F37, 4}};
    static constexpr DolEntry all[]{{0x9F02, 6}, {0x9F03, 6}, {0x9F1A, 2}, {0x95, 5},
                                    {0x5F2A, 2}, {0x9A, 3},   {0x9C, 1},   {0x9F37, 4}};
    if (data == Rules::Data::contactless) return contactless;
    return all;
}

Bytes IssuerApplicationData::octets() const {
    Bytes out;
    out.reserve(8);
    out.push_back(0);  // the length, below
    out.push_back(key_index);
    out.push_back(static_cast<std::uint8_t>(version));  // its low octet
    append(out, cvr);
    const Rules& rules = rules_of(version);
    if (rules.names_algorithm) out.push_back(algorithm_of(rules));
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
    std::ranges::copy(tag_9f10.subspan(3, data.cvr.size()), data.cvr.begin());
    if (data.cvr[0] != 0x03)
        return Error{fmt::format("tag 9F10: octet 4 gives a CVR length of {} instead of 3", data.cvr[0])};
    const Rules* rules = find_version(tag_9f10[2], std::nullopt);
    if (!rules)
        return Error{fmt::format("tag 9F10: octet 3, cryptogram version {:02X} is not known", tag_9f10[2])};
    if (rules->names_algorithm) {
        if (tag_9f10[0] < shortest) return Error{"tag 9F10: the algorithm, octet 8, is missing"};
        rules = find_version(tag_9f10[2], tag_9f10[7]);
        if (!rules)
            return Error{fmt::format("tag 9F10: octet 8, algorithm {:02X} is not known", tag_9f10[7])};
    }
    data.version = rules->version;
    return data;
}

Bytes CryptogramInput::octets(CryptogramVersion version) const {
    const Rules& rules = rules_of(version);
    Bytes out;
    out.reserve(64);
    append(out, amount);
    if (rules.data == Rules::Data::contactless) {
        append(out, unpredictable);
        append(out, big_endian(atc));
        out.push_back(cvr[1]);
        return out;
    }
    append(out, amount_other);
    append(out, terminal_country);
    append(out, tvr);
    append(out, currency);
    append(out, date);
    out.push_back(type);
    append(out, unpredictable);
    append(out, aip);
    append(out, big_endian(atc));
    append(out, rules.data == Rules::Data::issuer_data ? ByteView(issuer_data) : ByteView(cvr));
    return out;
}

Result<CryptogramInput> cryptogram_input(const TlvMap& data) {
    const Bytes* issuer_data = data.find(0x9F10);
    if (!issuer_data) return Error{"tag 9F10 is missing"};
    const auto parts = parse_issuer_application_data(*issuer_data);
    if (!parts) return parts.error();
    const bool contactless = rules_of(parts->version).data == Rules::Data::contactless;

    CryptogramInput input;
    std::array<std::uint8_t, 2> counter{};
    const struct {
        Tag tag;
        std::span<std::uint8_t> out;
        bool in_contactless = false;
    } wanted[]{
        {0x9F02, input.amount, true},
        {0x9F03, input.amount_other},
        {0x9F1A, input.terminal_country},
        {0x95, input.tvr},
        {0x5F2A, input.currency},
        {0x9A, input.date},
        {0x9C, {&input.type, 1}},
        {0x9F37, input.unpredictable, true},
        {0x82, input.aip},
        {0x9F36, counter, true},
    };
    for (const auto& [tag, out, in_contactless] : wanted)
        if (in_contactless || !contactless)
            if (std::string wrong = take(data, tag, out); !wrong.empty()) return Error{std::move(wrong)};
    input.atc = static_cast<std::uint16_t>(counter[0] << 8 | counter[1]);
    input.cvr = parts->cvr;
    input.issuer_data = *issuer_data;
    return input;
}

Result<crypto::Block16> card_master_key(CryptogramVersion version, ByteView issuer_master_key,
                                        std::string_view pan, std::string_view psn) {
    if (rules_of(version).cipher == Rules::Cipher::triple_des)
        return crypto::card_master_key(issuer_master_key, pan, psn);
    const auto value = crypto::card_diversification(pan, psn);
    if (!value) return value.error();
    Bytes block(value->begin(), value->end());
    for (const std::uint8_t octet : *value) block.push_back(static_cast<std::uint8_t>(~octet));
    return first_octets<16>(crypto::Sm4Cipher(issuer_master_key).encrypt(block));
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

crypto::Block16 pboc_sm4_session_key(const crypto::Block16& card_master_key, std::uint16_t atc) {
    const auto left = big_endian(atc);
    const auto right = big_endian(static_cast<std::uint16_t>(~atc));
    const Bytes block{0, 0, 0, 0, 0, 0, left[0], left[1], 0, 0, 0, 0, 0, 0, right[0], right[1]};
    return first_octets<16>(crypto::Sm4Cipher(card_master_key).encrypt(block));
}

crypto::Block16 cryptogram_key(CryptogramVersion version, const crypto::Block16& card_master_key,
                               std::uint16_t atc) {
    const Rules& rules = rules_of(version);
    switch (rules.session_key) {
        case Rules::SessionKey::pboc:
            return rules.cipher == Rules::Cipher::sm4 ? pboc_sm4_session_key(card_master_key, atc)
                                                      : pboc_session_key(card_master_key, atc);
        case Rules::SessionKey::common:
            return crypto::common_session_key(card_master_key, atc);
        case Rules::SessionKey::none:
            break;
    }
    return card_master_key;
}

crypto::Block8 make_cryptogram(CryptogramVersion version, const crypto::Block16& card_master_key,
                               const CryptogramInput& input) {
    const Rules& rules = rules_of(version);
    const auto key = cryptogram_key(version, card_master_key, input.atc);
    const Bytes data = input.octets(version);
    if (rules.cipher == Rules::Cipher::sm4) return first_octets<8>(crypto::sm4_mac(key, data, rules.padding));
    return crypto::application_cryptogram(key, data, rules.padding);
}

namespace {

crypto::Block8 arpc_method1(const Rules& rules, const crypto::Block16& key, const crypto::Block8& arqc,
                            std::string_view code) {
    if (rules.cipher == Rules::Cipher::triple_des) return crypto::arpc_method1(key, arqc, code);
    constexpr std::size_t block_size = 16;
    Bytes block(arqc.begin(), arqc.end());
    for (std::size_t i = 0; i < code.size(); ++i) block.at(i) ^= static_cast<std::uint8_t>(code[i]);
    block.resize(block_size);
    return first_octets<8>(crypto::Sm4Cipher(key).encrypt(block));
}

}  // namespace

Bytes issuer_authentication_data(CryptogramVersion version, const crypto::Block16& card_master_key,
                                 std::uint16_t atc, const crypto::Block8& arqc,
                                 const IssuerDecision& decision) {
    const auto key = cryptogram_key(version, card_master_key, atc);
    Bytes out;
    if (rules_of(version).arpc_method == 1) {
        append(out, arpc_method1(rules_of(version), key, arqc, decision.code));
        append(out, as_bytes(decision.code));
    } else {
        append(out, crypto::arpc_method2(key, arqc, decision.csu, decision.proprietary));
        append(out, decision.csu);
        append(out, decision.proprietary);
    }
    return out;
}

Result<IssuerDecision> verify_issuer_authentication_data(CryptogramVersion version,
                                                         const crypto::Block16& card_master_key,
                                                         std::uint16_t atc, const crypto::Block8& arqc,
                                                         ByteView tag_91) {
    const bool method1 = rules_of(version).arpc_method == 1;
    if (method1 ? tag_91.size() != 10 : tag_91.size() < 8 || tag_91.size() > 16)
        return Error{
            fmt::format("tag 91 has {} octets instead of {}", tag_91.size(), method1 ? "10" : "8 to 16")};
    IssuerDecision decision;
    if (method1) {
        decision.code = std::string(as_text(tag_91.subspan(8)));
    } else {
        std::ranges::copy(tag_91.subspan(4, 4), decision.csu.begin());
        decision.proprietary.assign(tag_91.begin() + 8, tag_91.end());
    }
    if (!std::ranges::equal(issuer_authentication_data(version, card_master_key, atc, arqc, decision),
                            tag_91))
        return Error{"tag 91: the ARPC differs"};
    return decision;
}

}  // namespace posbench::emv
