#include "drivers/terminal/emulated/parameters.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
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
constexpr std::size_t number_length = 2;

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
    Entry{"19", 1, 0, 1,
          [](TerminalSettings& settings, std::int64_t value) { settings.manual_entry = value == 1; }},
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
    Entry{"32", 12, 0, largest_amount_max,
          [](TerminalSettings& settings, std::int64_t value) {
              settings.refund_max = Amount(value, settings.currency);
          }},
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

/// Number and value at the front of `rest`; empty: an unknown one, or one that is cut short.
std::string_view front_entry(std::string_view rest) {
    const std::string_view name = rest.substr(0, number_length);
    const auto entry = std::ranges::find(entries, name, &Entry::number);
    if (name != merchant_name && entry == entries.end()) return {};
    const std::size_t length = number_length + (name == merchant_name ? merchant_name_length : entry->length);
    return rest.size() < length ? std::string_view() : rest.substr(0, length);
}

/// Blanks behind it do not belong to it. A receipt prints no other octets of a download than ASCII: in which
/// code the others would be nothing in the message says, and a control character would steer the printer.
bool apply_merchant_name(std::string_view value, TerminalSettings& settings) {
    const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
    if (!std::ranges::all_of(value, printable)) return false;
    value = value.substr(0, value.find_last_not_of(' ') + 1);
    settings.merchant_name = value;
    return !value.empty();
}

bool apply_entry(std::string_view whole, TerminalSettings& settings) {
    const std::string_view name = whole.substr(0, number_length);
    whole.remove_prefix(number_length);
    if (name == merchant_name) return apply_merchant_name(whole, settings);
    const auto entry = std::ranges::find(entries, name, &Entry::number);
    const auto value = number(whole);
    if (!value || *value < entry->low || *value > entry->high) return false;
    entry->apply(settings, *value);
    return true;
}

}  // namespace

bool apply_parameters(ByteView field62, TerminalSettings& settings) {
    TerminalSettings changed = settings;
    for (std::string_view rest = as_text(field62); !rest.empty();) {
        const std::string_view entry = front_entry(rest);
        if (entry.empty() || !apply_entry(entry, changed)) return false;
        rest.remove_prefix(entry.size());
    }
    settings = std::move(changed);
    return true;
}

Bytes merge_parameters(ByteView kept, ByteView brought) {
    std::map<std::string_view, std::string_view> merged;  // by number
    for (std::string_view rest : {as_text(kept), as_text(brought)}) {
        while (!rest.empty()) {
            const std::string_view entry = front_entry(rest);
            if (entry.empty()) break;
            merged[entry.substr(0, number_length)] = entry;
            rest.remove_prefix(entry.size());
        }
    }
    Bytes whole;
    for (const auto& [name, entry] : merged) append(whole, as_bytes(entry));
    return whole;
}

}  // namespace posbench::terminal
