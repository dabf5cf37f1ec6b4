#include "drivers/card/dialogue.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "bench/runtime/plural.hpp"
#include "drivers/card/command_words.hpp"
#include "drivers/card/status_words.hpp"
#include "drivers/card/transaction_log.hpp"
#include "drivers/protocols/emv/mask.hpp"

namespace posbench::card {
namespace {

constexpr std::size_t longest_name = 16;  ///< octets
constexpr std::size_t header_size = 4;
constexpr emv::Tag format_1 = 0x80, cryptogram_tag = 0x9F26;

bool is(std::uint8_t instruction, emv::Instruction which) noexcept {
    return instruction == static_cast<std::uint8_t>(which);
}

/// Class FF is no card's (PC/SC part 3 clause 3.2.2.1).
bool is_readers_own(ByteView command) noexcept {
    return !command.empty() && command.front() == 0xFF;
}

std::string stars(std::size_t octets) {
    return std::string(octets, '*');
}

/// A value without tags by its parts; `rest` takes what is left.
struct Part {
    emv::Tag tag;
    std::size_t size;
};
constexpr std::size_t rest = 0;

/// Template 80 of an instruction (EMV book 3 clauses 6.5.8.4, 6.5.5.4 and 6.5.9.4); empty where it has none.
std::span<const Part> format_1_parts(std::uint8_t instruction) noexcept {
    static constexpr std::array options{Part{0x82, 2}, Part{0x94, rest}};
    static constexpr std::array cryptogram{Part{0x9F27, 1}, Part{0x9F36, 2}, Part{0x9F26, 8},
                                           Part{0x9F10, rest}};
    static constexpr std::array signature{Part{0x9F4B, rest}};
    if (is(instruction, emv::Instruction::get_processing_options)) return options;
    if (is(instruction, emv::Instruction::generate_ac)) return cryptogram;
    if (is(instruction, emv::Instruction::internal_authenticate)) return signature;
    return {};
}

/// The value of a template of format 1; none when the answer is something else.
std::optional<Bytes> format_1_value(std::uint8_t instruction, ByteView data) {
    if (format_1_parts(instruction).empty()) return std::nullopt;
    const auto list = emv::parse_tlv(data);
    if (!list || list->size() != 1 || list->front().tag != format_1) return std::nullopt;
    return list->front().value;
}

emv::Lines describe_format_1(std::span<const Part> parts, ByteView value, const emv::Reading& reading) {
    emv::Lines lines{{0, "80", "Response Message Template Format 1", {}}};
    for (const Part& part : parts) {
        const std::size_t size = part.size == rest ? value.size() : part.size;
        if (size > value.size()) {
            lines.push_back({1, {}, "ends too early", to_hex(value)});
            break;
        }
        if (size == 0) continue;
        for (emv::Line& line : emv::describe_object(part.tag, value.first(size), reading, 1))
            lines.push_back(std::move(line));
        value = value.subspan(size);
    }
    return lines;
}

/// All data objects of an answer; none where it is no BER-TLV.
emv::TlvMap objects_in(std::uint8_t instruction, ByteView data) {
    emv::TlvMap objects;
    if (const auto value = format_1_value(instruction, data)) {
        ByteView left = *value;
        for (const Part& part : format_1_parts(instruction)) {
            const std::size_t size = part.size == rest ? left.size() : part.size;
            if (size > left.size()) break;
            objects.set(part.tag, left.first(size));
            left = left.subspan(size);
        }
    } else if (const auto list = emv::parse_tlv(data)) {
        objects.absorb(*list);
    }
    return objects;
}

void learn_dol(const emv::TlvMap& objects, emv::Tag tag, std::vector<emv::DolEntry>& dol) {
    const Bytes* object = objects.find(tag);
    if (!object) return;
    if (auto entries = emv::parse_dol(*object)) dol = *std::move(entries);
}

/// Says how the answer ends; its data, none where it has no status word.
std::optional<ByteView> take_status(Exchange& exchange, ByteView answer) {
    if (answer.size() < 2) {
        exchange.sw_in_words = answer.empty() ? "no answer" : "an answer without a status word";
        return std::nullopt;
    }
    const ByteView data = answer.first(answer.size() - 2);
    exchange.sw = from_big_endian(answer[data.size()], answer[data.size() + 1]);
    exchange.sw_in_words = status_in_words(*exchange.sw);
    return data;
}

}  // namespace

void Dialogue::reset() {
    heard_ = {};
    signatures_.reset();
    instruction_ = 0;
}

Exchange Dialogue::hear(ByteView command, ByteView answer, Heard how) {
    Exchange exchange = listen(command, answer, how);
    if (secrets_ == emv::Secrets::masked) hide_pans(exchange);
    return exchange;
}

void Dialogue::hide_pans(Exchange& exchange) const {
    for (const std::string& pan : pans_) {
        exchange.octets = emv::without_known_pan(std::move(exchange.octets), pan);
        for (emv::Lines* lines : {&exchange.data, &exchange.response})
            for (emv::Line& line : *lines) line.value = emv::without_known_pan(std::move(line.value), pan);
    }
}

Exchange Dialogue::listen(ByteView command, ByteView answer, Heard how) {
    Exchange exchange;
    exchange.command = command_name(command);
    const std::uint8_t ins = command.size() > 1 ? command[1] : 0;
    if (is_readers_own(command)) return hear_reader(command, answer);
    if (!is(ins, emv::Instruction::get_response)) instruction_ = ins;
    if (is(ins, emv::Instruction::read_record)) file_ = command.size() < header_size ? 0 : command[3] >> 3;
    describe_command(exchange, command);
    note_question(command);
    const auto data = take_status(exchange, answer);
    if (!data) return exchange;
    // A blocked application has told its lists all the same.
    emv::Lines of_signature;
    if (*exchange.sw == emv::sw::ok || *exchange.sw == emv::sw::application_blocked)
        of_signature = learn(instruction_, *data);
    if (how == Heard::altered && secrets_ == emv::Secrets::masked) {
        exchange.response = withheld(*data, "altered by a fault").lines;
        return exchange;
    }
    exchange.response = describe_answer(instruction_, *data);
    append(exchange.response, std::move(of_signature));
    return exchange;
}

/// No card is asked: nothing is learnt. Keys of other cards may stand in the data.
Exchange Dialogue::hear_reader(ByteView command, ByteView answer) const {
    Exchange exchange;
    exchange.command = "command of the reader";
    const std::size_t header = std::min(command.size(), header_size);
    exchange.octets = to_hex(command.first(header));
    const bool get_data = header == header_size && is(command[1], emv::Instruction::get_data);
    if (get_data && command[3] == 0x00 && command[2] <= 0x01)
        exchange.asks = command[2] == 0x00 ? "asks for the card's unique identifier"
                                           : "asks for the historical octets of the answer to select";
    if (const ByteView behind = command.subspan(header); behind.size() == 1)
        exchange.octets += " " + to_hex(behind);
    else if (!behind.empty())
        exchange.octets += " " + stars(behind.size());
    const auto data = take_status(exchange, answer);
    if (!data) return exchange;
    if (!data->empty()) exchange.response = withheld(*data, "data of the reader").lines;
    if (get_data && !data->empty()) exchange.response = {{0, {}, "data of the reader", to_hex(*data)}};
    return exchange;
}

void Dialogue::describe_command(Exchange& exchange, ByteView octets) const {
    exchange.octets = shown_header(octets);
    // Where a PIN may stand in the header it may stand behind it too, even if the length happens to be right.
    const bool hidden = exchange.octets.find('*') != std::string::npos;
    const auto command = hidden ? std::nullopt : emv::parse_command(octets);
    if (!hidden) exchange.asks = parameters_in_words(octets, reading().scheme);
    if (octets.size() <= header_size) return;
    if (!command) {
        const Data shown = withheld(octets.subspan(header_size), "no command APDU of the short form");
        exchange.data = shown.lines;
        exchange.octets += " " + shown.octets;
        return;
    }
    if (command->data.empty()) {
        exchange.octets += " " + to_hex(octets.subspan(header_size));  // Le alone, or nothing
        return;
    }
    Data shown = describe_data(*command);
    exchange.data = std::move(shown.lines);
    exchange.octets += fmt::format(" {:02X} {}", command->data.size(), shown.octets);
    if (octets.size() > command->octets.size()) exchange.octets += " " + to_hex(octets.last(1));
}

Dialogue::Data Dialogue::describe_data(const emv::CommandApdu& command) const {
    const ByteView data = command.data;
    switch (static_cast<emv::Instruction>(command.ins)) {
        case emv::Instruction::select:
            if (command.p1 != emv::select_by_name || data.size() > longest_name) break;
            return plain(0x84, data);
        case emv::Instruction::verify:
            return {{{0, {}, "PIN block", stars(data.size())}}, stars(data.size())};
        case emv::Instruction::external_authenticate:
            return plain(0x91, data);
        case emv::Instruction::get_processing_options:
            return describe_options(data);
        case emv::Instruction::generate_ac:
            return describe_dol_data(next_cdol(), data);
        case emv::Instruction::internal_authenticate:
            return describe_dol_data(heard_.ddol, data);
        case emv::Instruction::recover_ac:
            return describe_dol_data(heard_.drdol, data);
        default:
            break;
    }
    return withheld(data, "command data");
}

Dialogue::Data Dialogue::plain(emv::Tag tag, ByteView data) const {
    const Bytes shown =
        secrets_ == emv::Secrets::masked ? emv::without_pan(data) : Bytes(data.begin(), data.end());
    return {emv::describe_object(tag, data, reading()), to_hex(shown)};
}

/// What nobody can say the meaning of: only in clear.
Dialogue::Data Dialogue::withheld(ByteView data, std::string name) const {
    const bool clear = secrets_ == emv::Secrets::clear;
    return {{{0, {}, std::move(name), fmt::format("<{} bytes>", data.size())}},
            clear ? to_hex(data) : stars(data.size())};
}

Dialogue::Data Dialogue::describe_options(ByteView data) const {
    const auto list = emv::parse_tlv(data);
    if (!list || list->size() != 1 || list->front().tag != 0x83) return withheld(data, "command data");
    const Bytes& values = list->front().value;
    Data inner = describe_dol_data(heard_.pdol, values);
    Data all{{{0, "83", "Command Template", {}}}, to_hex(data.first(data.size() - values.size()))};
    for (emv::Line& line : inner.lines) {
        ++line.depth;
        all.lines.push_back(std::move(line));
    }
    all.octets += inner.octets;
    return all;
}

Dialogue::Data Dialogue::describe_dol_data(const std::vector<emv::DolEntry>& dol, ByteView data) const {
    if (data.empty()) return {};
    if (emv::dol_size(dol) != data.size())
        return withheld(data, dol.empty() ? "data after a list that was not heard"
                                          : fmt::format("data, where the list asks for {}",
                                                        runtime::counted(emv::dol_size(dol), "octet")));
    return {emv::describe_dol_data(dol, data, reading()),
            secrets_ == emv::Secrets::clear ? to_hex(data) : emv::mask_dol_data(dol, data)};
}

emv::Lines Dialogue::describe_answer(std::uint8_t instruction, ByteView data) const {
    if (data.empty()) return {};
    if (is(instruction, emv::Instruction::get_challenge)) return {{0, {}, "challenge", to_hex(data)}};
    if (const auto value = format_1_value(instruction, data))
        return describe_format_1(format_1_parts(instruction), *value, reading());
    if (!answers_log(instruction)) return emv::describe_tlv(data, reading());
    return describe_log_record(heard_.log_format, "its format 9F4F was not asked for", data, reading());
}

bool Dialogue::answers_log(std::uint8_t instruction) const noexcept {
    return is(instruction, emv::Instruction::read_record) && file_ != 0 && file_ == heard_.log_file;
}

bool Dialogue::lacks_issuer_authentication() const noexcept {
    constexpr std::uint8_t issuer_authentication = 0x04;
    return !heard_.profile.empty() && (heard_.profile.front() & issuer_authentication) == 0;
}

/// What a signature in the answer is over.
void Dialogue::note_question(ByteView octets) {
    const auto command = emv::parse_command(octets);
    if (!command) return;
    if (is(command->ins, emv::Instruction::generate_ac))
        return signatures_.asked(command->ins, next_cdol(), command->data, heard_.asked_issuer);
    if (is(command->ins, emv::Instruction::internal_authenticate))
        return signatures_.asked(command->ins, heard_.ddol, command->data, false);
    if (!is(command->ins, emv::Instruction::get_processing_options)) return;
    const auto list = emv::parse_tlv(command->data);
    if (list && list->size() == 1 && list->front().tag == 0x83)
        signatures_.asked(command->ins, heard_.pdol, list->front().value, false);
}

emv::Lines Dialogue::learn(std::uint8_t instruction, ByteView data) {
    if (answers_log(instruction)) return {};
    emv::TlvMap objects = objects_in(instruction, data);
    if (is(instruction, emv::Instruction::select)) {
        reset();
        instruction_ = instruction;
        const ByteView name = objects.get(0x84);
        heard_.application.assign(name.begin(), name.end());
        heard_.log_file = log_file(objects.get(log_entry_tag));
        if (card_keys_) heard_.card_keys = card_keys_(name);
    }
    learn_dol(objects, 0x9F38, heard_.pdol);
    learn_dol(objects, 0x8C, heard_.cdol1);
    learn_dol(objects, 0x8D, heard_.cdol2);
    learn_dol(objects, 0x9F49, heard_.ddol);
    learn_dol(objects, log_format_tag, heard_.log_format);
    if (reading().scheme == emv::Scheme::mastercard) learn_dol(objects, 0x9F51, heard_.drdol);
    const auto finding = heard_.card_keys.empty()
                             ? std::nullopt
                             : signatures_.answered(instruction, data, objects, heard_.card_keys);
    if (finding && finding->cryptogram) objects.set(cryptogram_tag, *finding->cryptogram);
    const bool begins = is(instruction, emv::Instruction::get_processing_options);
    if (begins) learn_options(objects);
    if (finding && finding->number) heard_.dynamic_number = finding->number;
    if (is(instruction, emv::Instruction::generate_ac) || (begins && objects.has(cryptogram_tag)))
        learn_cryptogram(objects);
    if (begins)
        heard_.asked_issuer = false;  // of a quick profile: no command tells the card the issuer's answer
    if (!finding) return {};
    emv::Lines lines{{0, {}, fmt::format("signature 9F4B: {}", finding->words), {}}};
    if (finding->cryptogram)
        append(lines, emv::describe_object(cryptogram_tag, *finding->cryptogram, reading(), 1));
    return lines;
}

/// A transaction begins.
void Dialogue::learn_options(const emv::TlvMap& objects) {
    heard_.asked_issuer = false;
    heard_.dynamic_number.reset();
    const ByteView profile = objects.get(0x82), locator = objects.get(0x94);
    heard_.profile.assign(profile.begin(), profile.end());
    heard_.file_locator.emplace(locator.begin(), locator.end());
}

void Dialogue::learn_cryptogram(const emv::TlvMap& objects) {
    constexpr std::uint8_t type_bits = 0xC0, arqc = 0x80;
    const ByteView information = objects.get(0x9F27), counter = objects.get(0x9F36);
    const ByteView octets = objects.get(cryptogram_tag);
    const bool second = heard_.asked_issuer;
    heard_.asked_issuer = !second && !information.empty() && (information[0] & type_bits) == arqc;
    heard_.cryptogram.reset();
    if (!second) heard_.first_cryptogram.reset();
    if (counter.size() != 2 || octets.size() != 8) return;
    heard_.cryptogram = Cryptogram{from_big_endian(counter[0], counter[1]),
                                   Bytes(octets.begin(), octets.end()), signatures_.terminal_knows_sm()};
    if (!second) heard_.first_cryptogram = heard_.cryptogram;
}

}  // namespace posbench::card
