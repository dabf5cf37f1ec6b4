#include "drivers/terminal/condition.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "bench/config/reader.hpp"

namespace posbench::terminal {
namespace {

using Words = std::span<const std::string_view>;

// In the order of the enumerations.
constexpr std::array<std::string_view, 3> sims{"present", "absent", "locked"};
constexpr std::array<std::string_view, 6> modems{"registered", "searching",    "no_signal",
                                                 "no_carrier", "disconnected", "no_antenna"};
constexpr std::array<std::string_view, 5> printers{"fine", "no_paper", "cover_open", "overheated",
                                                   "motor_fault"};
constexpr std::array<std::string_view, 3> applications{"running", "blocked", "stopped"};
constexpr std::array<std::string_view, 2> healths{"fine", "dead"};
constexpr std::array<std::string_view, 2> storages{"fine", "full"};
constexpr std::array<std::string_view, 2> switches{"false", "true"};
constexpr std::array<std::string_view, 19> keys{"none",  "0",      "1",    "2",     "3",   "4",     "5",
                                                "6",     "7",      "8",    "9",     "00",  "point", "confirm",
                                                "clear", "cancel", "menu", "alpha", "sale"};

/// Puts the word at `key` into `value`, an enumeration or a truth in the order of `words`.
template <class T>
void take(config::Reader& reader, std::string_view key, Words words, T& value) {
    const auto word = reader.choice(key, {words.begin(), words.end()});
    if (word) value = static_cast<T>(std::ranges::find(words, *word) - words.begin());
}

template <class T>
std::string word(Words words, T value) {
    return std::string(words[static_cast<std::size_t>(value)]);
}

}  // namespace

Condition read_condition(const config::Value& change, Condition before) {
    config::Reader reader(change, "[condition]");
    Condition after = std::move(before);
    after.battery = static_cast<int>(reader.integer("battery", 0, 100).value_or(after.battery));
    after.mains = reader.boolean("mains").value_or(after.mains);
    after.temperature = static_cast<int>(reader.integer("temperature", -40, 120).value_or(after.temperature));
    take(reader, "sim", sims, after.sim);
    take(reader, "modem", modems, after.modem);
    take(reader, "printer", printers, after.printer);
    if (auto readers = reader.table("reader", "reader")) {
        take(*readers, "chip", healths, after.chip_reader_dead);
        take(*readers, "stripe", healths, after.stripe_reader_dead);
        take(*readers, "contactless", healths, after.contactless_reader_dead);
        readers->finish();
    }
    after.stuck_key = reader.choice("stuck_key", {keys.begin(), keys.end()}).value_or(after.stuck_key);
    take(reader, "display", healths, after.display_dead);
    take(reader, "application", applications, after.application);
    after.tampered = reader.boolean("tamper").value_or(after.tampered);
    take(reader, "storage", storages, after.storage_full);
    reader.finish();
    return after;
}

std::vector<std::pair<std::string_view, std::string>> describe(const Condition& condition) {
    return {{"battery", std::to_string(condition.battery)},
            {"mains", word(switches, condition.mains)},
            {"temperature", std::to_string(condition.temperature)},
            {"sim", word(sims, condition.sim)},
            {"modem", word(modems, condition.modem)},
            {"printer", word(printers, condition.printer)},
            {"chip_reader", word(healths, condition.chip_reader_dead)},
            {"stripe_reader", word(healths, condition.stripe_reader_dead)},
            {"contactless_reader", word(healths, condition.contactless_reader_dead)},
            {"stuck_key", condition.stuck_key},
            {"display", word(healths, condition.display_dead)},
            {"application", word(applications, condition.application)},
            {"tamper", word(switches, condition.tampered)},
            {"storage", word(storages, condition.storage_full)}};
}

}  // namespace posbench::terminal
