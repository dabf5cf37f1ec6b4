#include <algorithm>
#include <charconv>
#include <iostream>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/cli/card_print.hpp"
#include "bench/cli/commands.hpp"
#include "bench/cli/given_octets.hpp"
#include "bench/cli/load_dialect.hpp"
#include "bench/cli/read_text.hpp"
#include "bench/judge/verdict.hpp"
#include "bench/runtime/plural.hpp"
#include "drivers/protocols/iso8583/mac.hpp"
#include "drivers/protocols/iso8583/print.hpp"
#include "drivers/protocols/iso8583/recognise.hpp"

namespace posbench::cli {
namespace {

using iso8583::Dialect;
using iso8583::Message;
using iso8583::Recognised;

constexpr std::size_t most_characters = 1 << 20;

[[noreturn]] void refuse(const std::string& what) {
    throw config::ConfigError({}, what);
}

/// What was given in words on the command line, else in a file.
std::string given(const std::vector<std::string>& words, const std::string& input, char between) {
    std::string text;
    for (const std::string& word : words) text += word + between;
    if (!words.empty()) return text;
    text = read_text(input, most_characters);
    if (text.size() > most_characters) refuse(fmt::format("more than {} characters", most_characters));
    return text;
}

Bytes octets_of(const std::string& text, std::string_view what) {
    auto octets = from_hex(text);
    if (!octets) refuse(fmt::format("{} is hexadecimal", what));
    return *std::move(octets);
}

iso8583::MacFunction mac_of(const Dialect& dialect, const std::string& key) {
    if (key.empty()) return {};
    try {
        return iso8583::mac_function(dialect, octets_of(key, "--mac-key"));
    } catch (const std::invalid_argument& error) {
        refuse(error.what());
    }
}

std::string in_front(const Dialect& dialect, const Recognised& one) {
    std::string text = dialect.name;
    if (one.length) text += fmt::format(", length {}", *one.length);
    if (one.frame && dialect.framing.tpdu) text += ", TPDU " + to_hex(one.frame->tpdu.octets);
    if (one.frame && !one.frame->header.empty()) text += ", header " + to_hex(one.frame->header);
    return text;
}

/// What the code is, in words; empty without one.
std::string mac_in_words(const Recognised& one, const iso8583::MacFunction& mac) {
    const Message message(one.message);
    switch (iso8583::check_mac(message, one.message.octets(), mac)) {
        case iso8583::MacState::ok:
            return "right";
        case iso8583::MacState::bad:
            return "wrong under this key";
        case iso8583::MacState::absent:
        case iso8583::MacState::unchecked:
            break;
    }
    return {};
}

/// @param mac empty: no key was given
void print_message(const Dialect& dialect, const Recognised& one, const iso8583::MacFunction& mac,
                   emv::Secrets secrets, bool colour) {
    std::cout << in_ink(Ink::heading, in_front(dialect, one), colour) << '\n';
    std::cout << fmt::format("{}  {}\n", in_ink(Ink::value, one.message.mti(), colour),
                             iso8583::message_type_in_words(one.message.mti()));
    for (const iso8583::PrintedField& field : iso8583::print(dialect, one.message, secrets)) {
        std::string value = field.value;
        if (field.number == iso8583::mac_field(one.message.bitmap()))
            if (const std::string words = mac_in_words(one, mac); !words.empty()) value += ", " + words;
        std::cout << fmt::format("{}  {}{}{}\n", in_ink(Ink::tag, fmt::format("{:>3}", field.number), colour),
                                 in_ink(Ink::plain, field.name, colour), value.empty() ? "" : "  ",
                                 in_ink(Ink::value, value, colour));
        print_lines(std::cout, field.objects, 5, colour);
    }
    if (mac && !one.message.has(iso8583::mac_field(one.message.bitmap())))
        std::cout << in_ink(Ink::bad, "     no message authentication code", colour) << '\n';
}

/// "38 octets are no message of unionpay-pos; read as …".
std::string why_no_message(const Dialect& dialect, std::size_t octets, const iso8583::NotRecognised& why) {
    const auto& [form, before, whole, error] = why;
    const std::string behind =
        whole > 0 ? fmt::format(" behind {}", runtime::counted(whole, "whole frame")) : "";
    return fmt::format("{} are no message of {}; read as {}{}{}: {}", runtime::counted(octets, "octet"),
                       dialect.name, form, behind,
                       before > 0 ? fmt::format(", which begins at octet {}", before) : "", error.what);
}

/// "; they are whole in another dialect: --dialect iso1987-ascii"; empty when they are in none.
std::string other_dialects(const std::string& text) {
    const auto names = dialects_that_read(text);
    if (names.empty()) return {};
    return fmt::format("; they are whole in another dialect: --dialect {}", fmt::join(names, ", or "));
}

/// As 'encode' reads them.
void print_fields(const Dialect& dialect, const Message& message) {
    std::cout << message.mti() << '\n';
    for (const int field : message.fields()) {
        const bool octets = dialect.field(field).content == iso8583::Content::octets;
        std::cout << fmt::format("{}={}\n", field,
                                 octets ? to_hex(message.bytes(field)) : std::string(message.get(field)));
    }
}

/// Dialects of characters write '=' between the fields of a track, packed ones the nibble D.
std::string with_packed_separator(std::string value) {
    std::ranges::replace(value, '=', 'D');
    return value;
}

void set_field(const Dialect& dialect, Message& message, const std::string& text) {
    const std::size_t equals = text.find('=');
    int field = 0;
    const char* end = text.data() + std::min(equals, text.size());
    const auto read = std::from_chars(text.data(), end, field);
    if (equals == std::string::npos || read.ec != std::errc() || read.ptr != end)
        refuse("write MTI, then NUMBER=VALUE for each field");
    if (field < iso8583::first_field || field > iso8583::last_field)
        refuse(
            fmt::format("field {} is not one of {} to {}", field, iso8583::first_field, iso8583::last_field));
    if (message.has(field)) refuse(fmt::format("field {} is there twice", field));
    const std::string value = text.substr(equals + 1);
    const iso8583::FieldFormat& format = dialect.field(field);
    if (format.content == iso8583::Content::octets)
        message.set(field, octets_of(value, fmt::format("field {}", field)));
    else
        message.set(field, format.packed() ? with_packed_separator(value) : value);
}

/// A line a field, on the command line a word; an empty line between two messages.
std::vector<Message> read_messages(const Dialect& dialect, const std::string& text) {
    std::vector<Message> messages;
    bool inside = false;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.ends_with('\r')) line.pop_back();
        if (!line.empty() && inside)
            set_field(dialect, messages.back(), line);
        else if (!line.empty())
            messages.emplace_back(line);
        inside = !line.empty();
    }
    if (messages.empty()) refuse("no message type");
    return messages;
}

