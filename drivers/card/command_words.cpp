#include "drivers/card/command_words.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "drivers/card/emulated/apdu.hpp"
#include "drivers/protocols/emv/tlv.hpp"

namespace posbench::card {
namespace {

constexpr std::size_t header_size = 4;

bool is_packed_digits(std::uint8_t octet) noexcept {
    return octet >> 4 <= 9 && (octet & 0x0F) <= 9;
}

bool is(std::uint8_t instruction, Instruction which) noexcept {
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
    const bool presents_pin = is(command[1], Instruction::verify) || is(command[1], Instruction::pin_change);
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

std::string shown_header(ByteView command) {
    const std::size_t end = std::min(command.size(), header_size), hidden = hidden_from(command);
    return to_hex(command.first(hidden)) + std::string(2 * (end - hidden), '*');
}

std::string parameters_in_words(ByteView command, emv::Scheme scheme) {
    if (command.size() < header_size) return {};
    const std::uint8_t p1 = command[2], p2 = command[3];
    switch (static_cast<Instruction>(command[1])) {
        case Instruction::select:
            if (p1 != select_by_name) return "not by name";
            return (p2 & 0x03) == 0x02 ? "by name, next occurrence" : "by name";
        case Instruction::read_record:
        case Instruction::update_record:
            return fmt::format("record {} of SFI {}", p1, p2 >> 3);
        case Instruction::generate_ac: {
            constexpr std::array types{"asks for AAC", "asks for TC", "asks for ARQC", "reserved type"};
            constexpr std::uint8_t combined = 0x10;
            return std::string(types[p1 >> 6]) + ((p1 & combined) != 0 ? " with CDA" : "");
        }
        case Instruction::get_data:
        case Instruction::put_data: {
            const emv::Tag tag = static_cast<emv::Tag>(p1) << 8 | p2;
            const emv::TagInfo* info = emv::find_tag(tag);
            return fmt::format("{} {}", emv::tag_to_string(tag),
                               info ? emv::name_in(info->name, scheme) : "(not in the dictionary)");
        }
        case Instruction::verify:
            return p2 == 0x80 ? "plaintext PIN" : p2 == 0x88 ? "enciphered PIN" : "";
        default:
            return {};
    }
}

}  // namespace posbench::card
