#include "bench/scenario/verbs.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "bench/config/reader.hpp"
#include "bench/runtime/money.hpp"
#include "bench/trace/functions.hpp"

namespace posbench::scenario {
namespace {

constexpr bool required = true;
constexpr bool optional = false;

constexpr std::array<std::string_view, 18> keys{"sale",  "0",       "1",     "2",      "3",    "4",
                                                "5",     "6",       "7",     "8",      "9",    "00",
                                                "point", "confirm", "clear", "cancel", "menu", "alpha"};
constexpr std::array<std::string_view, 2> insert_ways{"chip", "reversed"};
constexpr std::array<std::string_view, 3> cut_modes{"link", "refused", "blackholed"};

constexpr std::array<std::string_view, 19> stuck_keys{
    "none", "sale", "0",  "1",     "2",       "3",     "4",      "5",    "6",    "7",
    "8",    "9",    "00", "point", "confirm", "clear", "cancel", "menu", "alpha"};
constexpr std::array<std::string_view, 3> sims{"present", "absent", "locked"};
constexpr std::array<std::string_view, 6> modems{"registered", "searching",    "no_signal",
                                                 "no_carrier", "disconnected", "no_antenna"};
constexpr std::array<std::string_view, 5> printers{"fine", "no_paper", "cover_open", "overheated",
                                                   "motor_fault"};
constexpr std::array<std::string_view, 2> displays{"fine", "dead"};
constexpr std::array<std::string_view, 3> applications{"running", "blocked", "stopped"};
constexpr std::array<std::string_view, 2> storages{"fine", "full"};

constexpr std::array start_args{
    ArgSpec{"transaction", ArgType::choice, required, "the function that the operator chooses",
            trace::terminal_functions},
    ArgSpec{"amount", ArgType::amount, optional, "typed at the prompt `amount`, in CNY: \"12.34\""},
    ArgSpec{"tip", ArgType::amount, optional, "typed at the prompt `tip`, in CNY"},
    ArgSpec{
        "original", ArgType::original, optional,
        "the receipt that the operator has in the hand: last, or its six-digit STAN. What the terminal asks "
        "for of it (voucher, reference, date, auth_code) is read from there; default: last"},
    ArgSpec{"reference", ArgType::digits, optional, "typed instead at the prompt `reference`"},
    ArgSpec{"date", ArgType::digits, optional, "typed instead at the prompt `date`, MMDD"},
    ArgSpec{"auth_code", ArgType::digits, optional, "typed instead at the prompt `auth_code`"},
    ArgSpec{"operator", ArgType::digits, optional, "typed at the prompt `operator`"},
    ArgSpec{"password", ArgType::digits, optional, "typed at the prompt `password`"},
    ArgSpec{"key_component_1", ArgType::key, optional,
            "of a master key, typed at the prompt of that name: 32 hexadecimal digits"},
    ArgSpec{"key_component_2", ArgType::key, optional, "likewise; the key is one exclusive-or the other"},
};
constexpr std::array sale_args{
    ArgSpec{"amount", ArgType::amount, required, "what the operator types, in CNY: \"12.34\""},
};
constexpr std::array key_args{
    ArgSpec{"keys", ArgType::words, required, "keys in their order, separated by blanks: \"1 2 3 confirm\"",
            keys},
};
constexpr std::array pin_args{
    ArgSpec{"digits", ArgType::digits, required,
            "the PIN that is typed, 1 to 12 digits; confirm is pressed after it"},
};
constexpr std::array scan_args{
    ArgSpec{"code", ArgType::code, required, "what the code says: a payment code has 16 to 24 digits"},
};
constexpr std::array insert_args{
    ArgSpec{"how", ArgType::choice, optional, "chip (default), or reversed: the wrong way round, no contacts",
            insert_ways},
};
constexpr std::array tap_args{
    ArgSpec{"cards", ArgType::integer, optional, "1 (default), or 2: another card behind it", {}, 1, 2},
};
constexpr std::array rules_args{
    ArgSpec{"rules", ArgType::tables, required, "behaviour rules as under [given.host]"},
};
constexpr std::array code_scan_args{
    ArgSpec{"wallet", ArgType::text, required, "NAME of a [wallet.NAME] of the host"},
    ArgSpec{"code", ArgType::text, optional, "what is scanned; default: what the terminal's display shows"},
};
constexpr std::array cut_args{
    ArgSpec{"mode", ArgType::choice, optional,
            "link (default): both directions silent; refused: attempts to connect are answered with a reset; "
            "blackholed: attempts to connect vanish, connections that stand go on",
            cut_modes},
};
constexpr std::array change_args{
    ArgSpec{"up", ArgType::table, optional, "figures for terminal to host, as in a network profile"},
    ArgSpec{"down", ArgType::table, optional, "figures for host to terminal, as in a network profile"},
};

constexpr std::array condition_args{
    ArgSpec{"battery", ArgType::integer, optional, "percent; below 10 low, below 3 flat", {}, 0, 100},
    ArgSpec{"mains", ArgType::boolean, optional, "external power: the battery's level does not matter"},
    ArgSpec{"temperature",
            ArgType::integer,
            optional,
            "degrees Celsius; from 60 too warm, from 75 off",
            {},
            -40,
            120},
    ArgSpec{"sim", ArgType::choice, optional, "the SIM card", sims},
    ArgSpec{"modem", ArgType::choice, optional, "its way to the network", modems},
    ArgSpec{"printer", ArgType::choice, optional, "the receipt printer", printers},
    ArgSpec{"reader", ArgType::table, optional, "chip, stripe, contactless: each fine or dead"},
    ArgSpec{"stuck_key", ArgType::choice, optional, "a key that repeats by itself, or none", stuck_keys},
    ArgSpec{"display", ArgType::choice, optional, "dead: nothing is seen", displays},
    ArgSpec{"application", ArgType::choice, optional,
            "blocked: the step it is in never ends; stopped: killed; running: restarted", applications},
    ArgSpec{"tamper", ArgType::boolean, optional, "the case is opened; false: serviced, new keys"},
    ArgSpec{"storage", ArgType::choice, optional, "full: no room for another transaction", storages},
};

constexpr std::array table{
    VerbSpec{
        "terminal.start",
        "the operator chooses a function and answers what the terminal asks for, until it wants the card "
        "or the host",
        start_args},
    VerbSpec{"terminal.sale", "short for terminal.start of a sale", sale_args},
    VerbSpec{"terminal.key", "the operator presses keys", key_args},
    VerbSpec{
        "terminal.pin",
        "a PIN is typed and confirmed; with this verb anywhere in a scenario the cardholder types none by "
        "himself",
        pin_args},
    VerbSpec{"terminal.scan", "a payment code is held before the terminal's scanner", scan_args},
    VerbSpec{"terminal.sign_in", "the operator signs in by the menu; a pending reversal follows it", {}},
    VerbSpec{"terminal.condition", "changes the state of the terminal's hardware", condition_args},
    VerbSpec{"card.insert", "the cardholder puts the card into the chip reader", insert_args},
    VerbSpec{"card.tap", "the cardholder holds the card into the contactless field", tap_args},
    VerbSpec{"card.remove", "the cardholder takes the card out of slot or field", {}},
    VerbSpec{"card.swipe", "the cardholder swipes the stripe", {}},
    VerbSpec{"host.rules", "adds behaviour rules to the host", rules_args},
    VerbSpec{"host.behave", "removes all behaviour rules and opens the port", {}},
    VerbSpec{"code.scan", "a customer scans the code that the terminal shows, and pays by the wallet",
             code_scan_args},
    VerbSpec{"network.cut", "cuts the link or the way to the host", cut_args},
    VerbSpec{"network.restore", "mends every cut", {}},
    VerbSpec{"network.change", "changes figures of the network profile", change_args},
    VerbSpec{"power.cut", "takes the terminal's supply away", {}},
    VerbSpec{"power.restore", "gives the terminal its supply back", {}},
    VerbSpec{"wait", "does nothing: for `on` and `after`", {}},
};

std::vector<std::string> names(std::span<const std::string_view> choices) {
    return {choices.begin(), choices.end()};
}

void check_words(config::Reader& reader, const ArgSpec& arg) {
    const auto text = reader.text(arg.name);
    if (!text) return;
    const config::Value& value = *reader.value().get<config::Table>()->find(arg.name);
    std::size_t words = 0;
    for (std::size_t begin = 0; begin < text->size();) {
        const std::size_t end = std::min(text->find(' ', begin), text->size());
        const std::string_view word = std::string_view(*text).substr(begin, end - begin);
        if (!word.empty() && std::ranges::find(arg.choices, word) == arg.choices.end())
            throw config::ConfigError(value.source_inside(begin),
                                      fmt::format("{}: no key '{}'", arg.name, word),
                                      config::nearest_name(word, names(arg.choices)));
        if (!word.empty()) ++words;
        begin = end + 1;
    }
    if (words == 0) reader.fail(arg.name, "must name at least one");
}

void check_digits(config::Reader& reader, const ArgSpec& arg) {
    const auto text = reader.text(arg.name);
    if (!text) return;
    if (text->empty() || text->size() > 12 || text->find_first_not_of("0123456789") != std::string::npos)
        reader.fail(arg.name, "must be 1 to 12 digits");
}

void check_code(config::Reader& reader, const ArgSpec& arg) {
    constexpr std::size_t longest = 64;
    const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
    const auto text = reader.text(arg.name);
    if (text && (text->empty() || text->size() > longest || !std::ranges::all_of(*text, printable)))
        reader.fail(arg.name, "must be 1 to 64 printable ASCII characters");
}

void check_key(config::Reader& reader, const ArgSpec& arg) {
    constexpr std::size_t length = 32;
    const auto text = reader.text(arg.name);
    if (text && (text->size() != length || text->find_first_not_of("0123456789ABCDEF") != std::string::npos))
        reader.fail(arg.name, "must be 32 hexadecimal digits, letters in upper case");
}

void check_original(config::Reader& reader, const ArgSpec& arg) {
    const auto text = reader.text(arg.name);
    const bool stan = text && text->size() == 6 && text->find_first_not_of("0123456789") == std::string::npos;
    if (text && *text != "last" && !stan) reader.fail(arg.name, "must be 'last' or a STAN of six digits");
}

void check_tables(config::Reader& reader, const ArgSpec& arg) {
    if (reader.tables(arg.name, std::string(arg.name)).empty() && reader.has(arg.name))
        reader.fail(arg.name, "must hold at least one table");
}

void check_argument(config::Reader& reader, const ArgSpec& arg) {
    switch (arg.type) {
        case ArgType::amount:
            reader.amount(arg.name, cny);
            break;
        case ArgType::digits:
            check_digits(reader, arg);
            break;
        case ArgType::code:
            check_code(reader, arg);
            break;
        case ArgType::key:
            check_key(reader, arg);
            break;
        case ArgType::original:
            check_original(reader, arg);
            break;
        case ArgType::integer:
            reader.integer(arg.name, arg.low, arg.high);
            break;
        case ArgType::boolean:
            reader.boolean(arg.name);
            break;
        case ArgType::choice:
            reader.choice(arg.name, names(arg.choices));
            break;
        case ArgType::words:
            check_words(reader, arg);
            break;
        case ArgType::text:
            reader.text(arg.name);
            break;
        case ArgType::table:
            reader.table(arg.name, std::string(arg.name));
            break;
        case ArgType::tables:
            check_tables(reader, arg);
            break;
    }
    if (arg.required && !reader.has(arg.name)) reader.missing(arg.name);
}

}  // namespace

std::span<const VerbSpec> verbs() noexcept {
    return table;
}

const VerbSpec* find_verb(std::string_view name) noexcept {
    const auto found = std::ranges::find(table, name, &VerbSpec::name);
    return found == table.end() ? nullptr : &*found;
}

std::vector<std::string> verb_names() {
    std::vector<std::string> result;
    for (const VerbSpec& verb : table) result.emplace_back(verb.name);
    return result;
}

void check_arguments(const VerbSpec& verb, const config::Value& args) {
    config::Reader reader(args, std::string(verb.name));
    for (const ArgSpec& arg : verb.args) check_argument(reader, arg);
    reader.finish();
}

}  // namespace posbench::scenario