Bytes framed(const Dialect& dialect, const Iso8583EncodeArguments& arguments, const Bytes& message) {
    iso8583::Frame frame;
    frame.tpdu = iso8583::usual_tpdu;
    if (!arguments.tpdu.empty()) {
        const Bytes tpdu = octets_of(arguments.tpdu, "--tpdu");
        if (!dialect.framing.tpdu) refuse(fmt::format("frames of {} have no TPDU", dialect.name));
        if (tpdu.size() != frame.tpdu.octets.size()) refuse("--tpdu is five octets");
        std::ranges::copy(tpdu, frame.tpdu.octets.begin());
    }
    const Bytes header = arguments.header.empty() ? Bytes(dialect.framing.header_octets, 0)
                                                  : octets_of(arguments.header, "--header");
    frame.header = header;
    frame.message = message;
    return iso8583::encode_frame(dialect, frame);
}

}  // namespace

int iso8583_decode(const Iso8583DecodeArguments& arguments, const Surroundings& here) {
    const Dialect dialect = load_dialect(arguments.dialect);
    const auto mac = mac_of(dialect, arguments.mac_key);
    const std::string text = given(arguments.words, arguments.input, ' ');
    const auto octets = given_octets(dialect, text);
    if (!octets) refuse(octets.error().what + other_dialects(text));
    const auto found = iso8583::recognise(dialect, *octets);
    if (!found) refuse(why_no_message(dialect, octets->size(), found.error()) + other_dialects(text));
    const emv::Secrets secrets = arguments.clear ? emv::Secrets::clear : emv::Secrets::masked;
    for (const Recognised& one : *found) {
        if (&one != &found->front()) std::cout << '\n';
        if (arguments.fields)
            print_fields(dialect, Message(one.message));
        else
            print_message(dialect, one, mac, secrets, here.console.colour);
    }
    return judge::exit_code::passed;
}

int iso8583_encode(const Iso8583EncodeArguments& arguments) {
    const Dialect dialect = load_dialect(arguments.dialect);
    auto messages = read_messages(dialect, given(arguments.words, arguments.input, '\n'));
    try {
        const auto mac = mac_of(dialect, arguments.mac_key);
        for (Message& message : messages) {
            const Bytes octets =
                mac ? iso8583::encode_with_mac(dialect, message, mac) : iso8583::encode(dialect, message);
            std::cout << to_hex(arguments.frame ? framed(dialect, arguments, octets) : octets) << '\n';
        }
    } catch (const std::invalid_argument& error) {
        refuse(error.what());
    }
    return judge::exit_code::passed;
}

}  // namespace posbench::cli
