// The part of the chip that begins a transaction and gives data (EMV book 3 clauses 6.5.7, 6.5.8 and 6.5.11).

#include <optional>

#include "drivers/card/emulated/chip.hpp"
#include "drivers/protocols/emv/sm2_certificate.hpp"

namespace posbench::card {
namespace {

/// The values in the command template that fills the data of GET PROCESSING OPTIONS (EMV book 3 clause 6.5.8,
/// lengths as annex B2 writes them); none when the data are something else.
std::optional<Bytes> template_values(ByteView data) {
    constexpr emv::Tag command_template = 0x83;
    const auto list = emv::parse_tlv(data);
    if (!list || list->size() != 1 || list->front().tag != command_template) return std::nullopt;
    // Zero octets around an object, which parse_tlv() passes over, have no place in a command.
    const std::size_t length_octets = data[1] < 0x80 ? 1 : 1u + (data[1] & 0x7Fu);
    if (data.size() != 1 + length_octets + list->front().value.size()) return std::nullopt;
    return list->front().value;
}

}  // namespace

Answer Chip::get_processing_options(const emv::CommandApdu& command) {
    if (command.p1 != 0 || command.p2 != 0) return Answer::status(emv::sw::wrong_parameters);
    if (command.data.size() < 2) return Answer::status(emv::sw::wrong_length);
    const auto values = template_values(command.data);
    if (!values || values->size() != emv::dol_size(application_->pdol))
        return Answer::status(emv::sw::wrong_data);
    // A counter at its end closes the application for good (EMV book 2, annex A1).
    if (remembered().atc == 0xFFFF) return Answer::status(emv::sw::conditions_not_satisfied);

    emv::read_dol(application_->pdol, *values, transaction_.data);
    if (application_->with_sm && emv::knows_sm(transaction_.data)) application_ = application_->with_sm.get();
    if (application_->quick()) return quick_processing();
    // Before RECOVER AC there is a GET PROCESSING OPTIONS too.
    if (!finishes_with_first_cryptogram()) forget_torn();
    transaction_.atc = ++remembered().atc;
    transaction_.sent = *values;
    state_ = State::initiated;
    if (application_->response_format == 1) {
        Bytes value = application_->aip;
        append(value, application_->afl);
        return data_object(0x80, value);
    }
    Bytes objects;
    emv::append_tlv(objects, 0x82, application_->aip);
    emv::append_tlv(objects, 0x94, application_->afl);
    return data_object(0x77, objects);
}

Answer Chip::read_record(const emv::CommandApdu& command) {
    const auto address = emv::record_address(command);
    if (!address) return Answer::status(emv::sw::wrong_parameters);
    if (!command.data.empty()) return Answer::status(emv::sw::wrong_length);
    if (state_ == State::directory) return read_directory(address->sfi, address->number);
    // A transaction log is read without a transaction (EMV book 3 annex D).
    if (state_ == State::selected && address->sfi <= last_emv_file)
        return Answer::status(emv::sw::conditions_not_satisfied);
    const auto record = find_record(*address);
    if (!record) return Answer::status(record.error());

    const Bytes* stored = &(*record)->octets;
    for (const auto& changed : remembered().changed_records)
        if (changed.record == *record) stored = &changed.octets;
    Answer answer;
    answer.data = application_->quick() ? record_of_transaction(*address, *stored) : *stored;
    return answer;
}

Result<const Record*, std::uint16_t> Chip::find_record(const emv::RecordAddress& address) const {
    std::uint16_t missing = emv::sw::file_not_found;
    for (const Record& record : application_->records) {
        if (record.sfi != address.sfi) continue;
        if (record.number == address.number) return &record;
        missing = emv::sw::record_not_found;
    }
    return missing;
}

Answer Chip::get_data(const emv::CommandApdu& command) {
    if (!command.data.empty()) return Answer::status(emv::sw::wrong_length);
    const emv::Tag tag = from_big_endian(command.p1, command.p2);
    switch (tag) {
        case 0x9F36:
            return data_object(tag, big_endian(remembered().atc));
        case 0x9F13:
            return data_object(tag, big_endian(remembered().last_online_atc));
        case 0x9F17:
            if (memory_.pin.empty()) break;
            return data_object(tag, Bytes{static_cast<std::uint8_t>(memory_.pin_tries_left)});
        default:
            if (const Bytes* value = remembered().objects.find(tag)) return data_object(tag, *value);
            break;
    }
    return Answer::status(emv::sw::data_not_found);
}

}  // namespace posbench::card
