// The part of the chip that obeys its issuer (EMV book 2 clauses 8.2 and 9, book 3 clauses 6.5.1 to 6.5.4 and
// 6.5.10; PBOC 2.0 part 5 for PUT DATA and UPDATE RECORD).

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "drivers/card/emulated/chip.hpp"
#include "drivers/protocols/emv/secure_messaging.hpp"

namespace posbench::card {

/// Once a transaction (book 3 clause 6.5.4).
Answer Chip::external_authenticate(const emv::CommandApdu& command) {
    if (command.p1 != 0 || command.p2 != 0) return Answer::status(emv::sw::wrong_parameters);
    if (command.data.size() < 8 || command.data.size() > 16) return Answer::status(emv::sw::wrong_length);
    if (!application_->authenticates_issuer() ||
        transaction_.issuer_authentication != IssuerAuthentication::not_performed)
        return Answer::status(emv::sw::conditions_not_satisfied);
    return Answer::status(authenticate_issuer(command.data));
}

std::uint16_t Chip::authenticate_issuer(ByteView data) {
    const IssuerKeys& keys = application_->issuer;
    constexpr std::size_t method1_size = 10;
    const bool method1 = emv::find_cryptogram_rules(keys.version)->arpc_method == 1;
    if (method1 && data.size() != method1_size) return emv::sw::wrong_length;
    const auto decision = emv::verify_issuer_authentication_data(
        keys.version, keys.cryptogram, transaction_.atc, *transaction_.first_cryptogram, data);
    if (!decision) {
        transaction_.issuer_authentication = IssuerAuthentication::failed;
        return emv::sw::authentication_failed;
    }
    transaction_.issuer_authentication = IssuerAuthentication::passed;
    if (emv::find_cryptogram_rules(keys.version)->updates_card()) {
        const auto& csu = decision->csu;
        transaction_.card_status_update =
            std::uint32_t{csu[0]} << 24 | std::uint32_t{csu[1]} << 16 | std::uint32_t{csu[2]} << 8 | csu[3];
    }
    return emv::sw::ok;
}

/// The list asks for as many octets as its author thought of; what the terminal had not is zeros behind it.
void Chip::authenticate_issuer_by_cdol2(ByteView value) {
    constexpr std::size_t method1_size = 10, arpc_and_csu = 8;
    constexpr std::uint8_t proprietary_data_included = 0x80;  // CSU octet 1, book 3 annex C10
    const bool method1 = emv::find_cryptogram_rules(application_->issuer.version)->arpc_method == 1;
    std::size_t size = method1 ? method1_size : arpc_and_csu;
    if (!method1 && value.size() > arpc_and_csu && (value[4] & proprietary_data_included) != 0)
        size = value.size();
    if (value.size() < size || authenticate_issuer(value.first(size)) != emv::sw::ok)
        transaction_.issuer_authentication = IssuerAuthentication::failed;
}

/// A command with secure messaging. One that fails is remembered for the next transaction's results.
Answer Chip::script(const emv::CommandApdu& command) {
    if (!application_->issuer.mac) return Answer::status(emv::sw::unknown_instruction);
    const IssuerAuthentication issuer = transaction_.issuer_authentication;
    const bool open = issuer == IssuerAuthentication::passed || !application_->authenticates_issuer() ||
                      remembered().blocked;
    // There is no way out for a blocked card, and nothing else is open to a blocked application.
    const auto instruction = static_cast<emv::Instruction>(command.ins);
    const bool barred = remembered().blocked && instruction != emv::Instruction::application_unblock &&
                        instruction != emv::Instruction::card_block;
    if (!open || barred || memory_.blocked) return Answer::status(emv::sw::conditions_not_satisfied);
    ApplicationMemory& memory = remembered();
    if (!transaction_.scripts_received) {
        memory.script_commands = 0;
        memory.script_failed = false;
        transaction_.scripts_received = true;
    }
    ++transaction_.script_commands;
    memory.script_commands = static_cast<std::uint8_t>(std::min(memory.script_commands + 1, 15));
    const auto data = open_script(command);
    const std::uint16_t word = data ? perform_script(command, *data) : emv::sw::messaging_objects_incorrect;
    if (word != emv::sw::ok) memory.script_failed = true;
    return Answer::status(word);
}

/// The plain data of a script command whose MAC is right.
std::optional<Bytes> Chip::open_script(const emv::CommandApdu& command) {
    const IssuerKeys& keys = application_->issuer;
    const emv::ScriptContext context = emv::script_context(
        keys.version, transaction_.atc, *transaction_.first_cryptogram, transaction_.script_commands - 1);
    const emv::MessagingKey mac_key = emv::messaging_key(keys.version, *keys.mac, context);
    const bool format1 = (command.cla & 0x08) != 0;
    if (format1 != (keys.messaging_format == 1)) return std::nullopt;
    Bytes data;
    bool enciphered = static_cast<emv::Instruction>(command.ins) == emv::Instruction::pin_change;
    if (format1) {
        const auto opened = emv::open_format1(mac_key, command.octets,
                                              transaction_.script_chaining.value_or(context.cryptogram));
        if (!opened) return std::nullopt;
        transaction_.script_chaining = opened->mac;
        data = opened->data.value;
        enciphered = opened->data.enciphered;
    } else {
        const auto opened = emv::open_format2(mac_key, command.octets, context, keys.mac_size);
        if (!opened) return std::nullopt;
        data = *opened;
    }
    if (!enciphered || data.empty()) return data;
    if (!keys.encipherment) return std::nullopt;
    const emv::MessagingKey key = emv::messaging_key(keys.version, *keys.encipherment, context);
    const auto plain = emv::decipher_command_data(key, data, emv::command_encipherment(keys.version));
    if (!plain) return std::nullopt;
    return *plain;
}

std::uint16_t Chip::perform_script(const emv::CommandApdu& command, ByteView data) {
    const auto instruction = static_cast<emv::Instruction>(command.ins);
    const bool blocks = instruction == emv::Instruction::application_block ||
                        instruction == emv::Instruction::application_unblock ||
                        instruction == emv::Instruction::card_block;
    if (blocks && (command.p1 != 0 || command.p2 != 0)) return emv::sw::wrong_parameters;
    if (blocks && !data.empty()) return emv::sw::wrong_length;
    switch (instruction) {
        case emv::Instruction::application_block:
            remembered().blocked = true;
            forget_torn();
            return emv::sw::ok;
        case emv::Instruction::application_unblock:
            remembered().blocked = false;
            return emv::sw::ok;
        case emv::Instruction::card_block:
            memory_.blocked = true;
            return emv::sw::ok;
        case emv::Instruction::pin_change:
            return change_pin(command, data);
        case emv::Instruction::put_data:
            return put_data(command, data);
        default:
            return update_record(command, data);
    }
}

/// P2 00: only the try counter is reset; 01: a new PIN, which the old one hides; 02: a new PIN (VIS 1.4
/// appendix C.10, PBOC 2.0 part 5 annex C).
std::uint16_t Chip::change_pin(const emv::CommandApdu& command, ByteView data) {
    constexpr std::uint8_t unblock = 0, with_current = 1, without_current = 2;
    if (command.p1 != 0 || command.p2 > without_current) return emv::sw::wrong_parameters;
    if (memory_.pin.empty()) return emv::sw::data_not_found;
    if (command.p2 == unblock) {
        if (!data.empty()) return emv::sw::wrong_length;
        memory_.pin_tries_left = image_.pin_tries;
        return emv::sw::ok;
    }
    const auto pin = emv::pin_from_vis_block(
        application_->issuer.cryptogram, data,
        command.p2 == with_current ? std::optional<std::string_view>(memory_.pin) : std::nullopt);
    if (!pin) return emv::sw::wrong_data;
    memory_.pin = *pin;
    memory_.pin_tries_left = image_.pin_tries;
    return emv::sw::ok;
}

/// Objects that are there, with the length they have; a try limit or counter is not one of them.
std::uint16_t Chip::put_data(const emv::CommandApdu& command, ByteView data) {
    const auto tag = emv::Tag{from_big_endian(command.p1, command.p2)};
    const Bytes* known = remembered().objects.find(tag);
    if (!known) return emv::sw::data_not_found;
    if (data.size() != known->size()) return emv::sw::wrong_length;
    remembered().objects.set(tag, data);
    forget_torn();
    return emv::sw::ok;
}

/// The record as a whole; files of the payment system's and the issuer's own alike. What was signed or kept
/// with the old one counts no longer.
std::uint16_t Chip::update_record(const emv::CommandApdu& command, ByteView data) {
    const auto address = emv::record_address(command);
    if (!address) return emv::sw::wrong_parameters;
    const auto record = find_record(*address);
    if (!record) return record.error();
    if (data.empty()) return emv::sw::wrong_length;
    auto& changed = remembered().changed_records;
    for (const Record* one : {*record, same_over_other_interface(**record)}) {
        if (!one) continue;
        std::erase_if(changed, [one](const auto& before) { return before.record == one; });
        changed.push_back({one, Bytes(data.begin(), data.end())});
    }
    forget_torn();
    return emv::sw::ok;
}

/// A record that the image gave the same octets over both interfaces is one record. Null without such a one.
const Record* Chip::same_over_other_interface(const Record& record) const noexcept {
    const auto& others = interface_ == Interface::contact ? image_.contactless : image_.applications;
    const auto other = std::ranges::find(others, application_->slot, &Application::slot);
    if (other == others.end()) return nullptr;
    for (const Record& one : other->records)
        if (one.sfi == record.sfi && one.number == record.number && one.octets == record.octets) return &one;
    return nullptr;
}

}  // namespace posbench::card
