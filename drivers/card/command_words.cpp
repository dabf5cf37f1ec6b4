#include "drivers/card/command_words.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "drivers/protocols/emv/apdu.hpp"
#include "drivers/protocols/emv/tlv.hpp"

namespace posbench::card {
namespace {

constexpr std::size_t header_size = 4;

bool is_packed_digits(std::uint8_t octet) noexcept {
    return octet >> 4 <= 9 && (octet & 0x0F) <= 9;
}

bool is(std::uint8_t instruction, emv::Instruction which) noexcept {
    return instruction == static_cast<std::uint8_t>(which);
}

bool is_known(ByteView command) {
    return !command_name(command).starts_with("INS ");
}

/// The first octet of the header that may be a PIN's, or the header's end.
std::size_t hidden_from(ByteView command) {
    const std::size_t end = std::min(command.size(), header_size);
    if (end < 2) return end;
    if (begins_like_pin_block(command)) return 0;
    const bool presents_pin =
        is(command[1], emv::Instruction::verify) || is(command[1], emv::Instruction::pin_change);
    if (presents_pin) return end > 2 && command[2] != 0 ? 2 : end;
    if (is_known(command)) return end;
    // VERIFY without CLA, or without CLA and INS: its data begin one or two octets early.
    for (std::size_t i = 1; i + 1 < end; ++i)
        if (begins_like_pin_block(command.subspan(i))) return i + 1;
    return end;
}

}  // namespace

bool begins_like_pin_block(ByteView octets) noexcept {
    constexpr std::uint8_t shortest = 0x24, longest = 0x2C;
    return octets.size() >= 2 && octets[0] >= shortest && octets[0] <= longest && is_packed_digits(octets[1]);
}

std::string command_name(ByteView octets) {
    if (octets.size() < 2 || begins_like_pin_block(octets)) return "malformed";
    switch (static_cast<emv::Instruction>(octets[1])) {
        case emv::Instruction::card_block:
            return "CARD BLOCK";
        case emv::Instruction::application_unblock:
            return "APPLICATION UNBLOCK";
        case emv::Instruction::application_block:
            return "APPLICATION BLOCK";
        case emv::Instruction::pin_change:
            return "PIN CHANGE/UNBLOCK";
        case emv::Instruction::internal_authenticate:
            return "INTERNAL AUTHENTICATE";
        case emv::Instruction::put_data:
            return "PUT DATA";
        case emv::Instruction::update_record:
            return "UPDATE RECORD";
        case emv::Instruction::verify:
            return "VERIFY";
        case emv::Instruction::external_authenticate:
            return "EXTERNAL AUTHENTICATE";
        case emv::Instruction::get_challenge:
            return "GET CHALLENGE";
        case emv::Instruction::select:
            return "SELECT";
        case emv::Instruction::get_processing_options:
            return "GET PROCESSING OPTIONS";
        case emv::Instruction::generate_ac:
            return "GENERATE AC";
        case emv::Instruction::read_record:
            return "READ RECORD";
        case emv::Instruction::get_response:
            return "GET RESPONSE";
        case emv::Instruction::get_data:
            return "GET DATA";
        case emv::Instruction::recover_ac:
            return "RECOVER AC";
    }
    return fmt::format("INS {:02X}", octets[1]);
}

std::string shown_header(ByteView command) {
    const std::size_t end = std::min(command.size(), header_size), hidden = hidden_from(command);
    return to_hex(command.first(hidden)) + std::string(2 * (end - hidden), '*');
}

std::string parameters_in_words(ByteView command, emv::Scheme scheme) {
    if (command.size() < header_size) return {};
    const std::uint8_t p1 = command[2], p2 = command[3];
    switch (static_cast<emv::Instruction>(command[1])) {
        case emv::Instruction::select:
            if (p1 != emv::select_by_name) return "not by name";
            return (p2 & 0x03) == 0x02 ? "by name, next occurrence" : "by name";
        case emv::Instruction::read_record:
        case emv::Instruction::update_record:
            return fmt::format("record {} of SFI {}", p1, p2 >> 3);
        case emv::Instruction::generate_ac: {
            constexpr std::array types{"asks for AAC", "asks for TC", "asks for ARQC", "reserved type"};
            constexpr std::uint8_t combined = 0x10;
            return std::string(types[p1 >> 6]) + ((p1 & combined) != 0 ? " with CDA" : "");
        }
        case emv::Instruction::get_data:
        case emv::Instruction::put_data: {
            const emv::Tag tag = from_big_endian(p1, p2);
            const emv::TagInfo* info = emv::find_tag(tag);
            return fmt::format("{} {}", emv::tag_to_string(tag),
                               info ? emv::name_in(info->name, scheme) : "(not in the dictionary)");
        }
        case emv::Instruction::verify:
            return p2 == 0x80 ? "plaintext PIN" : p2 == 0x88 ? "enciphered PIN" : "";
        default:
            return {};
    }
}

}  // namespace posbench::card
