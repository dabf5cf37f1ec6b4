#include "drivers/protocols/emv/cryptogram.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

#include "bench/runtime/plural.hpp"
#include "drivers/protocols/crypto/sm.hpp"

namespace posbench::emv {
namespace {

using Rules = CryptogramRules;
using crypto::Padding;

using Layout = Rules::Layout;
using Cipher = Rules::Cipher;
using Data = Rules::Data;
using Key = Rules::SessionKey;

constexpr Rules versions[]{
    {CryptogramVersion::unionpay_01, Layout::unionpay, Cipher::triple_des, Data::card_results, Key::pboc,
     Padding::method2, 1, Key::pboc},
    {CryptogramVersion::unionpay_01_sm4, Layout::unionpay, Cipher::sm4, Data::card_results, Key::pboc,
     Padding::method2, 1, Key::pboc},
    {CryptogramVersion::visa_10, Layout::visa, Cipher::triple_des, Data::card_results, Key::none,
     Padding::zero, 1, Key::none},
    {CryptogramVersion::visa_17, Layout::visa, Cipher::triple_des, Data::contactless, Key::none,
     Padding::zero, 1, Key::none},
    {CryptogramVersion::visa_18, Layout::visa, Cipher::triple_des, Data::issuer_data, Key::common,
     Padding::method2, 2, Key::common},
    {CryptogramVersion::mchip_10, Layout::mchip, Cipher::triple_des, Data::card_results, Key::mastercard,
     Padding::method2, 1, Key::none},
    {CryptogramVersion::mchip_11, Layout::mchip, Cipher::triple_des, Data::card_results_and_counters,
     Key::mastercard, Padding::method2, 1, Key::none},
    {CryptogramVersion::mchip_14, Layout::mchip, Cipher::triple_des, Data::card_results, Key::common,
     Padding::method2, 1, Key::common},
    {CryptogramVersion::mchip_15, Layout::mchip, Cipher::triple_des, Data::card_results_and_counters,
     Key::common, Padding::method2, 1, Key::common},
};

// Of M/Chip's 9F10, octets from 0.
constexpr std::size_t mchip_results_at = 2, mchip_counters_at = 10;
// Of the others', behind the length.
constexpr std::size_t results_at = 3, shortest_issuer_data = 7, algorithm_at = 7;

ResultsFormat results_format(Layout layout) noexcept {
    return layout == Layout::mchip ? ResultsFormat::mchip : ResultsFormat::visa;
}

/// The results as they stand in a 9F10 of that layout.
ByteView results_in(ByteView tag_9f10, Layout layout) {
    return tag_9f10.subspan(layout == Layout::mchip ? mchip_results_at : results_at,
                            results_size(results_format(layout)));
}

/// As 9F10 names it.
std::uint8_t algorithm_of(const Rules& rules) noexcept {
    return rules.cipher == Cipher::sm4 ? 0x04 : 0x01;
}

/// The version that 9F10 names, M/Chip's or one of the others; its algorithm is in the octet behind the CVR,
/// where the layout has one there.
const Rules* find_version(std::uint8_t number, bool mchip, std::optional<std::uint8_t> algorithm) noexcept {
    for (const Rules& rules : versions)
        if ((static_cast<unsigned>(rules.version) & 0xFF) == number &&
            (rules.layout == Layout::mchip) == mchip &&
            (!algorithm || rules.layout != Layout::unionpay || algorithm_of(rules) == *algorithm))
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

/// Copies the value of `tag` into `out`; a sentence when it is absent or has another length.
std::string take(const TlvMap& data, Tag tag, std::span<std::uint8_t> out) {
    const Bytes* value = data.find(tag);
    if (!value) return fmt::format("tag {} is missing", tag_to_string(tag));
    if (value->size() != out.size())
        return fmt::format("tag {} has {} instead of {}", tag_to_string(tag),
                           runtime::counted(value->size(), "octet"), out.size());
    std::ranges::copy(*value, out.begin());
    return {};
}

}  // namespace

const CryptogramRules* find_cryptogram_rules(CryptogramVersion version) noexcept {
    const auto found = std::ranges::find(versions, version, &Rules::version);
    return found == std::end(versions) ? nullptr : &*found;
}

std::span<const DolEntry> terminal_objects(Data data) noexcept {
    static constexpr DolEntry contactless[]{{0x9F02, 6}, {0x9F37, 4}};
    static constexpr DolEntry all[]{{0x9F02, 6}, {0x9F03, 6}, {0x9F1A, 2}, {0x95, 5},
                                    {0x5F2A, 2}, {0x9A, 3},   {0x9C, 1},   {0x9F37, 4}};
    if (data == Data::contactless) return contactless;
    return all;
}

Bytes IssuerApplicationData::octets() const {
    const Rules& rules = rules_of(version);
    const auto number = static_cast<std::uint8_t>(version);  // its low octet
    Bytes out{key_index, number};
    append(out, write_card_results(results, results_format(rules.layout)));
    if (rules.layout == Layout::mchip) {
        append(out, authentication_code);
        append(out, counters);
        return out;
    }
    if (rules.layout == Layout::unionpay) out.push_back(algorithm_of(rules));
    out.insert(out.begin(), static_cast<std::uint8_t>(out.size()));
    return out;
}

bool is_mchip_data(ByteView tag_9f10) noexcept {
    constexpr std::size_t lengths[]{10, 18, 20, 26, 28};
    constexpr std::uint8_t version_bits = 0xF0, version = 0x10;
    return std::ranges::find(lengths, tag_9f10.size()) != std::end(lengths) &&
           (tag_9f10[1] & version_bits) == version;
}

namespace {

Result<CryptogramVersion> mchip_version(ByteView tag_9f10) {
    constexpr std::string_view lengths = "10, 18, 20, 26 or 28";
    const Rules* rules = tag_9f10.size() > 1 ? find_version(tag_9f10[1], true, std::nullopt) : nullptr;
    if (tag_9f10.size() > 1 && !rules)
        return Error{
            fmt::format("tag 9F10: octet 2, M/Chip cryptogram version {:02X} is not known", tag_9f10[1])};
    if (!is_mchip_data(tag_9f10))
        return Error{fmt::format("tag 9F10 has {}, M/Chip's has {}",
                                 runtime::counted(tag_9f10.size(), "octet"), lengths)};
    return rules->version;
}

}  // namespace

Result<CryptogramVersion> issuer_data_version(ByteView tag_9f10, Scheme scheme) {
    if (scheme == Scheme::mastercard) return mchip_version(tag_9f10);
    constexpr std::size_t shortest = shortest_issuer_data;
    if (tag_9f10.size() < shortest)
        return Error{fmt::format("tag 9F10 has {}, at least {} are needed",
                                 runtime::counted(tag_9f10.size(), "octet"), shortest)};
    if (tag_9f10[0] < shortest - 1 || tag_9f10[0] > tag_9f10.size() - 1)
        return Error{
            fmt::format("tag 9F10: octet 1 gives a length of {} in {} octets", tag_9f10[0], tag_9f10.size())};
    if (tag_9f10[results_at] != 0x03)
        return Error{
            fmt::format("tag 9F10: octet 4 gives a CVR length of {} instead of 3", tag_9f10[results_at])};
    const Rules* rules = find_version(tag_9f10[2], false, std::nullopt);
    if (!rules)
        return Error{fmt::format("tag 9F10: octet 3, cryptogram version {:02X} is not known", tag_9f10[2])};
    if (rules->layout == Layout::unionpay) {
        if (tag_9f10[0] < shortest) return Error{"tag 9F10: the algorithm, octet 8, is missing"};
        rules = find_version(tag_9f10[2], false, tag_9f10[algorithm_at]);
        if (!rules)
            return Error{
                fmt::format("tag 9F10: octet 8, algorithm {:02X} is not known", tag_9f10[algorithm_at])};
    }
    return rules->version;
}

Bytes CryptogramInput::octets(CryptogramVersion version) const {
    const Rules& rules = rules_of(version);
    const ByteView results = results_in(issuer_data, rules.layout);
    Bytes out;
    out.reserve(64);
    append(out, amount);
    if (rules.data == Data::contactless) {
        append(out, unpredictable);
        append(out, big_endian(atc));
        out.push_back(results[1]);
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
    append(out, rules.data == Data::issuer_data ? ByteView(issuer_data) : results);
    if (rules.data == Data::card_results_and_counters)
        append(out, ByteView(issuer_data).subspan(mchip_counters_at));
    return out;
}

Result<CryptogramInput> cryptogram_input(const TlvMap& data, CryptogramVersion version) {
    const Bytes* issuer_data = data.find(0x9F10);
    if (!issuer_data) return Error{"tag 9F10 is missing"};
    const bool contactless = rules_of(version).data == Data::contactless;

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
    input.atc = from_big_endian(counter[0], counter[1]);
    input.issuer_data = *issuer_data;
    return input;
}

Result<crypto::Block16> card_master_key(CryptogramVersion version, ByteView issuer_master_key,
                                        std::string_view pan, std::string_view psn,
                                        KeyDerivation derivation) {
    const bool option_b = derivation == KeyDerivation::option_b;
    if (rules_of(version).cipher == Rules::Cipher::triple_des)
        return option_b ? crypto::card_master_key_option_b(issuer_master_key, pan, psn)
                        : crypto::card_master_key(issuer_master_key, pan, psn);
    if (option_b) return Error{"SM4 has no option B"};
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

namespace {

/// @param unpredictable of Mastercard's alone
crypto::Block16 derive_session_key(Key kind, Cipher cipher, const crypto::Block16& card_master_key,
                                   std::uint16_t atc, const std::array<std::uint8_t, 4>& unpredictable) {
    switch (kind) {
        case Key::pboc:
            return cipher == Cipher::sm4 ? pboc_sm4_session_key(card_master_key, atc)
                                         : pboc_session_key(card_master_key, atc);
        case Key::common:
            return crypto::common_session_key(card_master_key, atc);
        case Key::mastercard:
            return crypto::mastercard_session_key(card_master_key, atc, unpredictable);
        case Key::none:
            break;
    }
    return card_master_key;
}

/// No version has Mastercard's session key for it.
crypto::Block16 arpc_key(const Rules& rules, const crypto::Block16& card_master_key, std::uint16_t atc) {
    return derive_session_key(rules.arpc_session_key, rules.cipher, card_master_key, atc, {});
}

/// ARPC by method 1, and the two octets that it covers.
Bytes method1_data(const Rules& rules, const crypto::Block16& key, const crypto::Block8& arqc,
                   std::string_view code) {
    Bytes out;
    if (rules.cipher == Cipher::triple_des) {
        append(out, crypto::arpc_method1(key, arqc, code));
    } else {
        constexpr std::size_t block_size = 16;
        Bytes block(arqc.begin(), arqc.end());
        for (std::size_t i = 0; i < code.size(); ++i) block.at(i) ^= static_cast<std::uint8_t>(code[i]);
        block.resize(block_size);
        append(out, first_octets<8>(crypto::Sm4Cipher(key).encrypt(block)));
    }
    append(out, as_bytes(code));
    return out;
}

Bytes method2_data(const crypto::Block16& key, const crypto::Block8& arqc, ByteView csu,
                   ByteView proprietary) {
    Bytes out;
    append(out, crypto::arpc_method2(key, arqc, csu, proprietary));
    append(out, csu);
    append(out, proprietary);
    return out;
}

/// Bits of octet 2 of M/Chip's ARPC response code, and those of octet 2 of the card status update; the PIN
/// try counter and the counters have the same bits in both.
constexpr struct {
    std::uint8_t code, csu;
} code_bits[]{{0x10, csu::issuer_approves}, {0x08, csu::set_pin_tries}, {0x04, csu::go_online}};

std::string mchip_code(const std::array<std::uint8_t, 4>& csu) {
    unsigned second = csu[1] & csu::counters;
    for (const auto& bit : code_bits)
        if (csu[1] & bit.csu) second |= bit.code;
    return {static_cast<char>(csu[0] & csu::pin_tries), static_cast<char>(second)};
}

std::array<std::uint8_t, 4> status_update(ByteView mchip_code) {
    unsigned second = mchip_code[1] & csu::counters;
    for (const auto& bit : code_bits)
        if (mchip_code[1] & bit.code) second |= bit.csu;
    return {static_cast<std::uint8_t>(mchip_code[0] & csu::pin_tries), static_cast<std::uint8_t>(second), 0,
            0};
}

}  // namespace

crypto::Block16 cryptogram_key(CryptogramVersion version, const crypto::Block16& card_master_key,
                               std::uint16_t atc, const std::array<std::uint8_t, 4>& unpredictable) {
    const Rules& rules = rules_of(version);
    return derive_session_key(rules.session_key, rules.cipher, card_master_key, atc, unpredictable);
}

crypto::Block8 make_cryptogram(CryptogramVersion version, const crypto::Block16& card_master_key,
                               const CryptogramInput& input) {
    const Rules& rules = rules_of(version);
    const auto key = cryptogram_key(version, card_master_key, input.atc, input.unpredictable);
    const Bytes data = input.octets(version);
    if (rules.cipher == Cipher::sm4) return first_octets<8>(crypto::sm4_mac(key, data, rules.padding));
    return crypto::application_cryptogram(key, data, rules.padding);
}

Bytes issuer_authentication_data(CryptogramVersion version, const crypto::Block16& card_master_key,
                                 std::uint16_t atc, const crypto::Block8& arqc,
                                 const IssuerDecision& decision) {
    const Rules& rules = rules_of(version);
    const auto key = arpc_key(rules, card_master_key, atc);
    if (rules.arpc_method == 2) return method2_data(key, arqc, decision.csu, decision.proprietary);
    return method1_data(rules, key, arqc,
                        rules.layout == Layout::mchip ? mchip_code(decision.csu) : decision.code);
}

Result<IssuerDecision> verify_issuer_authentication_data(CryptogramVersion version,
                                                         const crypto::Block16& card_master_key,
                                                         std::uint16_t atc, const crypto::Block8& arqc,
                                                         ByteView tag_91) {
    const Rules& rules = rules_of(version);
    const bool method1 = rules.arpc_method == 1;
    if (method1 ? tag_91.size() != 10 : tag_91.size() < 8 || tag_91.size() > 16)
        return Error{fmt::format("tag 91 has {} instead of {}", runtime::counted(tag_91.size(), "octet"),
                                 method1 ? "10" : "8 to 16")};
    const auto key = arpc_key(rules, card_master_key, atc);
    const Bytes right = method1 ? method1_data(rules, key, arqc, as_text(tag_91.subspan(8)))
                                : method2_data(key, arqc, tag_91.subspan(4, 4), tag_91.subspan(8));
    if (!std::ranges::equal(right, tag_91)) return Error{"tag 91: the ARPC differs"};
    IssuerDecision decision;
    if (!method1) {
        std::ranges::copy(tag_91.subspan(4, 4), decision.csu.begin());
        decision.proprietary.assign(tag_91.begin() + 8, tag_91.end());
    } else if (rules.layout == Layout::mchip) {
        decision.csu = status_update(tag_91.subspan(8));
    } else {
        decision.code = std::string(as_text(tag_91.subspan(8)));
    }
    return decision;
}

}  // namespace posbench::emv
