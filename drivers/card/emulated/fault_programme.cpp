#include "drivers/card/emulated/fault_programme.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "bench/runtime/overloaded.hpp"
#include "bench/runtime/plural.hpp"
#include "drivers/card/command_words.hpp"
#include "drivers/protocols/emv/apdu.hpp"

namespace posbench::card {
namespace {

constexpr std::string_view on_reset = "reset", on_activation = "activation", on_any = "any";
constexpr std::array<std::string_view, 9> names{
    "delay", "status", "mute", "corrupt", "corrupt_block", "truncate", "append", "garbage_atr", "remove"};
constexpr std::array<std::string_view, 4> moments{"before", "working", "during", "after"};
constexpr std::size_t header_digits = 8, cla_ins_digits = 4;
constexpr std::int64_t most_octets = 258;  // the longest answer with its status word

std::vector<std::string> listed(std::span<const std::string_view> words) {
    return {words.begin(), words.end()};
}

/// Octets in hexadecimal begin with `pattern`, in which X is any digit.
bool begins_with(std::string_view octets, std::string_view pattern) {
    return octets.size() >= pattern.size() &&
           std::ranges::equal(pattern, octets.substr(0, pattern.size()),
                              [](char wanted, char digit) { return wanted == 'X' || wanted == digit; });
}

bool is_reset(std::string_view what) noexcept {
    return what == on_reset || what == on_activation;
}

/// Every name that command_name() gives, of unknown instructions too.
std::vector<std::string> command_names() {
    std::vector<std::string> known;
    for (const std::uint8_t cla : {0x00, 0x80, 0x84})
        for (unsigned ins = 0; ins <= 0xFF; ++ins) {
            std::string name = command_name(Bytes{cla, static_cast<std::uint8_t>(ins), 0x00, 0x00});
            if (std::ranges::find(known, name) == known.end()) known.push_back(std::move(name));
        }
    return known;
}

/// "INS 4A": an instruction that has no name of its own.
void check_instruction(const config::Reader& reader, const std::string& on) {
    constexpr std::size_t digits_at = 4;
    const std::string digits = on.substr(digits_at);
    if (digits.size() != 2 || digits.find_first_not_of("0123456789ABCDEF") != std::string::npos)
        reader.fail("on", "INS is followed by two hexadecimal digits, 0-9 and A-F, such as \"INS 4A\"");
    const std::string name = command_name(Bytes{0x00, from_hex(digits)->front()});
    if (name != on) reader.fail("on", fmt::format("{} is {}: write that", on, name), name);
}

std::string read_occasion(config::Reader& reader) {
    auto on = reader.require("on", reader.text("on"));
    if (is_reset(on) || on == on_any) return on;
    if (on.starts_with("INS ")) {
        check_instruction(reader, on);
        return on;
    }
    const auto commands = command_names();
    if (std::ranges::find(commands, on) != commands.end()) return on;
    std::vector<std::string> choices{std::string(on_any), std::string(on_reset), std::string(on_activation)};
    std::ranges::copy_if(commands, std::back_inserter(choices),
                         [](const std::string& name) { return !name.starts_with("INS "); });
    choices.emplace_back("INS and two hexadecimal digits");
    reader.choice("on", choices);
    return on;
}

/// The header's CLA and INS are those of a command that `on` names.
bool may_meet(std::string_view on, std::string_view header) {
    const auto meets = [](unsigned octet, std::string_view pattern) {
        return begins_with(to_hex(Bytes{static_cast<std::uint8_t>(octet)}), pattern);
    };
    for (unsigned ins = 0; ins <= 0xFF; ++ins) {
        if (!meets(ins, header.substr(2, 2))) continue;
        for (unsigned cla = 0; cla <= 0xFF; ++cla) {
            const Bytes begin{static_cast<std::uint8_t>(cla), static_cast<std::uint8_t>(ins)};
            if (meets(cla, header.substr(0, 2)) && command_name(begin) == on) return true;
        }
    }
    return false;
}

std::string read_header(config::Reader& reader) {
    auto header = reader.text("header").value_or("");
    if (header.empty()) return header;
    if (header.size() != header_digits || header.find_first_not_of("0123456789ABCDEFX") != std::string::npos)
        reader.fail("header", "must be CLA INS P1 P2 in eight of 0-9, A-F and X for any digit");
    return header;
}

std::string read_data(config::Reader& reader) {
    constexpr std::size_t most_digits = 2 * 255;
    auto data = reader.text("data").value_or("");
    std::erase(data, ' ');
    const bool octets = data.size() % 2 == 0 && data.size() <= most_digits;
    if (reader.has("data") &&
        (data.empty() || !octets || data.find_first_not_of("0123456789ABCDEFX") != std::string::npos))
        reader.fail("data", "must be 1 to 255 octets in 0-9, A-F and X for any digit");
    return data;
}

/// Which of those that match: nth, every or from.
void read_turns(config::Reader& reader, FaultRule& rule) {
    constexpr std::int64_t most = 1'000'000;
    rule.nth = reader.integer("nth", 1, most).value_or(rule.nth);
    rule.every = reader.boolean("every").value_or(rule.every);
    if (rule.every && reader.has("nth")) reader.fail("nth", "has no meaning with every = true");
    const auto from = reader.integer("from", 1, most);
    if (!from) return;
    for (const char* key : {"nth", "every"})
        if (reader.has(key)) reader.fail(key, "has no meaning with from");
    rule.nth = *from;
    rule.every = true;
}

std::optional<Interface> read_interface(config::Reader& reader) {
    const auto word = reader.choice("interface", {"contact", "contactless"});
    if (!word) return std::nullopt;
    return *word == "contact" ? Interface::contact : Interface::contactless;
}

/// @param key of the time
DelayFault read_delay(config::Reader& reader, std::string_view key, bool of_reset) {
    DelayFault fault;
    constexpr runtime::Duration longest = std::chrono::hours(1);
    fault.time = reader.require(key, reader.duration(key));
    if (fault.time > longest)
        reader.fail(key, fmt::format("must be at most {}", config::format_duration(longest)));
    if (fault.time == runtime::Duration()) reader.fail(key, "must be more than nothing");
    if (of_reset && reader.has("extension"))
        reader.fail("extension", "no card can ask for more time at a reset");
    fault.extension = reader.boolean("extension").value_or(!of_reset);
    return fault;
}

StatusFault read_status(config::Reader& reader) {
    const Bytes sw = reader.require("sw", reader.bytes("sw"));
    if (sw.size() != 2 || (sw[0] >> 4 != 0x6 && sw[0] >> 4 != 0x9) || sw[0] == 0x60)
        reader.fail("sw", "must be a status word, 61XX to 6FXX or 9XXX");
    return {from_big_endian(sw[0], sw[1]), reader.boolean("after").value_or(false)};
}

CorruptFault read_corrupt(config::Reader& reader) {
    CorruptFault fault;
    fault.at = reader.integer("at", -most_octets, most_octets - 1);
    const auto flip = reader.bytes("xor");
    if (flip && (flip->size() != 1 || flip->front() == 0))
        reader.fail("xor", "must be one octet that is not 00");
    if (flip) fault.flip = flip->front();
    return fault;
}

Bytes read_octets(config::Reader& reader, std::size_t most) {
    Bytes octets = reader.bytes("octets").value_or(Bytes());
    if (reader.has("octets") && (octets.empty() || octets.size() > most))
        reader.fail("octets", fmt::format("must be 1 to {} octets", most));
    return octets;
}

RemoveFault read_remove(config::Reader& reader, bool of_reset) {
    const auto word = reader.choice("when", listed(moments)).value_or("during");
    if (of_reset && word == "working") reader.fail("when", "a reset has no command that the chip works at");
    return {static_cast<RemoveFault::When>(std::ranges::find(moments, word) - moments.begin())};
}

FaultRule::Effect read_effect(config::Reader& reader, bool of_reset) {
    constexpr std::size_t longest_appended = 255, longest_atr = 64;
    constexpr std::int64_t most_times = 255;
    const auto name = reader.require("do", reader.choice("do", listed(names)));
    if (name == "delay") return read_delay(reader, "time", of_reset);
    if (name == "corrupt") return read_corrupt(reader);
    if (name == "corrupt_block") {
        if (of_reset) reader.fail("do", "a reset has no blocks");
        return CorruptBlockFault{reader.integer("times", 1, most_times).value_or(1)};
    }
    if (name == "truncate") {
        const auto length = reader.require("length", reader.integer("length", 0, most_octets - 1));
        return TruncateFault{static_cast<std::size_t>(length)};
    }
    if (name == "append") {
        Bytes octets = read_octets(reader, longest_appended);
        if (octets.empty()) reader.missing("octets");
        return AppendFault{std::move(octets)};
    }
    if (name == "remove") return read_remove(reader, of_reset);
    if (name == "garbage_atr") {
        if (!of_reset) reader.fail("do", "garbage_atr needs on = \"reset\" or on = \"activation\"");
        return GarbageAtrFault{read_octets(reader, longest_atr)};
    }
    if (name == "mute") {
        if (of_reset && reader.has("after"))
            reader.fail("after", "there is no command that the chip could run");
        return MuteFault{reader.boolean("after").value_or(false)};
    }
    if (of_reset) reader.fail("do", "a reset has no status word");
    return read_status(reader);
}

/// `delay` beside another effect.
void read_delay_before(config::Reader& reader, FaultRule& rule) {
    if (!reader.has("delay")) return;
    if (std::holds_alternative<DelayFault>(rule.effect))
        reader.fail("delay", "has no meaning with do = \"delay\", whose time is 'time'");
    const auto* mute = std::get_if<MuteFault>(&rule.effect);
    const auto* remove = std::get_if<RemoveFault>(&rule.effect);
    if ((mute && !mute->after) || (remove && remove->when == RemoveFault::When::before))
        reader.fail("delay", "has no meaning: the card does not work at the command");
    rule.delay = read_delay(reader, "delay", is_reset(rule.on));
}

/// Refuses an occasion that never comes.
void check_reachable(const config::Reader& reader, const FaultRule& rule, const Reachable& card) {
    const bool in_field = rule.interface == Interface::contactless;
    if (!card.chip) reader.fail("on", "never comes: the card has no chip that answers");
    if (rule.on == on_activation && !card.antenna) reader.fail("on", "never comes: the card has no antenna");
    if (in_field && !card.antenna) reader.fail("interface", "never comes: the card has no antenna");
    if (rule.on != "GET RESPONSE") return;
    if (in_field) reader.fail("interface", "GET RESPONSE belongs to T=0: it never comes over the field");
    if (!card.t0) reader.fail("on", "GET RESPONSE belongs to T=0: it never comes, this card speaks T=1");
}

FaultRule read_rule(config::Reader& reader, int number, const Reachable& card) {
    FaultRule rule;
    rule.number = number;
    rule.on = read_occasion(reader);
    const bool of_reset = is_reset(rule.on);
    rule.header = read_header(reader);
    if (!of_reset && rule.on != on_any && !rule.header.empty() && !may_meet(rule.on, rule.header))
        reader.fail("header", fmt::format("never comes with on = \"{}\": no such command begins with {}",
                                          rule.on, rule.header.substr(0, cla_ins_digits)));
    rule.data = read_data(reader);
    rule.interface = read_interface(reader);
    if (of_reset)
        for (const char* key : {"header", "data", "interface"})
            if (reader.has(key)) reader.fail(key, fmt::format("has no meaning with on = \"{}\"", rule.on));
    check_reachable(reader, rule, card);
    read_turns(reader, rule);
    rule.effect = read_effect(reader, of_reset);
    read_delay_before(reader, rule);
    reader.finish();
    return rule;
}

bool meets_data(std::string_view pattern, ByteView command) {
    const auto apdu = emv::parse_command(command);
    return apdu && begins_with(to_hex(apdu->data), pattern);
}

bool matches(const FaultRule& rule, Interface interface, std::string_view what, ByteView command) {
    if (rule.interface && *rule.interface != interface) return false;
    if (rule.on != what && (rule.on != on_any || is_reset(what))) return false;
    if (!rule.header.empty() && !begins_with(to_hex(command), rule.header)) return false;
    return rule.data.empty() || meets_data(rule.data, command);
}

std::string describe(const FaultRule::Effect& effect) {
    return std::visit(
        runtime::Overloaded{
            [](const DelayFault& delay) {
                return fmt::format("takes {} longer{}", config::format_duration(delay.time),
                                   delay.extension ? ", asking for more time" : "");
            },
            [](const StatusFault& status) {
                return fmt::format("status {:04X} {}", status.sw,
                                   status.after ? "after the chip has run it" : "in place of the chip");
            },
            [](const MuteFault& mute) {
                return std::string(mute.after ? "no answer, though the chip has run it" : "no answer");
            },
            [](const CorruptFault& corrupt) {
                return fmt::format("{} of the answer differs by {}",
                                   corrupt.at ? fmt::format("octet {}", *corrupt.at) : "an octet drawn",
                                   corrupt.flip ? fmt::format("{:02X}", *corrupt.flip) : "chance");
            },
            [](const CorruptBlockFault& block) {
                return fmt::format("the first part of the answer comes damaged, {} in succession",
                                   block.times);
            },
            [](const TruncateFault& truncate) {
                return fmt::format(
                    "{} left of the answer",
                    truncate.length == 1 ? "1 octet is" : fmt::format("{} octets are", truncate.length));
            },
            [](const AppendFault& append) {
                return runtime::counted(append.octets.size(), "octet") + " behind the answer";
            },
            [](const GarbageAtrFault& garbage) {
                return garbage.octets.empty() ? std::string("answers octets by chance")
                                              : fmt::format("answers {} other octets", garbage.octets.size());
            },
            [](const RemoveFault& remove) {
                constexpr std::array texts{"before it", "while the chip works", "while the answer comes",
                                           "after the answer"};
                return fmt::format("the card is pulled out {}", texts[static_cast<std::size_t>(remove.when)]);
            },
        },
        effect);
}

Bytes drawn(runtime::Random& random, std::int64_t shortest, std::int64_t longest) {
    Bytes octets(static_cast<std::size_t>(random.between(shortest, longest)));
    random.fill(octets);
    return octets;
}

/// Its effect is on the answer alone, and may leave it as it is.
bool alters_answer(const FaultRule::Effect& effect) noexcept {
    const auto* status = std::get_if<StatusFault>(&effect);
    return (status && status->after) || std::holds_alternative<CorruptFault>(effect) ||
           std::holds_alternative<TruncateFault>(effect) || std::holds_alternative<AppendFault>(effect) ||
           std::holds_alternative<GarbageAtrFault>(effect);
}

void corrupt_octet(const CorruptFault& corrupt, Bytes& octets, runtime::Random& random) {
    const auto size = static_cast<std::int64_t>(octets.size());
    if (size == 0) return;
    std::int64_t at = corrupt.at ? *corrupt.at : random.between(0, size - 1);
    if (at < 0) at += size;
    if (at < 0 || at >= size) return;
    const auto flip = corrupt.flip.value_or(static_cast<std::uint8_t>(random.between(1, 0xFF)));
    octets[static_cast<std::size_t>(at)] ^= flip;
}

std::optional<Bytes> altered(const FaultRule::Effect& effect, ByteView answer, runtime::Random& random) {
    if (!alters_answer(effect)) return std::nullopt;
    constexpr std::int64_t shortest_atr = 2, longest_atr = 33;
    Bytes octets(answer.begin(), answer.end());
    std::visit(
        runtime::Overloaded{
            [&](const StatusFault& status) {
                octets.clear();
                posbench::append(octets, big_endian(status.sw));
            },
            [&](const CorruptFault& corrupt) { corrupt_octet(corrupt, octets, random); },
            [&](const TruncateFault& truncate) { octets.resize(std::min(truncate.length, octets.size())); },
            [&](const AppendFault& append) { posbench::append(octets, append.octets); },
            [&](const GarbageAtrFault& garbage) {
                octets = garbage.octets.empty() ? drawn(random, shortest_atr, longest_atr) : garbage.octets;
            },
            [](const auto&) {},
        },
        effect);
    if (std::ranges::equal(octets, answer)) return std::nullopt;
    return octets;
}

}  // namespace

std::string_view fault_name(const FaultRule& rule) noexcept {
    return names[rule.effect.index()];
}

const DelayFault* FaultRule::longer() const noexcept {
    return delay ? &*delay : std::get_if<DelayFault>(&effect);
}

bool FaultRule::card_works() const noexcept {
    const auto* status = std::get_if<StatusFault>(&effect);
    const auto* mute = std::get_if<MuteFault>(&effect);
    const auto* remove = std::get_if<RemoveFault>(&effect);
    return !(status && !status->after) && !(mute && !mute->after) &&
           !(remove && remove->when == RemoveFault::When::before);
}

std::string effect_in_words(const FaultRule& rule) {
    if (!rule.delay) return describe(rule.effect);
    return fmt::format("{}, then {}", describe(*rule.delay), describe(rule.effect));
}

std::string describe_fault(const FaultRule& rule) {
    std::string text = rule.on == on_any ? "any command" : rule.on;
    if (!rule.header.empty()) text += " " + rule.header;
    // Data of other commands may hold a PIN.
    if (!rule.data.empty() && rule.on == "SELECT") text += " with data " + rule.data;
    if (!rule.data.empty() && rule.on != "SELECT")
        text += " with data given to " + runtime::counted(rule.data.size() / 2, "octet");
    if (rule.interface) text += fmt::format(", {}", to_string(*rule.interface));
    if (!rule.every)
        text += fmt::format(", number {}", rule.nth);
    else
        text += rule.nth == 1 ? ", every one" : fmt::format(", from number {} on", rule.nth);
    return fmt::format("{}: {}", text, effect_in_words(rule));
}

std::vector<FaultRule> read_fault_programme(config::Reader& image, const Reachable& card) {
    std::vector<FaultRule> rules;
    for (config::Reader& table : image.tables("fault", "[[fault]]"))
        rules.push_back(read_rule(table, static_cast<int>(rules.size()) + 1, card));
    return rules;
}

FaultProgramme::FaultProgramme(std::span<const FaultRule> rules, runtime::Random random)
    : rules_(rules), histories_(rules.size()), random_(random) {}

std::vector<FaultProgramme::Idle> FaultProgramme::idle() const {
    std::vector<Idle> idle;
    for (std::size_t i = 0; i < rules_.size(); ++i) {
        const History& history = histories_[i];
        if (history.acted) continue;
        std::string_view why = "never acted";
        if (history.changed_nothing)
            why = "was due, but would have changed nothing";
        else if (history.missed)
            why = "was due, but another rule acted first";
        idle.push_back({&rules_[i], why});
    }
    return idle;
}

std::vector<const FaultRule*> FaultProgramme::due(Interface interface, std::string_view what,
                                                  ByteView command) {
    std::vector<const FaultRule*> due;
    for (std::size_t i = 0; i < rules_.size(); ++i) {
        const FaultRule& rule = rules_[i];
        if (!matches(rule, interface, what, command)) continue;
        const std::int64_t match = ++histories_[i].matches;
        if (match == rule.nth || (rule.every && match > rule.nth)) due.push_back(&rule);
    }
    return due;
}

const FaultRule* FaultProgramme::acting(std::span<const FaultRule* const> due,
                                        const std::function<Bytes()>& answer) {
    std::optional<Bytes> unharmed;
    const auto changes_something = [&](const FaultRule& rule) {
        if (!alters_answer(rule.effect)) return true;
        if (!unharmed) unharmed = answer();
        return altered_on_trial(rule, *unharmed).has_value();
    };
    const FaultRule* acting = nullptr;
    for (const FaultRule* rule : due) {
        if (acting)
            history(*rule).missed = true;
        else if (changes_something(*rule))
            acting = rule;
        else
            history(*rule).changed_nothing = true;
    }
    return acting;
}

std::optional<Bytes> FaultProgramme::altered(const FaultRule& rule, ByteView answer) {
    return posbench::card::altered(rule.effect, answer, random_);
}

std::optional<Bytes> FaultProgramme::altered_on_trial(const FaultRule& rule, ByteView answer) const {
    runtime::Random same = random_;
    return posbench::card::altered(rule.effect, answer, same);
}

}  // namespace posbench::card
