#include "bench/cli/card_script.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include <fmt/format.h>

#include "bench/runtime/ascii.hpp"
#include "bench/runtime/nearest.hpp"
#include "drivers/card/command_words.hpp"
#include "drivers/protocols/emv/apdu.hpp"

namespace posbench::cli {
namespace {

using Words = std::span<const std::string>;

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> words;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t begin = text.find_first_not_of(" \t\r", i);
        if (begin == std::string_view::npos) break;
        const std::size_t end = std::min(text.find_first_of(" \t\r", begin), text.size());
        words.emplace_back(text.substr(begin, end - begin));
        i = end;
    }
    return words;
}

std::string upper(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return result;
}

/// Octets of all words together; colons stand for blanks.
std::optional<Bytes> octets(Words words) {
    std::string text;
    for (const std::string& word : words) text += word + " ";
    std::ranges::replace(text, ':', ' ');
    return from_hex(text);
}

std::optional<int> number(const std::string& text, int low, int high) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole && value >= low && value <= high ? std::optional(value) : std::nullopt;
}

const Error no_tag{"a tag in hexadecimal, as in 9F36"};

/// ISO/IEC 7816-4 clause 5.2.2.1: more octets follow one whose bits 5 to 1 are set, and then one with bit 8.
Result<emv::Tag> tag(const std::string& text) {
    const auto octets = from_hex(text);
    if (!octets || octets->empty() || octets->size() > 3) return no_tag;
    std::size_t size = 1;
    if (((*octets)[0] & 0x1F) == 0x1F)
        while (size == 1 || (size <= octets->size() && ((*octets)[size - 1] & 0x80) != 0)) ++size;
    if (size > octets->size()) return Error{fmt::format("{} is half a tag: more octets follow", upper(text))};
    if (size < octets->size()) return Error{fmt::format("{} is more than one tag", upper(text))};
    emv::Tag value = 0;
    for (const std::uint8_t octet : *octets) value = value << 8 | octet;
    return value;
}

Step command(std::array<std::uint8_t, 4> header, ByteView data, emv::Le le = emv::Le::any) {
    return SendOctets{emv::make_apdu(header, data, le)};
}

Result<Step> select(Words words) {
    if (words.size() == 1 && upper(words[0]) == "PSE")
        return command({0x00, 0xA4, 0x04, 0x00}, as_bytes("1PAY.SYS.DDF01"));
    if (words.size() == 1 && upper(words[0]) == "PPSE")
        return command({0x00, 0xA4, 0x04, 0x00}, as_bytes("2PAY.SYS.DDF01"));
    const auto name = octets(words);
    if (!name || name->size() < 5 || name->size() > 16)
        return Error{"select: an identifier of 5 to 16 octets in hexadecimal, or pse, or ppse"};
    return command({0x00, 0xA4, 0x04, 0x00}, *name);
}

Result<Step> read(Words words) {
    const auto sfi = words.size() == 2 ? number(words[0], 1, 30) : std::nullopt;
    const auto record = words.size() == 2 ? number(words[1], 1, 255) : std::nullopt;
    if (!sfi || !record) return Error{"read: SFI (1 to 30) and record number (1 to 255)"};
    return command({0x00, 0xB2, static_cast<std::uint8_t>(*record), static_cast<std::uint8_t>(*sfi << 3 | 4)},
                   {});
}

bool is_pin(const std::string& text) {
    return text.size() >= 4 && text.size() <= 12 && runtime::is_all_digits(text);
}

/// ISO 9564 format 2 (EMV book 3, table 24).
Result<Step> verify(Words words) {
    const bool enciphered = words.size() == 2 && upper(words[1]) == "ENCIPHERED";
    if ((words.size() != 1 && !enciphered) || !is_pin(words[0]))
        return Error{"verify: a PIN of 4 to 12 digits, and perhaps enciphered"};
    if (enciphered) return VerifyEnciphered{words[0]};
    std::string block = fmt::format("2{:X}{}", words[0].size(), words[0]);
    block.resize(16, 'F');
    return command({0x00, 0x20, 0x00, 0x80}, hex(block), emv::Le::none);
}

Result<Step> get(Words words) {
    const auto object = words.size() == 1 ? tag(words[0]) : Result<emv::Tag>(no_tag);
    if (!object) return Error{"get: " + object.error().what};
    if (*object > 0xFFFF) return Error{"get: a tag of one or two octets, as in 9F36"};
    return command({0x80, 0xCA, static_cast<std::uint8_t>(*object >> 8), static_cast<std::uint8_t>(*object)},
                   {});
}

