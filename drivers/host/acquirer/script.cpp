#include "drivers/host/acquirer/script.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/runtime/ascii.hpp"
#include "drivers/protocols/emv/secure_messaging.hpp"

namespace posbench::host {
namespace {

using Name = ScriptCommand::Name;

constexpr emv::Tag template_before = 0x71, template_after = 0x72;
constexpr emv::Tag script_identifier = 0x9F18, script_command = 0x86;
constexpr std::array<std::uint8_t, 4> identifier{0, 0, 0, 1};
constexpr std::size_t most_octets = 128;  // of all scripts that a terminal takes, book 3 clause 10.10

struct Row {
    Name name;
    std::string_view word;
    std::uint8_t instruction;
};
constexpr Row rows[]{
    {Name::pin_change, "pin_change", 0x24},
    {Name::pin_unblock, "pin_unblock", 0x24},
    {Name::application_block, "application_block", 0x1E},
    {Name::application_unblock, "application_unblock", 0x18},
    {Name::card_block, "card_block", 0x16},
};

const Row& row_of(Name name) {
    return *std::ranges::find(rows, name, &Row::name);
}

/// The text of a PIN; a message does not repeat it.
std::optional<std::string> read_pin(config::Reader& reader, std::string_view key) {
    auto pin = reader.text(key);
    if (pin && (pin->size() < 4 || pin->size() > 12 || !runtime::is_all_digits(*pin)))
        reader.fail(key, fmt::format("{} must be 4 to 12 digits", key));
    return pin;
}

ScriptCommand read_command(config::Reader& reader) {
    std::vector<std::string> words;
    for (const Row& row : rows) words.emplace_back(row.word);
    const std::string word = reader.require("command", reader.choice("command", words));
    ScriptCommand command;
    command.name = std::ranges::find(rows, word, &Row::word)->name;
    if (command.name == Name::pin_change) {
        command.pin = reader.require("pin", read_pin(reader, "pin"));
        command.current_pin = read_pin(reader, "current_pin");
    }
    command.before = reader.boolean("before").value_or(false);
    reader.finish();
    return command;
}

/// PIN CHANGE/UNBLOCK as VIS and PBOC have it.
std::uint8_t p2_of(const ScriptCommand& command) {
    constexpr std::uint8_t none = 0, with_current = 1, without_current = 2;
    if (command.name != Name::pin_change) return none;
    return command.current_pin ? with_current : without_current;
}

/// What a command is made with, but the command.
struct Making {
    const VerifiedCryptogram& card;
    const ScriptKeys& keys;
    std::size_t before;  ///< commands of this transaction that went before this one

    emv::ScriptContext context() const {
        return emv::script_context(card.version(), card.counter(), card.value(), before);
    }
    emv::MessagingKey session_key(const std::optional<Bytes>& issuer_master_key) const {
        if (!issuer_master_key) throw std::invalid_argument("the issuer has no key for this script command");
        return emv::messaging_key(card.version(), card.derive(*issuer_master_key), context());
    }
};

Bytes enciphered_pin(const Making& making, const ScriptCommand& command) {
    auto data = emv::enciphered_pin_block(making.card.version(), making.session_key(making.keys.encipherment),
                                          making.card.card_key(), command.pin, command.current_pin);
    if (!data) throw std::invalid_argument(data.error().what);
    return *std::move(data);
}

Bytes make_command(const Making& making, const ScriptCommand& command) {
    constexpr std::uint8_t format2_class = 0x84;
    const emv::CommandHeader header{format2_class, row_of(command.name).instruction, 0, p2_of(command)};
    const Bytes data = command.name == Name::pin_change ? enciphered_pin(making, command) : Bytes();
    return emv::secure_format2(making.session_key(making.keys.mac), header, data, making.context(),
                               making.keys.mac_size);
}

/// Octets in the templates, as a terminal counts them.
std::size_t size_of(std::span<const ScriptCommand> commands, const ScriptKeys& keys) {
    constexpr std::size_t identifier_object = 7, object_and_header = 2 + 5, enciphered_pin_size = 16;
    std::size_t size = in_both_templates(commands) ? 2 * identifier_object : identifier_object;
    for (const ScriptCommand& command : commands)
        size +=
            object_and_header + keys.mac_size + (command.name == Name::pin_change ? enciphered_pin_size : 0);
    return size;
}

}  // namespace

bool in_both_templates(std::span<const ScriptCommand> commands) noexcept {
    return std::ranges::any_of(commands, &ScriptCommand::before) &&
           !std::ranges::all_of(commands, &ScriptCommand::before);
}

std::vector<ScriptCommand> read_scripts(config::Reader& account, const ScriptKeys& keys) {
    std::vector<ScriptCommand> commands;
    for (config::Reader& entry : account.tables("scripts", "[[scripts]]"))
        commands.push_back(read_command(entry));
    if (commands.empty()) return commands;
    if (!keys.mac) account.fail("scripts", "scripts needs 'imk_mac': no script goes without a MAC");
    if (!keys.encipherment &&
        std::ranges::find(commands, Name::pin_change, &ScriptCommand::name) != commands.end())
        account.fail("scripts", "pin_change needs 'imk_enc': a new PIN goes enciphered");
    if (const std::size_t size = size_of(commands, keys); size > most_octets)
        account.fail("scripts", fmt::format("scripts of {} octets: a terminal takes {} (EMV book 3, 10.10)",
                                            size, most_octets));
    return commands;
}

Bytes issuer_scripts(const VerifiedCryptogram& card, const ScriptKeys& keys,
                     std::span<const ScriptCommand> commands) {
    const auto* rules = emv::find_cryptogram_rules(card.version());
    if (rules->layout == emv::CryptogramRules::Layout::mchip && in_both_templates(commands))
        throw std::invalid_argument(fmt::format("the host profile's scripts {}", one_template_for_mchip));
    std::size_t sent = 0;
    Bytes field;
    for (const bool before : {true, false}) {
        Bytes script;
        emv::append_tlv(script, script_identifier, identifier);
        bool any = false;
        for (const ScriptCommand& command : commands) {
            if (command.before != before) continue;
            any = true;
            emv::append_tlv(script, script_command, make_command({card, keys, sent++}, command));
        }
        if (any) emv::append_tlv(field, before ? template_before : template_after, script);
    }
    return field;
}

}  // namespace posbench::host
