#include "drivers/terminal/emulated/kernel/data_objects.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>

#include <fmt/format.h>

#include "drivers/protocols/emv/dates.hpp"
#include "drivers/terminal/emulated/kernel/tags.hpp"

namespace posbench::terminal {
namespace {

constexpr std::size_t largest_command_data = 255;
constexpr std::size_t longest_object = 32;

constexpr std::array request_objects{tag::cryptogram,
                                     tag::cryptogram_information,
                                     tag::issuer_data,
                                     tag::unpredictable_number,
                                     tag::atc,
                                     tag::tvr,
                                     tag::date,
                                     tag::transaction_type,
                                     tag::amount,
                                     tag::currency,
                                     tag::aip,
                                     tag::terminal_country,
                                     tag::amount_other,
                                     tag::capabilities,
                                     tag::cvm_results,
                                     tag::terminal_type,
                                     tag::device_serial,
                                     tag::df_name,
                                     tag::version_of_terminal,
                                     tag::sequence_counter,
                                     tag::product_identification};
/// The terminal's own objects that are there only after a certain step, or in some transactions: until then
/// there is none, whatever a card has under the tag. The others are there from the start.
constexpr std::array set_on_the_way{tag::authorisation_code,
                                    tag::issuer_authentication,
                                    tag::tvr,
                                    tag::tc_hash,
                                    tag::tsi,
                                    tag::aid_of_terminal,
                                    tag::version_of_terminal,
                                    tag::floor_limit,
                                    tag::authority_key_index_of_terminal,
                                    tag::cvm_results,
                                    tag::script_results};

/// Decimal digits as packed BCD. Precondition: an even number of digits.
Bytes bcd(std::string_view digits) {
    return hex(digits);
}

/// Track 2 equivalent data as field 35 carries it: digits with one separator D, at most 37 in all.
std::optional<std::string> track2_of(ByteView octets) {
    std::string nibbles = to_hex(octets);
    const std::size_t padding = std::min(nibbles.find('F'), nibbles.size());
    if (nibbles.find_first_not_of('F', padding) != std::string::npos) return std::nullopt;
    nibbles.erase(padding);
    const auto other = [](char c) { return (c < '0' || c > '9') && c != 'D'; };
    if (nibbles.size() > 37 || std::ranges::count(nibbles, 'D') != 1 || std::ranges::any_of(nibbles, other))
        return std::nullopt;
    return nibbles;
}

}  // namespace

ByteView DataObjects::find(emv::Tag tag) const noexcept {
    const Bytes* own = terminal.find(tag);
    if (own) return ByteView(*own);
    const bool of_card = std::ranges::find(set_on_the_way, tag) == std::end(set_on_the_way);
    return of_card ? card.get(tag) : ByteView();
}

std::optional<Bytes> DataObjects::data_for(ByteView dol) const {
    const auto entries = emv::parse_dol(dol);
    if (!entries || emv::dol_size(*entries) > largest_command_data) return std::nullopt;
    emv::TlvMap data;
    for (const emv::DolEntry& entry : *entries) {
        const ByteView value = find(entry.tag);
        if (!value.empty()) data.set(entry.tag, value);
    }
    return emv::build_dol(*entries, data);
}

Bytes DataObjects::pick(std::span<const emv::Tag> tags) const {
    Bytes out;
    for (const emv::Tag wanted : tags) {
        const ByteView value = find(wanted);
        const bool fits = terminal.has(wanted) || value.size() <= longest_object;
        if (!value.empty() && fits) emv::append_tlv(out, wanted, value);
    }
    return out;
}

Bytes request_data(const DataObjects& objects, Decision decision) {
    constexpr std::array of_terminal{tag::authorisation_code};
    Bytes data = objects.pick(request_objects);
    // The host needs the response code only where it gave none itself.
    if (decision == Decision::approved) append(data, objects.pick(of_terminal));
    return data;
}

Bytes reversal_data(const DataObjects& objects) {
    constexpr std::array reversal_objects{tag::tvr, tag::device_serial, tag::issuer_data, tag::atc,
                                          tag::script_results};
    return objects.pick(reversal_objects);
}

Language language_of(const emv::TlvMap& card, Language own) noexcept {
    const ByteView letters = card.get(tag::languages);
    const auto is = [&](std::size_t at, std::string_view code) {
        return (letters[at] | 0x20) == code[0] && (letters[at + 1] | 0x20) == code[1];
    };
    for (std::size_t at = 0; at + 2 <= letters.size(); at += 2) {
        if (is(at, "zh")) return Language::zh;
        if (is(at, "en")) return Language::en;
    }
    return own;
}

Bytes amount_object(Amount amount) {
    return bcd(fmt::format("{:012}", amount.minor()));
}

emv::TlvMap terminal_objects(const TerminalSettings& settings, iso8583::TransactionType type, Amount amount,
                             std::string_view stan, const iso8583::CivilTime& now, runtime::Random& random) {
    std::array<std::uint8_t, 4> unpredictable{};
    random.fill(unpredictable);
    const std::uint8_t exponent = settings.currency.exponent;
    const std::uint8_t knows_sm2 = std::ranges::any_of(settings.authority_keys, &AuthorityKey::is_sm2);
    emv::TlvMap objects;
    objects.set(tag::amount, amount_object(amount));
    objects.set(tag::amount_other, Bytes(6));
    objects.set(tag::currency, bcd(fmt::format("{:04}", settings.currency.numeric)));
    objects.set(tag::currency_exponent, {&exponent, 1});
    objects.set(tag::terminal_country, bcd("0" + settings.country));
    objects.set(tag::date, bcd(now.yymmdd()));
    objects.set(tag::time, bcd(now.hhmmss()));
    objects.set(tag::transaction_type, bcd(iso8583::transaction_row(type).processing_code.substr(0, 2)));
    objects.set(tag::unpredictable_number, unpredictable);
    objects.set(tag::capabilities, settings.capabilities.octets);
    objects.set(tag::additional_capabilities, settings.additional_capabilities);
    objects.set(tag::terminal_type, {&settings.terminal_type.octet, 1});
    objects.set(tag::sm_algorithms, {&knows_sm2, 1});
    objects.set(tag::device_serial, as_bytes(settings.tid));
    objects.set(tag::terminal_identification, as_bytes(settings.tid));
    objects.set(tag::merchant, as_bytes(settings.mid));
    objects.set(tag::sequence_counter, bcd(fmt::format("{:0>8}", stan)));
    return objects;
}

namespace {

/// Two digits, or empty when the card has none; none when it is anything else.
std::optional<std::string> sequence_number(const emv::TlvMap& card) {
    const ByteView psn = card.get(tag::psn);
    if (psn.empty()) return std::string();
    const auto digits = emv::compressed_numeric(psn);
    if (!digits || digits->size() != 2) return std::nullopt;
    return digits;
}

bool is_pan(std::string_view digits) {
    return digits.size() >= 8 && digits.size() <= 19;
}

}  // namespace

std::optional<CardIdentity> read_identity(const emv::TlvMap& card) {
    const auto pan = emv::compressed_numeric(card.get(tag::pan));
    const std::string expiry = to_hex(card.get(tag::expiry_date));
    if (!pan || !is_pan(*pan) || !emv::parse_date(expiry)) return std::nullopt;
    // A date that is none ends the transaction (book 3 clause 7.5).
    const ByteView effective = card.get(tag::effective_date);
    if (!effective.empty() && !emv::parse_date(to_hex(effective))) return std::nullopt;
    const auto psn = sequence_number(card);
    if (!psn) return std::nullopt;
    CardIdentity identity{*pan, expiry.substr(0, 4), *psn, {}};
    if (const ByteView track = card.get(tag::track2); !track.empty()) {
        const auto text = track2_of(track);
        if (!text || text->substr(0, text->find('D')) != identity.pan) return std::nullopt;
        identity.track2 = *text;
    }
    return identity;
}

std::optional<CardIdentity> read_identity_of_track2(const emv::TlvMap& card) {
    const auto track = track2_of(card.get(tag::track2));
    const auto psn = sequence_number(card);
    if (!track || !psn) return std::nullopt;
    const std::size_t separator = track->find('D');
    CardIdentity identity{track->substr(0, separator), track->substr(separator + 1, 4), *psn, *track};
    if (!is_pan(identity.pan) || !emv::parse_month(identity.expiry)) return std::nullopt;
    return identity;
}

}  // namespace posbench::terminal
