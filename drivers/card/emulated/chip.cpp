#include "drivers/card/emulated/chip.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>

#include "drivers/protocols/emv/tlv.hpp"

namespace posbench::card {
namespace {

constexpr std::string_view directory_name = "1PAY.SYS.DDF01";
constexpr std::uint8_t directory_sfi = 1;

void append(Bytes& out, ByteView octets) {
    out.insert(out.end(), octets.begin(), octets.end());
}

bool same(ByteView left, ByteView right) noexcept {
    return std::ranges::equal(left, right);
}

/// FCI of the payment system environment (EMV book 1, table 11.3).
Bytes directory_fci() {
    Bytes proprietary;
    emv::append_tlv(proprietary, 0x88, Bytes{directory_sfi});
    Bytes content;
    emv::append_tlv(content, 0x84, as_bytes(directory_name));
    emv::append_tlv(content, 0xA5, proprietary);
    Bytes fci;
    emv::append_tlv(fci, 0x6F, content);
    return fci;
}

constexpr std::uint16_t big_endian_16(std::uint8_t high, std::uint8_t low) noexcept {
    return static_cast<std::uint16_t>(high << 8 | low);
}

Answer data_object(emv::Tag tag, ByteView value) {
    Answer answer;
    emv::append_tlv(answer.data, tag, value);
    return answer;
}

Bytes octets_of(std::uint16_t value) {
    return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

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

/// A set of states as bits.
constexpr unsigned in(std::initializer_list<Chip::State> states) noexcept {
    unsigned set = 0;
    for (const Chip::State state : states) set |= 1u << static_cast<unsigned>(state);
    return set;
}

}  // namespace

/// What the card understands, and in which states.
struct Chip::Command {
    std::uint8_t cla;
    Instruction ins;
    unsigned states;
    Answer (Chip::*run)(const CommandApdu&);
};

const Chip::Command* Chip::find_command(std::uint8_t instruction) noexcept {
    using enum State;
    static constexpr unsigned any = in({idle, directory, selected, initiated, online, finished});
    static constexpr unsigned with_application = in({selected, initiated, online, finished});
    static constexpr Command commands[]{
        {0x00, Instruction::select, any, &Chip::select},
        {0x00, Instruction::read_record, in({directory, initiated, online, finished}), &Chip::read_record},
        {0x80, Instruction::get_processing_options, in({selected}), &Chip::get_processing_options},
        {0x80, Instruction::get_data, with_application, &Chip::get_data},
        {0x00, Instruction::get_challenge, with_application, &Chip::get_challenge},
        {0x00, Instruction::verify, in({initiated}), &Chip::verify},
        {0x00, Instruction::external_authenticate, in({online}), &Chip::external_authenticate},
        {0x80, Instruction::generate_ac, in({initiated, online}), &Chip::generate_ac},
    };
    for (const Command& command : commands)
        if (static_cast<std::uint8_t>(command.ins) == instruction) return &command;
    return nullptr;
}

Chip::Chip(const CardImage& image, runtime::Random random)
    : image_(image), random_(random), pin_tries_left_(image.pin_tries) {}

const Bytes& Chip::reset() noexcept {
    forget();
    return image_.atr;
}

void Chip::forget() noexcept {
    state_ = State::idle;
    application_ = nullptr;
    next_occurrence_ = 0;
    transaction_ = Transaction{};
}

Answer Chip::process(ByteView octets) {
    const auto command = parse_command(octets);
    if (!command) return Answer::status(sw::wrong_length);
    if (command->cla != 0x00 && command->cla != 0x80) return Answer::status(sw::unknown_class);
    const Command* known = find_command(command->ins);
    if (!known) return Answer::status(sw::unknown_instruction);
    if (known->cla != command->cla) return Answer::status(sw::unknown_class);
    if ((known->states & in({state_})) == 0) return Answer::status(sw::conditions_not_satisfied);
    return (this->*known->run)(*command);
}

Answer Chip::select(const CommandApdu& command) {
    constexpr std::uint8_t by_name = 0x04, first_occurrence = 0x00, next_occurrence = 0x02;
    if (command.p1 != by_name || (command.p2 != first_occurrence && command.p2 != next_occurrence))
        return Answer::status(sw::wrong_parameters);
    if (command.data.size() < 5 || command.data.size() > 16) return Answer::status(sw::wrong_length);
    if (image_.directory && same(command.data, as_bytes(directory_name))) {
        forget();
        state_ = State::directory;
        Answer answer;
        answer.data = directory_fci();
        return answer;
    }
    return select_application(command.data, command.p2 == next_occurrence ? next_occurrence_ : 0);
}

/// EMV book 1 clause 12.3.2: a name that is the beginning of an application's identifier selects it. A name
/// that selects nothing leaves the card as it was.
Answer Chip::select_application(ByteView name, std::size_t from) {
    for (std::size_t i = from; i < image_.applications.size(); ++i) {
        const Application& candidate = image_.applications[i];
        if (candidate.aid.size() < name.size() || !same(ByteView(candidate.aid).first(name.size()), name))
            continue;
        forget();
        state_ = State::selected;
        application_ = &candidate;
        next_occurrence_ = i + 1;
        Answer answer;
        answer.data = candidate.fci;
        return answer;
    }
    return Answer::status(sw::file_not_found);
}

Answer Chip::read_record(const CommandApdu& command) {
    constexpr std::uint8_t number_in_p1 = 0x04;
    if ((command.p2 & 0x07) != number_in_p1 || command.p1 == 0) return Answer::status(sw::wrong_parameters);
    if (!command.data.empty()) return Answer::status(sw::wrong_length);
    const auto sfi = static_cast<std::uint8_t>(command.p2 >> 3);
    if (state_ == State::directory) return read_directory(sfi, command.p1);

    bool file_exists = false;
    for (const Record& record : application_->records) {
        if (record.sfi != sfi) continue;
        file_exists = true;
        if (record.number != command.p1) continue;
        Answer answer;
        answer.data = record.octets;
        return answer;
    }
    return Answer::status(file_exists ? sw::record_not_found : sw::file_not_found);
}

/// One directory entry a record.
Answer Chip::read_directory(std::uint8_t sfi, std::uint8_t number) const {
    if (sfi != directory_sfi) return Answer::status(sw::file_not_found);
    if (number > image_.applications.size()) return Answer::status(sw::record_not_found);
    return data_object(0x70, image_.applications[number - 1u].directory_entry);
}

Answer Chip::get_processing_options(const CommandApdu& command) {
    if (command.p1 != 0 || command.p2 != 0) return Answer::status(sw::wrong_parameters);
    if (command.data.size() < 2) return Answer::status(sw::wrong_length);
    const auto values = template_values(command.data);
    if (!values || values->size() != emv::dol_size(application_->pdol)) return Answer::status(sw::wrong_data);
    // A counter at its end closes the application for good (EMV book 2, annex A1).
    if (atc_ == 0xFFFF) return Answer::status(sw::conditions_not_satisfied);

    ++atc_;
    emv::read_dol(application_->pdol, *values, transaction_.data);
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

Answer Chip::get_data(const CommandApdu& command) {
    if (!command.data.empty()) return Answer::status(sw::wrong_length);
    const emv::Tag tag = big_endian_16(command.p1, command.p2);
    switch (tag) {
        case 0x9F36:
            return data_object(tag, octets_of(atc_));
        case 0x9F13:
            return data_object(tag, octets_of(last_online_atc_));
        case 0x9F17:
            if (image_.pin.empty()) break;
            return data_object(tag, Bytes{static_cast<std::uint8_t>(pin_tries_left_)});
        default:
            break;
    }
    return Answer::status(sw::data_not_found);
}

Answer Chip::get_challenge(const CommandApdu& command) {
    if (command.p1 != 0 || command.p2 != 0) return Answer::status(sw::wrong_parameters);
    if (!command.data.empty()) return Answer::status(sw::wrong_length);
    Answer answer;
    answer.data.resize(8);
    random_.fill(answer.data);
    return answer;
}

}  // namespace posbench::card
