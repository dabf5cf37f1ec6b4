#include "drivers/card/dialogue.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "drivers/card/emulated/apdu.hpp"
#include "drivers/card/status_words.hpp"

namespace posbench::card {
namespace {

constexpr std::uint8_t get_response = 0xC0;
constexpr std::uint8_t select_by_name = 0x04;  ///< P1
constexpr std::size_t longest_name = 16;       ///< octets
constexpr emv::Tag format_1 = 0x80;

constexpr bool is(std::uint8_t instruction, Instruction which) noexcept {
    return instruction == static_cast<std::uint8_t>(which);
}

/// P1 and P2 in words.
std::string asks(const CommandApdu& command) {
    switch (static_cast<Instruction>(command.ins)) {
        case Instruction::select:
            if (command.p1 != select_by_name) return "not by name";
            return (command.p2 & 0x03) == 0x02 ? "by name, next occurrence" : "by name";
        case Instruction::read_record:
            return fmt::format("record {} of SFI {}", command.p1, command.p2 >> 3);
        case Instruction::generate_ac: {
            constexpr std::array types{"asks for AAC", "asks for TC", "asks for ARQC", "reserved type"};
            return types[command.p1 >> 6];
        }
        case Instruction::get_data: {
            const emv::Tag tag = static_cast<emv::Tag>(command.p1) << 8 | command.p2;
            const emv::TagInfo* info = emv::find_tag(tag);
            return fmt::format("{} {}", emv::tag_to_string(tag),
                               info ? info->name : std::string_view("(not in the dictionary)"));
        }
        default:
            return {};
    }
}

emv::Lines withheld(ByteView data, std::string name) {
    return {{0, {}, std::move(name), fmt::format("<{} bytes>", data.size())}};
}

/// The one value of a template of format 1; none when the answer is something else.
std::optional<Bytes> format_1_value(ByteView data) {
    const auto list = emv::parse_tlv(data);
    if (!list || list->size() != 1 || list->front().tag != format_1) return std::nullopt;
    return list->front().value;
}

/// First object of that tag, templates opened.
const emv::Tlv* find(const std::vector<emv::Tlv>& list, emv::Tag tag) {
    for (const emv::Tlv& object : list) {
        if (object.tag == tag) return &object;
        if (const emv::Tlv* inside = find(object.children, tag)) return inside;
    }
    return nullptr;
}

void learn_dol(const std::vector<emv::Tlv>& heard, emv::Tag tag, std::vector<emv::DolEntry>& dol) {
    const emv::Tlv* object = find(heard, tag);
    if (!object) return;
    if (auto entries = emv::parse_dol(object->value)) dol = *std::move(entries);
}

}  // namespace

void Dialogue::reset() {
    pdol_.clear();
    cdol1_.clear();
    cdol2_.clear();
    asked_issuer_ = false;
    instruction_ = 0;
}

Exchange Dialogue::hear(ByteView command, ByteView answer) {
    Exchange exchange;
    const std::uint8_t ins = command.size() > 1 ? command[1] : 0;
    exchange.command = ins == get_response && command.size() > 1 ? "GET RESPONSE" : command_name(command);
    exchange.header = to_hex(command.first(std::min<std::size_t>(command.size(), 4)));
    if (ins != get_response) instruction_ = ins;
    describe_command(exchange, command);
    if (answer.size() < 2) {
        exchange.sw_in_words = answer.empty() ? "no answer" : "an answer without a status word";
        return exchange;
    }
    const ByteView data = answer.first(answer.size() - 2);
    exchange.sw = static_cast<std::uint16_t>(answer[data.size()] << 8 | answer[data.size() + 1]);
    exchange.sw_in_words = status_in_words(*exchange.sw);
    exchange.response = describe_answer(instruction_, data);
    // A blocked application has told its lists all the same.
    if (*exchange.sw == sw::ok || *exchange.sw == sw::application_blocked) learn(instruction_, data);
    return exchange;
}

void Dialogue::describe_command(Exchange& exchange, ByteView octets) const {
    const auto command = parse_command(octets);
    if (!command) {
        if (octets.size() > 4)
            exchange.data = withheld(octets.subspan(4), "no command APDU of the short form");
        return;
    }
    exchange.asks = asks(*command);
    const ByteView data = command->data;
    if (data.empty()) return;
    switch (static_cast<Instruction>(command->ins)) {
        case Instruction::select:
            if (command->p1 != select_by_name || data.size() > longest_name) break;
            exchange.data = emv::describe_object(0x84, data, secrets_);
            return;
        case Instruction::verify:
            exchange.data = {{0, {}, "PIN block", std::string(data.size(), '*')}};
            return;
        case Instruction::external_authenticate:
            exchange.data = emv::describe_object(0x91, data, secrets_);
            return;
        case Instruction::get_processing_options: {
            const auto list = emv::parse_tlv(data);
            if (list && list->size() == 1 && list->front().tag == 0x83) {
                exchange.data = {{0, "83", "Command Template", {}}};
                for (emv::Line& line : describe_dol_command(pdol_, list->front().value)) {
                    ++line.depth;
                    exchange.data.push_back(std::move(line));
                }
                return;
            }
            break;
        }
        case Instruction::generate_ac:
            exchange.data = describe_dol_command(next_cdol(), data);
            return;
        default:
            break;
    }
    exchange.data = withheld(data, "command data");
}

emv::Lines Dialogue::describe_dol_command(const std::vector<emv::DolEntry>& dol, ByteView data) const {
    if (data.empty()) return {};
    if (emv::dol_size(dol) != data.size())
        return withheld(
            data, dol.empty() ? "data after a list that was not heard"
                              : fmt::format("data, where the list asks for {} octets", emv::dol_size(dol)));
    return emv::describe_dol_data(dol, data, secrets_);
}

emv::Lines Dialogue::describe_answer(std::uint8_t instruction, ByteView data) const {
    if (data.empty()) return {};
    if (is(instruction, Instruction::get_challenge)) return {{0, {}, "challenge", to_hex(data)}};
    const bool has_format_1 =
        is(instruction, Instruction::get_processing_options) || is(instruction, Instruction::generate_ac);
    if (const auto value = has_format_1 ? format_1_value(data) : std::nullopt)
        return describe_format_1(instruction, *value);
    return emv::describe_tlv(data, secrets_);
}

/// Values without tags: AIP and AFL (EMV book 3 clause 6.5.8.4), or cryptogram information, counter,
/// cryptogram and issuer's data (6.5.5.4).
emv::Lines Dialogue::describe_format_1(std::uint8_t instruction, ByteView value) const {
    constexpr std::size_t rest = 0;
    struct Part {
        emv::Tag tag;
        std::size_t size;
    };
    static constexpr std::array options{Part{0x82, 2}, Part{0x94, rest}};
    static constexpr std::array cryptogram{Part{0x9F27, 1}, Part{0x9F36, 2}, Part{0x9F26, 8},
                                           Part{0x9F10, rest}};
    const auto parts = is(instruction, Instruction::generate_ac) ? std::span<const Part>(cryptogram)
                                                                 : std::span<const Part>(options);
    emv::Lines lines{{0, "80", "Response Message Template Format 1", {}}};
    for (const Part& part : parts) {
        const std::size_t size = part.size == rest ? value.size() : part.size;
        if (size > value.size()) {
            lines.push_back({1, {}, "ends too early", to_hex(value)});
            break;
        }
        if (size == 0) continue;
        for (emv::Line& line : emv::describe_object(part.tag, value.first(size), secrets_, 1))
            lines.push_back(std::move(line));
        value = value.subspan(size);
    }
    return lines;
}

void Dialogue::learn(std::uint8_t instruction, ByteView data) {
    if (is(instruction, Instruction::select)) {
        reset();
        instruction_ = instruction;
    }
    const auto heard = emv::parse_tlv(data);
    if (!heard) return;
    learn_dol(*heard, 0x9F38, pdol_);
    learn_dol(*heard, 0x8C, cdol1_);
    learn_dol(*heard, 0x8D, cdol2_);
    if (!is(instruction, Instruction::generate_ac)) return;
    constexpr std::uint8_t type_bits = 0xC0, arqc = 0x80;
    const emv::Tlv* information = find(*heard, 0x9F27);
    if (!information) information = find(*heard, format_1);  // there it is the first octet
    asked_issuer_ =
        information && !information->value.empty() && (information->value.front() & type_bits) == arqc;
}

}  // namespace posbench::card
