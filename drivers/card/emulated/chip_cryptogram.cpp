// The part of the chip that makes cryptograms (EMV book 3 clause 6.5.5). What it decides is in risk.hpp.

#include <algorithm>
#include <array>
#include <string_view>

#include "drivers/card/emulated/chip.hpp"
#include "drivers/protocols/emv/bits.hpp"

namespace posbench::card {
namespace {

constexpr emv::Tag amount = 0x9F02, currency = 0x5F2A, verification_results = 0x95, response_code = 0x8A,
                   issuer_authentication_data = 0x91, terminal_country = 0x9F1A, cvm_results = 0x9F34,
                   data_authentication_code = 0x9F45, icc_dynamic_number = 0x9F4C;

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

/// CVM results: method 1, 3, 4 or 5, successful (EMV book 4 annex A4, book 3 annex C3).
bool says_offline_pin_right(ByteView value) noexcept {
    constexpr std::uint8_t method_bits = 0x3F, successful = 0x02;
    if (value.size() != 3 || value[2] != successful) return false;
    const int method = value[0] & method_bits;
    return method == 1 || (method >= 3 && method <= 5);
}

bool all_zeros(ByteView octets) noexcept {
    return std::ranges::all_of(octets, [](std::uint8_t octet) { return octet == 0; });
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
    now.dda_performed = transaction_.dda_performed;
    now.cda_in_first = transaction_.cda_in_first;
    now.domestic = std::ranges::equal(data.get(terminal_country), application_->country);
    now.pin_tries_left = memory_.pin_tries_left;
    now.offline_pin_enciphered = transaction_.offline_pin_enciphered;
    now.terminal_takes_pin_for_right = says_offline_pin_right(data.get(cvm_results));
    now.card_blocked = memory_.blocked;
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

Answer Chip::generate_ac(const emv::CommandApdu& command) {
    constexpr std::uint8_t type_bits = 0xC0, combined_bit = 0x10;
    const auto requested = static_cast<CryptogramType>(command.p1 & type_bits);
    const bool combined = (command.p1 & combined_bit) != 0;
    const bool unknown_bits = (command.p1 & ~(type_bits | combined_bit)) != 0;
    if (unknown_bits || (command.p1 & type_bits) == type_bits || command.p2 != 0 ||
        (combined && !application_->authentication.combined))
        return Answer::status(emv::sw::wrong_parameters);
    const bool first = state_ == State::initiated;
    const auto& cdol = first ? application_->cdol1 : application_->cdol2;
    if (command.data.size() != emv::dol_size(cdol)) return Answer::status(emv::sw::wrong_length);
    // After the host spoke there is nothing left to ask it.
    if (!first && requested == CryptogramType::arqc) return Answer::status(emv::sw::conditions_not_satisfied);
    emv::read_dol(cdol, command.data, transaction_.data);
    transaction_.sent.insert(transaction_.sent.end(), command.data.begin(), command.data.end());
    return first ? first_cryptogram(requested, combined) : second_cryptogram(requested, combined);
}

Answer Chip::first_cryptogram(CryptogramType requested, bool combined) {
    TransactionSituation now = situation(requested);
    block_for_pin(remembered(), now);
    const CryptogramType type = decide_first(remembered(), now);
    now.cda_in_first = transaction_.cda_in_first = combined && type != CryptogramType::aac;
    const emv::CardResults results = first_results(remembered(), now, type);
    remember_first(remembered(), now, type);
    Answer answer = make_cryptogram(type, results, combined);
    if (finishes_with_first_cryptogram()) keep_torn(answer, application_->contactless->torn_records);
    return answer;
}

Answer Chip::second_cryptogram(CryptogramType requested, bool combined) {
    // Zeros are what a terminal sends that has no such object (book 3 clause 5.4).
    const ByteView issuer = transaction_.data.get(issuer_authentication_data);
    if (!all_zeros(issuer) && transaction_.issuer_authentication == IssuerAuthentication::not_performed)
        authenticate_issuer_by_cdol2(issuer);
    TransactionSituation now = situation(requested);
    block_for_pin(remembered(), now);
    const CryptogramType type = decide_second(remembered(), now);
    now.cda_in_second = combined && type != CryptogramType::aac;
    const emv::CardResults results = second_results(remembered(), now, type);
    remember_second(memory_, remembered(), image_.pin_tries, now, type);
    return make_cryptogram(type, results, combined);
}

/// 9F10. In M/Chip's the terminal's word for the card's signature comes back: the ICC dynamic number, or else
/// the data authentication code, as far as the lists ask for them.
Bytes Chip::issuer_application_data(const emv::CardResults& results) const {
    emv::IssuerApplicationData issuer_data;
    issuer_data.key_index = application_->issuer.key_index;
    issuer_data.version = application_->issuer.version;
    issuer_data.results = results;
    const ByteView number = transaction_.data.get(icc_dynamic_number);
    const ByteView code = all_zeros(number) ? transaction_.data.get(data_authentication_code) : number;
    std::ranges::copy(code.first(std::min(code.size(), issuer_data.authentication_code.size())),
                      issuer_data.authentication_code.begin());
    issuer_data.counters = packed_amount(remembered().offline_amount);
    issuer_data.counters.insert(issuer_data.counters.end(), {remembered().offline_transactions, 0xFF});
    return issuer_data.octets();
}

/// Over the transaction's data, which get the card's own part: 82, 9F36 and 9F10.
crypto::Block8 Chip::application_cryptogram(const emv::CardResults& results) {
    const Application& application = *application_;
    emv::TlvMap& data = transaction_.data;
    data.set(0x82, application.aip);
    data.set(0x9F36, big_endian(remembered().atc));
    data.set(0x9F10, issuer_application_data(results));
    // The image was refused unless its DOLs ask for everything in here.
    const auto input = emv::cryptogram_input(data, application.issuer.version).value();
    const auto cryptogram =
        emv::make_cryptogram(application.issuer.version, application.issuer.cryptogram, input);

    if (!transaction_.first_cryptogram) transaction_.first_cryptogram = cryptogram;
    return cryptogram;
}

Answer Chip::make_cryptogram(CryptogramType type, const emv::CardResults& results, bool combined) {
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
