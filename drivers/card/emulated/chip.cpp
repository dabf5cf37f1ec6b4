#include "drivers/card/emulated/chip.hpp"

#include <initializer_list>
#include <utility>

#include "drivers/protocols/emv/mask.hpp"

namespace posbench::card {
namespace {

/// A set of states as bits.
constexpr unsigned in(std::initializer_list<Chip::State> states) noexcept {
    unsigned set = 0;
    for (const Chip::State state : states) set |= 1u << static_cast<unsigned>(state);
    return set;
}

/// Secure messaging in the class octet, which the card allows for scripts alone (ISO/IEC 7816-4 table 2).
constexpr std::uint8_t secured_by_format2 = 0x04, secured_by_format1 = 0x0C;

constexpr bool is_class(std::uint8_t given, std::uint8_t known, bool script) noexcept {
    if (!script) return given == known;
    return given == (known | secured_by_format2) || given == (known | secured_by_format1);
}

}  // namespace

Answer data_object(emv::Tag tag, ByteView value) {
    Answer answer;
    emv::append_tlv(answer.data, tag, value);
    return answer;
}

/// What the card understands, and in which states.
struct Chip::Command {
    std::uint8_t cla;  ///< without the bits of secure messaging
    emv::Instruction ins;
    unsigned states;
    Answer (Chip::*run)(const emv::CommandApdu&);
    bool script = false;
};

const Chip::Command* Chip::find_command(std::uint8_t instruction) noexcept {
    using enum State;
    static constexpr unsigned any = in({idle, directory, selected, initiated, online, finished});
    static constexpr unsigned with_application = in({selected, initiated, online, finished});
    static constexpr unsigned after_cryptogram = in({online, finished});
    static constexpr Command commands[]{
        {0x00, emv::Instruction::select, any, &Chip::select},
        // Of a selected application only the files that are no part of a transaction.
        {0x00, emv::Instruction::read_record, in({directory, selected, initiated, online, finished}),
         &Chip::read_record},
        {0x80, emv::Instruction::get_processing_options, in({selected}), &Chip::get_processing_options},
        {0x80, emv::Instruction::get_data, with_application, &Chip::get_data},
        {0x00, emv::Instruction::get_challenge, with_application, &Chip::get_challenge},
        {0x00, emv::Instruction::verify, in({initiated}), &Chip::verify},
        {0x00, emv::Instruction::internal_authenticate, in({initiated}), &Chip::internal_authenticate},
        {0x00, emv::Instruction::external_authenticate, in({online}), &Chip::external_authenticate},
        {0x80, emv::Instruction::generate_ac, in({initiated, online}), &Chip::generate_ac},
        {0x80, emv::Instruction::recover_ac, in({initiated}), &Chip::recover_ac},
        {0x80, emv::Instruction::application_block, after_cryptogram, &Chip::script, true},
        {0x80, emv::Instruction::application_unblock, after_cryptogram, &Chip::script, true},
        {0x80, emv::Instruction::card_block, after_cryptogram, &Chip::script, true},
        {0x80, emv::Instruction::pin_change, after_cryptogram, &Chip::script, true},
        {0x00, emv::Instruction::put_data, after_cryptogram, &Chip::script, true},
        {0x00, emv::Instruction::update_record, after_cryptogram, &Chip::script, true},
    };
    for (const Command& command : commands)
        if (static_cast<std::uint8_t>(command.ins) == instruction) return &command;
    return nullptr;
}

Chip::Chip(const CardImage& image, runtime::Random random) : image_(image), random_(random) {
    memory_.blocked = image.blocked;
    memory_.pin = image.pin;
    memory_.pin_tries_left = image.pin_tries;
    for (const auto* list : {&image.applications, &image.contactless})
        for (const Application& application : *list) {
            if (memory_.applications.size() <= application.slot)
                memory_.applications.resize(application.slot + 1);
            ApplicationMemory& memory = memory_.applications[application.slot];
            memory.blocked = application.blocked;
            for (const auto& entry : application.objects.entries())
                memory.objects.set(entry.tag, entry.value);
            if (application.contactless && application.contactless->profile == Profile::qvsdc)
                memory.refills_balance = true;
        }
}

void Chip::reset(Interface interface) noexcept {
    interface_ = interface;
    forget();
}

const std::vector<Application>& Chip::applications() const noexcept {
    return interface_ == Interface::contact ? image_.applications : image_.contactless;
}

std::string Chip::without_pans(std::string text) const {
    for (const std::string& pan : image_.pans) text = emv::without_known_pan(std::move(text), pan);
    return text;
}

void Chip::forget() noexcept {
    state_ = State::idle;
    application_ = nullptr;
    next_occurrence_ = 0;
    challenge_.reset();
    transaction_ = Transaction{};
}

Answer Chip::process(ByteView octets) {
    // A challenge is good for the very next command (EMV book 3 clause 6.5.6).
    const auto challenge = std::exchange(challenge_, std::nullopt);
    hear_again();
    const auto command = emv::parse_command(octets);
    if (!command) return Answer::status(emv::sw::wrong_length);
    if ((command->cla & 0x73) != 0x00) return Answer::status(emv::sw::unknown_class);
    const Command* known = find_command(command->ins);
    if (!known) return Answer::status(emv::sw::unknown_instruction);
    if (!is_class(command->cla, known->cla, known->script)) return Answer::status(emv::sw::unknown_class);
    if ((known->states & in({state_})) == 0) return Answer::status(emv::sw::conditions_not_satisfied);
    if (known->ins == emv::Instruction::verify) challenge_ = challenge;
    Answer answer = (this->*known->run)(*command);
    if (known->ins == emv::Instruction::verify) challenge_.reset();
    return answer;
}

}  // namespace posbench::card