Result<Step> generate_ac(Words words) {
    constexpr std::uint8_t with_signature = 0x10;
    const bool combined = words.size() == 2 && upper(words[1]) == "CDA";
    const std::string type = words.size() == 1 || combined ? upper(words[0]) : "";
    const std::uint8_t signature = combined ? with_signature : std::uint8_t{0};
    if (type == "AAC") return GenerateAc{signature};
    if (type == "TC") return GenerateAc{static_cast<std::uint8_t>(0x40 | signature)};
    if (type == "ARQC") return GenerateAc{static_cast<std::uint8_t>(0x80 | signature)};
    return Error{"ac: one of aac, tc, arqc, and perhaps cda"};
}

bool is_response_code(const std::string& text) {
    return text.size() == 2 &&
           std::ranges::all_of(text, [](char c) { return runtime::is_digit(c) || runtime::is_letter(c); });
}

Result<Step> external_authenticate(Words words) {
    IssuerAnswer answer;
    Words rest = words;
    if (!rest.empty() && is_response_code(rest[0])) {
        answer.code = upper(rest[0]);
        rest = rest.subspan(1);
    }
    if (rest.size() == 2 && upper(rest[0]) == "CSU") {
        answer.csu = from_hex(rest[1]);
        rest = rest.subspan(answer.csu && answer.csu->size() == 4 ? 2 : 0);
    }
    if (rest.empty()) return answer;
    const auto data = answer.code.empty() ? octets(rest) : std::nullopt;
    if (!data || data->size() < 8 || data->size() > 16)
        return Error{
            "auth: a response code of two characters, perhaps csu and 4 octets; or 8 to 16 octets of issuer "
            "authentication data; or nothing"};
    return command({0x00, 0x82, 0x00, 0x00}, *data, emv::Le::none);
}

struct Block {
    std::string_view name;
    emv::Instruction instruction;
};
/// Those without data (EMV book 3 clauses 6.5.1 to 6.5.3, and 6.5.10 with P2 00).
constexpr std::array blocks{
    Block{"BLOCK", emv::Instruction::application_block},
    Block{"UNBLOCK", emv::Instruction::application_unblock},
    Block{"CARD-BLOCK", emv::Instruction::card_block},
    Block{"UNBLOCK-PIN", emv::Instruction::pin_change},
};

Result<Step> change_pin(Words words) {
    constexpr std::uint8_t with_current = 1, without_current = 2;
    if (words.empty() || words.size() > 2 || !std::ranges::all_of(words, is_pin))
        return Error{"script pin: the new PIN of 4 to 12 digits, and perhaps the current one"};
    IssuerScript script{{emv::Instruction::pin_change, 0, without_current, {}, words[0], {}}};
    if (words.size() == 2) {
        script.command.p2 = with_current;
        script.command.current_pin = words[1];
    }
    return script;
}

Result<Step> put(Words words) {
    const auto object = words.empty() ? Result<emv::Tag>(no_tag) : tag(words[0]);
    const auto value = words.size() < 2 ? std::nullopt : octets(words.subspan(1));
    if (!object || *object > 0xFFFF || !value)
        return Error{"script put: a tag of one or two octets and its value in hexadecimal"};
    return IssuerScript{{emv::Instruction::put_data,
                         static_cast<std::uint8_t>(*object >> 8),
                         static_cast<std::uint8_t>(*object),
                         *value,
                         {},
                         {}}};
}

Result<Step> update(Words words) {
    const auto sfi = words.size() > 2 ? number(words[0], 1, 30) : std::nullopt;
    const auto record = words.size() > 2 ? number(words[1], 1, 255) : std::nullopt;
    const auto value = words.size() > 2 ? octets(words.subspan(2)) : std::nullopt;
    if (!sfi || !record || !value)
        return Error{"script update: SFI (1 to 30), record number (1 to 255), the record in hexadecimal"};
    return IssuerScript{{emv::Instruction::update_record,
                         static_cast<std::uint8_t>(*record),
                         static_cast<std::uint8_t>(*sfi << 3 | 4),
                         *value,
                         {},
                         {}}};
}

Result<Step> script_command(Words words) {
    const std::string name = words.empty() ? "" : upper(words[0]);
    if (name == "PIN") return change_pin(words.subspan(1));
    if (name == "PUT") return put(words.subspan(1));
    if (name == "UPDATE") return update(words.subspan(1));
    for (const Block& block : blocks)
        if (block.name == name && words.size() == 1)
            return IssuerScript{{block.instruction, 0, 0, {}, {}, {}}};
    return Error{
        "script: one of block, unblock, card-block, unblock-pin, pin NEWPIN [CURRENT], put TAG HEX, update "
        "SFI "
        "RECORD HEX"};
}

Result<Step> set_object(Words words) {
    const auto object = words.empty() ? Result<emv::Tag>(no_tag) : tag(words[0]);
    if (!object) return Error{"set: " + object.error().what};
    const auto value = words.size() < 2 ? std::nullopt : octets(words.subspan(1));
    if (!value) return Error{"set: a tag and its value in hexadecimal"};
    return SetObject{*object, *value};
}

