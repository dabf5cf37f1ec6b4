#include "drivers/card/emulated/apdu.hpp"

#include <fmt/format.h>

#include "drivers/card/command_words.hpp"

namespace posbench::card {

std::optional<CommandApdu> parse_command(ByteView octets) noexcept {
    constexpr std::size_t header = 4;
    if (octets.size() < header) return std::nullopt;
    CommandApdu command{octets[0], octets[1], octets[2], octets[3], {}, octets.first(header), 0};
    // Cases 1 and 2: nothing, or the expected length alone.
    if (octets.size() == header + 1) command.expected = expected_length(octets[header]);
    if (octets.size() <= header + 1) return command;
    // Cases 3 and 4: length, data, perhaps the expected length.
    const std::size_t length = octets[header];
    const std::size_t behind = octets.size() - header - 1;
    if (length == 0 || (behind != length && behind != length + 1)) return std::nullopt;
    command.data = octets.subspan(header + 1, length);
    command.octets = octets.first(header + 1 + length);
    if (behind > length) command.expected = expected_length(octets.back());
    return command;
}

std::optional<RecordAddress> record_address(const CommandApdu& command) noexcept {
    constexpr std::uint8_t number_in_p1 = 0x04;
    if ((command.p2 & 0x07) != number_in_p1 || command.p1 == 0) return std::nullopt;
    return RecordAddress{static_cast<std::uint8_t>(command.p2 >> 3), command.p1};
}

std::string command_name(ByteView octets) {
    if (octets.size() < 2 || begins_like_pin_block(octets)) return "malformed";
    switch (static_cast<Instruction>(octets[1])) {
        case Instruction::card_block:
            return "CARD BLOCK";
        case Instruction::application_unblock:
            return "APPLICATION UNBLOCK";
        case Instruction::application_block:
            return "APPLICATION BLOCK";
        case Instruction::pin_change:
            return "PIN CHANGE/UNBLOCK";
        case Instruction::internal_authenticate:
            return "INTERNAL AUTHENTICATE";
        case Instruction::put_data:
            return "PUT DATA";
        case Instruction::update_record:
            return "UPDATE RECORD";
        case Instruction::verify:
            return "VERIFY";
        case Instruction::external_authenticate:
            return "EXTERNAL AUTHENTICATE";
        case Instruction::get_challenge:
            return "GET CHALLENGE";
        case Instruction::select:
            return "SELECT";
        case Instruction::get_processing_options:
            return "GET PROCESSING OPTIONS";
        case Instruction::generate_ac:
            return "GENERATE AC";
        case Instruction::read_record:
            return "READ RECORD";
        case Instruction::get_response:
            return "GET RESPONSE";
        case Instruction::get_data:
            return "GET DATA";
        case Instruction::recover_ac:
            return "RECOVER AC";
    }
    return fmt::format("INS {:02X}", octets[1]);
}

}  // namespace posbench::card
