// The part of the chip that makes cryptograms (EMV book 3 clause 6.5.5). What it decides is in risk.hpp.

#include <algorithm>
#include <array>
#include <string_view>

#include "drivers/card/emulated/chip.hpp"
#include "drivers/protocols/emv/bits.hpp"

namespace posbench::card {
namespace {

constexpr emv::Tag amount = 0x9F02, currency = 0x5F2A, verification_results = 0x95, response_code = 0x8A,
                   issuer_authentication_data = 0x91;

/// The objects of the answer before the cryptogram: CID and ATC.
Bytes information_objects(CryptogramType type, ByteView atc) {
    const std::array information{static_cast<std::uint8_t>(type)};
    Bytes objects;
    emv::append_tlv(objects, 0x9F27, information);
    emv::append_tlv(objects, 0x9F36, atc);
    return objects;
}

/// Template 80 holds the values alone, 77 the objects.
Answer cryptogram_answer(int format, CryptogramType type, const emv::TlvMap& data,
                         const crypto::Block8& cryptogram) {
    if (format == 2) {
        Bytes objects = information_objects(type, data.get(0x9F36));
        emv::append_tlv(objects, 0x9F26, cryptogram);
        emv::append_tlv(objects, 0x9F10, data.get(0x9F10));
        return data_object(0x77, objects);
    }
    Bytes values{static_cast<std::uint8_t>(type)};
    for (const ByteView value : {data.get(0x9F36), ByteView(cryptogram), data.get(0x9F10)})
        values.insert(values.end(), value.begin(), value.end());
    return data_object(0x80, values);
}

bool tvr_says(ByteView tvr, emv::Tvr::Bit bit) noexcept {
    const auto octet = static_cast<std::size_t>(bit >> 8) - 1;
    return octet < tvr.size() && (tvr[octet] & (bit & 0xFF)) != 0;
}

IssuerContact issuer_contact(ByteView value) noexcept {
    const std::string_view code = as_text(value);
    if (code == "Y3" || code == "Z3") return IssuerContact::unreachable;
    if (code == "Y1" || code == "Z1") return IssuerContact::not_asked;
    return IssuerContact::asked;
}

}  // namespace

TransactionSituation Chip::situation(CryptogramType requested) const {
    const emv::TlvMap& data = transaction_.data;
    TransactionSituation now;
    now.requested = requested;
    now.amount = packed_decimal(data.get(amount));
    now.in_card_currency = std::ranges::equal(data.get(currency), application_->currency);
    const ByteView tvr = data.get(verification_results);
    now.static_authentication_failed = tvr_says(tvr, emv::Tvr::sda_failed);
    now.dynamic_authentication_failed =
        tvr_says(tvr, emv::Tvr::dda_failed) || tvr_says(tvr, emv::Tvr::cda_failed);
    now.dynamic_authentication_performed = transaction_.signed_something;
    now.pin_blocked = !memory_.pin.empty() && memory_.pin_tries_left == 0;
    now.online_required = application_->online_required;
    now.only_cryptogram = application_->quick() || finishes_with_first_cryptogram();
    now.issuer_authentication_supported =
        application_->authenticates_issuer() || application_->authenticates_issuer_by_cdol2();
    now.scripts_received = transaction_.scripts_received;
    now.issuer = issuer_contact(data.get(response_code));
    now.offline_pin = transaction_.offline_pin;
    now.issuer_authentication = transaction_.issuer_authentication;
    now.card_status_update = transaction_.card_status_update;
    return now;
}

Answer Chip::generate_ac(const CommandApdu& command) {
    constexpr std::uint8_t type_bits = 0xC0, combined_bit = 0x10;
    const auto requested = static_cast<CryptogramType>(command.p1 & type_bits);
    const bool combined = (command.p1 & combined_bit) != 0;
    const bool unknown_bits = (command.p1 & ~(type_bits | combined_bit)) != 0;
    if (unknown_bits || (command.p1 & type_bits) == type_bits || command.p2 != 0 ||
        (combined && !application_->authentication.combined))
        return Answer::status(sw::wrong_parameters);
    const bool first = state_ == State::initiated;
    const auto& cdol = first ? application_->cdol1 : application_->cdol2;
    if (command.data.size() != emv::dol_size(cdol)) return Answer::status(sw::wrong_length);
    // After the host spoke there is nothing left to ask it.
    if (!first && requested == CryptogramType::arqc) return Answer::status(sw::conditions_not_satisfied);
    emv::read_dol(cdol, command.data, transaction_.data);
    transaction_.sent.insert(transaction_.sent.end(), command.data.begin(), command.data.end());
    return first ? first_cryptogram(requested, combined) : second_cryptogram(requested, combined);
}

Answer Chip::first_cryptogram(CryptogramType requested, bool combined) {
    TransactionSituation now = situation(requested);
    const CryptogramType type = decide_first(remembered(), now);
    now.dynamic_authentication_performed |= combined && type != CryptogramType::aac;
    const emv::Cvr results = first_results(remembered(), now, type);
    remember_first(remembered(), now, type);
    Answer answer = make_cryptogram(type, results, combined);
    if (finishes_with_first_cryptogram()) keep_torn(answer, application_->contactless->torn_records);
    return answer;
}

Answer Chip::second_cryptogram(CryptogramType requested, bool combined) {
    // Zeros are what a terminal sends that has no such object (book 3 clause 5.4).
    const ByteView issuer = transaction_.data.get(issuer_authentication_data);
    const bool given = std::ranges::any_of(issuer, [](std::uint8_t octet) { return octet != 0; });
    if (given && transaction_.issuer_authentication == IssuerAuthentication::not_performed)
        authenticate_issuer_by_cdol2(issuer);
    TransactionSituation now = situation(requested);
    const CryptogramType type = decide_second(remembered(), now);
    now.dynamic_authentication_performed |= combined && type != CryptogramType::aac;
    const emv::Cvr results = second_results(remembered(), now, type);
    remember_second(memory_, remembered(), image_.pin_tries, now, type);
    return make_cryptogram(type, results, combined);
}

/// Over the transaction's data, which get the card's own part: 82, 9F36 and 9F10.
crypto::Block8 Chip::application_cryptogram(const emv::Cvr& results) {
    const Application& application = *application_;
    emv::IssuerApplicationData issuer_data;
    issuer_data.key_index = application.issuer.key_index;
    issuer_data.version = application.issuer.version;
    issuer_data.cvr = results;
    const std::uint16_t atc = remembered().atc;
    const std::array counter{static_cast<std::uint8_t>(atc >> 8), static_cast<std::uint8_t>(atc)};
    emv::TlvMap& data = transaction_.data;
    data.set(0x82, application.aip);
    data.set(0x9F36, counter);
    data.set(0x9F10, issuer_data.octets());
    // The image was refused unless its DOLs ask for everything in here.
    const auto input = emv::cryptogram_input(data).value();
    const auto cryptogram =
        emv::make_cryptogram(application.issuer.version, application.issuer.cryptogram, input);

    if (!transaction_.first_cryptogram) transaction_.first_cryptogram = cryptogram;
    return cryptogram;
}

Answer Chip::make_cryptogram(CryptogramType type, const emv::Cvr& results, bool combined) {
    const crypto::Block8 cryptogram = application_cryptogram(results);
    const emv::TlvMap& data = transaction_.data;
    const bool goes_on = type == CryptogramType::arqc && !finishes_with_first_cryptogram();
    state_ = goes_on ? State::online : State::finished;
    // An AAC is never signed (book 2 clause 6.6).
    Answer answer = combined && type != CryptogramType::aac
                        ? sign_cryptogram(type, cryptogram, information_objects(type, data.get(0x9F36)))
                        : cryptogram_answer(application_->response_format, type, data, cryptogram);
    answer.cryptogram = {type, remembered().atc};
    return answer;
}

}  // namespace posbench::card