template <class Kind>
Result<Step> alone(Words words) {
    if (!words.empty()) return Error{"this command stands alone"};
    return Kind{};
}

Result<Step> get_challenge(Words words) {
    if (!words.empty()) return Error{"this command stands alone"};
    return command({0x00, 0x84, 0x00, 0x00}, {});
}

struct Verb {
    std::string_view name;
    Result<Step> (*parse)(Words words);
};
constexpr std::array verbs{
    Verb{"SELECT", select},
    Verb{"GPO", alone<ProcessingOptions>},
    Verb{"READ", read},
    Verb{"RECORDS", alone<ReadAllRecords>},
    Verb{"VERIFY", verify},
    Verb{"GET", get},
    Verb{"CHALLENGE", get_challenge},
    Verb{"AC", generate_ac},
    Verb{"AUTH", external_authenticate},
    Verb{"DDA", alone<InternalAuthenticate>},
    Verb{"SCRIPT", script_command},
    Verb{"SET", set_object},
    Verb{"RESET", alone<ResetCard>},
    Verb{"INSERT", alone<InsertCard>},
    Verb{"HELP", alone<Help>},
    Verb{"QUIT", alone<Quit>},
    Verb{"EXIT", alone<Quit>},
};

Result<Step> parse_step(Words words) {
    const std::string first = upper(words.front());
    for (const Verb& verb : verbs)
        if (verb.name == first) return verb.parse(words.subspan(1));
    auto raw = octets(words);
    if (raw) return SendOctets{*std::move(raw)};  // fewer than four are no command: the card is to say so
    std::vector<std::string> names;
    for (const Verb& verb : verbs) names.emplace_back(verb.name);
    const std::string nearest = runtime::nearest_name(first, names);
    if (nearest.empty()) return Error{"neither octets in hexadecimal nor a command by name"};
    return Error{
        fmt::format("neither octets in hexadecimal nor a command by name (did you mean '{}'?)", nearest)};
}

/// "expect 63Cx" in a comment; any other comment says nothing.
Result<std::optional<std::string>> parse_expectation(std::string_view comment) {
    const auto words = split(comment);
    const std::string first = words.empty() ? "" : upper(words[0]);
    if (first == "EXPECTS" || first == "EXPECT:")
        return Error{"'# expect' and a status word, if this is to be checked"};
    if (first != "EXPECT") return std::optional<std::string>();
    const std::string pattern = words.size() == 2 ? upper(words[1]) : "";
    if (pattern.size() != 4 || pattern.find_first_not_of("0123456789ABCDEFX") != std::string::npos)
        return Error{"expect: four hexadecimal digits, x for any"};
    return std::optional(pattern);
}

}  // namespace

Result<ScriptLine> parse_script_line(std::string_view text) {
    constexpr std::size_t longest = 4096;
    if (text.size() > longest) return Error{fmt::format("longer than {} characters", longest)};
    ScriptLine line;
    const std::size_t hash = text.find('#');
    if (hash != std::string_view::npos) {
        const auto expected = parse_expectation(text.substr(hash + 1));
        if (!expected) return expected.error();
        line.expected = *expected;
    }
    const auto words = split(text.substr(0, hash));
    if (words.empty()) return line;
    auto step = parse_step(words);
    if (!step) return step.error();
    line.step = *std::move(step);
    return line;
}

bool may_hold_pin(std::string_view text) {
    const auto line = parse_script_line(text);
    const auto words = split(text.substr(0, text.find('#')));
    if (!line) return std::ranges::any_of(words, is_pin);
    if (!line->step) return false;
    if (const auto* script = std::get_if<IssuerScript>(&*line->step)) return !script->command.pin.empty();
    const auto* raw = std::get_if<SendOctets>(&*line->step);
    if (!raw) return std::holds_alternative<VerifyEnciphered>(*line->step);
    return card::command_name(raw->command) == "VERIFY" || card::begins_like_pin_block(raw->command) ||
           card::shown_header(raw->command).find('*') != std::string::npos;
}

Script parse_script(std::string_view text, std::string_view name) {
    Script script;
    bool has_command = false;
    int number = 0;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        auto line = parse_script_line(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        ++number;
        if (!line) {
            script.errors.push_back(fmt::format("{}:{}: {}", name, number, line.error().what));
            continue;
        }
        line->number = number;
        has_command = has_command || line->step;
        if (line->expected && !has_command)
            script.errors.push_back(
                fmt::format("{}:{}: expect: there is no command before it", name, number));
        script.lines.push_back(*std::move(line));
    }
    return script;
}

bool meets(std::uint16_t sw, std::string_view expected) {
    const std::string digits = fmt::format("{:04X}", sw);
    return std::ranges::equal(digits, expected,
                              [](char digit, char wanted) { return wanted == 'X' || wanted == digit; });
}

}  // namespace posbench::cli
