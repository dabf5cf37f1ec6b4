#include "drivers/host/acquirer/chip.hpp"

#include <algorithm>

#include "drivers/protocols/iso8583/codes.hpp"

namespace posbench::host {
namespace {

constexpr emv::Tag amount_authorised = 0x9F02;
constexpr emv::Tag application_cryptogram = 0x9F26;
constexpr emv::Tag cryptogram_information = 0x9F27;
constexpr emv::Tag issuer_application_data = 0x9F10;
constexpr emv::Tag issuer_authentication_data = 0x91;
constexpr emv::Tag type_of_transaction = 0x9C;
constexpr emv::Tag dedicated_file_name = 0x84;
constexpr emv::Tag application_identifier = 0x9F06;
constexpr emv::Tag application_pan = 0x5A;
constexpr emv::Tag track2_equivalent = 0x57;
constexpr emv::Tag pan_sequence_number = 0x5F34;
constexpr emv::Tag transaction_currency = 0x5F2A;

/// Digits that differ in their leading zeros at most.
bool same_number(std::string_view one, std::string_view other) {
    const auto bare = [](std::string_view digits) {
        return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
    };
    return bare(one) == bare(other);
}

}  // namespace

std::optional<std::int64_t> ChipData::amount() const {
    const Bytes* octets = objects_.find(amount_authorised);
    if (!octets || octets->size() != 6) return std::nullopt;
    std::int64_t minor = 0;
    for (const std::uint8_t octet : *octets) {
        if (octet >> 4 > 9 || (octet & 0x0F) > 9) return std::nullopt;
        minor = minor * 100 + (octet >> 4) * 10 + (octet & 0x0F);
    }
    return minor;
}

std::optional<std::string> ChipData::transaction_type() const {
    const ByteView type = objects_.get(type_of_transaction);
    if (type.size() != 1 || type[0] >> 4 > 9 || (type[0] & 0x0F) > 9) return std::nullopt;
    return to_hex(type);
}

bool ChipData::is_certificate() const {
    const ByteView information = objects_.get(cryptogram_information);
    return information.size() == 1 && (information[0] & 0xC0) == 0x40;
}

bool ChipData::is_request() const {
    const ByteView information = objects_.get(cryptogram_information);
    return information.empty() || (information.size() == 1 && (information[0] & 0xC0) == 0x80);
}

bool ChipData::agrees_with(std::string_view pan, std::string_view sequence_number,
                           std::string_view currency) const {
    const std::string number = to_hex(objects_.get(application_pan));
    const std::string track = to_hex(objects_.get(track2_equivalent));
    for (const std::string_view named : {std::string_view(number).substr(0, number.find('F')),
                                         std::string_view(track).substr(0, track.find('D'))})
        if (!named.empty() && !pan.empty() && named != pan) return false;
    const std::string counted = to_hex(objects_.get(pan_sequence_number));
    if (!counted.empty() && !sequence_number.empty() && !same_number(counted, sequence_number)) return false;
    const std::string coin = to_hex(objects_.get(transaction_currency));
    return coin.empty() || same_number(coin, currency);
}

emv::Scheme ChipData::scheme(emv::Scheme otherwise) const {
    for (const emv::Tag name : {dedicated_file_name, application_identifier})
        if (const auto scheme = emv::scheme_of(objects_.get(name)); scheme != emv::Scheme::unknown)
            return scheme;
    return otherwise;
}

std::optional<Cryptogram> ChipData::cryptogram(emv::Scheme otherwise) const {
    const Bytes* value = objects_.find(application_cryptogram);
    if (!value || value->size() != 8) return std::nullopt;
    const auto version = emv::issuer_data_version(objects_.get(issuer_application_data), scheme(otherwise));
    if (!version) return std::nullopt;
    const auto input = emv::cryptogram_input(objects_, *version);
    if (!input) return std::nullopt;
    Cryptogram cryptogram{*version, *input, {}};
    std::ranges::copy(*value, cryptogram.value.begin());
    return cryptogram;
}

std::optional<ChipData> read_chip_data(ByteView field55) {
    const auto list = emv::parse_tlv(field55);
    if (!list) return std::nullopt;
    emv::TlvMap objects;
    objects.absorb(*list);
    return ChipData(std::move(objects));
}

Bytes VerifiedCryptogram::answer(std::string_view response_code) const {
    emv::IssuerDecision decision;
    decision.code = response_code;
    if (iso8583::approves(response_code)) decision.csu[1] = emv::csu::issuer_approves;
    const Bytes data = emv::issuer_authentication_data(cryptogram_.version, card_key_, cryptogram_.input.atc,
                                                       cryptogram_.value, decision);
    Bytes field;
    emv::append_tlv(field, issuer_authentication_data, data);
    return field;
}

crypto::Block16 VerifiedCryptogram::derive(ByteView issuer_master_key) const {
    // The card was good for the key of the cryptogram.
    return emv::card_master_key(cryptogram_.version, issuer_master_key, card_.pan, card_.sequence_number,
                                card_.derivation)
        .value();
}

std::optional<VerifiedCryptogram> verify_cryptogram(const Cryptogram& cryptogram, ByteView issuer_master_key,
                                                    const CardIdentity& card) {
    const auto card_key = emv::card_master_key(cryptogram.version, issuer_master_key, card.pan,
                                               card.sequence_number, card.derivation);
    if (!card_key) return std::nullopt;
    if (emv::make_cryptogram(cryptogram.version, *card_key, cryptogram.input) != cryptogram.value)
        return std::nullopt;
    return VerifiedCryptogram(cryptogram, *card_key, card);
}

}  // namespace posbench::host
