#include "drivers/terminal/emulated/parameters.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "bench/runtime/ascii.hpp"

namespace posbench::terminal {
namespace {

struct Entry {
    std::string_view number;
    std::size_t length;
    std::int64_t low, high;  ///< of a number; a text has neither
    void (*apply)(TerminalSettings&, std::int64_t value);
};

constexpr std::string_view merchant_name = "21";
constexpr std::size_t merchant_name_length = 40;
constexpr std::int64_t largest_amount = 999'999'999'999;

void ignore(TerminalSettings&, std::int64_t) {}

constexpr std::array entries{
    Entry{"11", 2, 1, 99,
          [](TerminalSettings& settings, std::int64_t value) {
              settings.reply_wait = std::chrono::seconds(value);
          }},
    Entry{"12", 1, 1, 9,
          [](TerminalSettings& settings, std::int64_t value) {
              settings.connect_attempts = static_cast<int>(value);
          }},
    Entry{"17", 1, 0, 1, [](TerminalSettings& settings, std::int64_t value) { settings.tips = value == 1; }},
    Entry{
        "18", 2, 0, 99,
        [](TerminalSettings& settings, std::int64_t value) { settings.tip_limit = static_cast<int>(value); }},
    Entry{"19", 1, 0, 1, ignore},
    Entry{"20", 1, 0, 1,
          [](TerminalSettings& settings, std::int64_t value) {
              settings.sign_off_after_settlement = value == 1;
          }},
    Entry{"22", 1, 0, 9,
          [](TerminalSettings& settings, std::int64_t value) {
              settings.reversal_resends = static_cast<int>(value);
          }},
    Entry{"31", 12, 1, largest_amount_max,
          [](TerminalSettings& settings, std::int64_t value) {
              settings.amount_max = Amount(value, settings.currency);
          }},
    Entry{"32", 12, 0, largest_amount, ignore},
    Entry{"33", 4, 1, 999,
          [](TerminalSettings& settings, std::int64_t value) {
              settings.journal_capacity = static_cast<int>(value);
          }},
};

std::optional<std::int64_t> number(std::string_view digits) {
    if (!runtime::is_all_digits(digits)) return std::nullopt;
    std::int64_t value = 0;
    for (const char digit : digits) value = value * 10 + (digit - '0');
    return value;
}

/// The entry at the front of `rest`, which loses it.
bool take_entry(std::string_view& rest, TerminalSettings& settings) {
    const std::string_view name = rest.substr(0, 2);
    rest.remove_prefix(name.size());
    if (name == merchant_name) {
        if (rest.size() < merchant_name_length) return false;
        std::string_view value = rest.substr(0, merchant_name_length);
        rest.remove_prefix(merchant_name_length);
        value.remove_suffix(value.size() - std::min(value.find_last_not_of(' ') + 1, value.size()));
        settings.merchant_name = value;
        return !value.empty();
    }
    const auto entry = std::ranges::find(entries, name, &Entry::number);
    if (entry == entries.end() || rest.size() < entry->length) return false;
    const auto value = number(rest.substr(0, entry->length));
    rest.remove_prefix(entry->length);
    if (!value || *value < entry->low || *value > entry->high) return false;
    entry->apply(settings, *value);
    return true;
}

}  // namespace

bool apply_parameters(ByteView field62, TerminalSettings& settings) {
    TerminalSettings changed = settings;
    std::string_view rest = as_text(field62);
    while (!rest.empty())
        if (!take_entry(rest, changed)) return false;
    settings = std::move(changed);
    return true;
}

}  // namespace posbench::terminal
