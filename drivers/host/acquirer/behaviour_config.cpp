#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "bench/config/reader.hpp"
#include "bench/runtime/ascii.hpp"
#include "drivers/host/acquirer/behaviour.hpp"

namespace posbench::host {
namespace {

using config::Reader;

struct ActionName {
    std::string_view name;
    Action action;
    bool after_posting;
};
constexpr std::array action_names{
    ActionName{"respond", Action::respond, false},
    ActionName{"silence", Action::silence, false},
    ActionName{"silence_after_posting", Action::silence, true},
    ActionName{"delay", Action::delay, false},
    ActionName{"delay_after_posting", Action::delay, true},
    ActionName{"close", Action::close, false},
    ActionName{"close_after_posting", Action::close, true},
    ActionName{"refuse_connections", Action::refuse_connections, false},
};
/// Field 39 of approvals: they come from a decision, never from a rule, or the books would not agree.
constexpr std::array<std::string_view, 3> approvals{"00", "10", "11"};
/// Field 39 of answers to a reversal after which the terminal holds it for settled: no such transaction, no
/// valid one. Forced on a reversal they would leave the charge in the host's books.
constexpr std::array<std::string_view, 2> settling_refusals{"12", "25"};

using runtime::is_digit;

/// "22:00" or "22:00:30".
std::optional<std::chrono::seconds> parse_time_of_day(std::string_view text) {
    if (text.size() != 5 && text.size() != 8) return std::nullopt;
    std::array<int, 3> parts{};
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i % 3 == 2 ? text[i] != ':' : !is_digit(text[i])) return std::nullopt;
        if (i % 3 != 2) parts[i / 3] = parts[i / 3] * 10 + (text[i] - '0');
    }
    const auto [hours, minutes, seconds] = parts;
    if (hours > 23 || minutes > 59 || seconds > 59) return std::nullopt;
    return std::chrono::hours(hours) + std::chrono::minutes(minutes) + std::chrono::seconds(seconds);
}

}  // namespace

std::optional<DayWindow> read_window(Reader& reader) {
    const auto texts = reader.texts("between");
    if (!texts) return std::nullopt;
    if (texts->size() != 2)
        reader.fail("between", "between must be two times of day: [\"22:00\", \"23:30\"]");
    const auto from = parse_time_of_day(texts->front());
    const auto to = parse_time_of_day(texts->back());
    if (!from || !to)
        reader.fail("between", fmt::format("'{}' is no time of day such as \"22:00\" or \"22:00:30\"",
                                           from ? texts->back() : texts->front()));
    if (*from == *to) reader.fail("between", "between must not begin and end at the same time");
    return DayWindow{*from, *to};
}

namespace {

std::optional<std::string> digits(Reader& reader, std::string_view key, std::size_t length) {
    auto text = reader.text(key);
    if (text && (text->size() != length || !std::ranges::all_of(*text, is_digit)))
        reader.fail(key, fmt::format("{} must be {} digits", key, length));
    return text;
}

std::optional<std::string> read_pan_pattern(Reader& reader) {
    auto pattern = reader.text("pan");
    const auto fits = [](char c) { return c == '*' || is_digit(c); };
    if (pattern && (pattern->empty() || pattern->size() > 19 || !std::ranges::all_of(*pattern, fits)))
        reader.fail(
            "pan", "pan must be the first digits of a PAN, or a whole one in which '*' stands for any digit");
    return pattern;
}

std::optional<std::int64_t> minor(const std::optional<Amount>& amount) {
    return amount ? std::optional(amount->minor()) : std::nullopt;
}

/// "12.34", or { min = "1.00", max = "9.99" }.
void read_amount(Reader& reader, When& when, const Currency& currency) {
    const config::Value* value = reader.raw("amount");
    if (!value) return;
    if (!value->get<config::Table>()) {
        when.least = when.most = minor(reader.amount("amount", currency));
        return;
    }
    Reader bounds(*value, "amount");
    when.least = minor(bounds.amount("min", currency));
    when.most = minor(bounds.amount("max", currency));
    if (when.least && when.most && *when.least > *when.most) bounds.fail("max", "max must not be below min");
    bounds.finish();
}

/// 1, or { from = 1, to = 2 }.
void read_count(Reader& reader, When& when) {
    constexpr std::int64_t most = 1'000'000'000;
    const config::Value* value = reader.raw("count");
    if (!value) return;
    if (!value->get<config::Table>()) {
        when.last = reader.integer("count", 1, most);
        when.first = when.last.value_or(1);
        return;
    }
    Reader bounds(*value, "count");
    when.first = bounds.integer("from", 1, most).value_or(1);
    when.last = bounds.integer("to", 1, most);
    if (when.last && *when.last < when.first) bounds.fail("to", "to must not be below from");
    bounds.finish();
}

When read_when(Reader& reader, const Currency& currency) {
    When when;
    when.mti = digits(reader, "mti", 4);
    when.processing_code = digits(reader, "processing_code", 6);
    when.network_management = digits(reader, "network_management", 3);
    when.stan = digits(reader, "stan", 6);
    when.tid = reader.text("tid");
    when.pan = read_pan_pattern(reader);
    read_amount(reader, when, currency);
    when.between = read_window(reader);
    read_count(reader, when);
    when.probability = reader.number("probability", 0, 1);
    reader.finish();
    return when;
}

std::string read_code(Reader& then) {
    auto code = then.require("code", then.text("code"));
    const auto fits = [](char c) { return is_digit(c) || (c >= 'A' && c <= 'Z'); };
    if (code.size() != 2 || !std::ranges::all_of(code, fits))
        then.fail("code", "code must be two digits or upper-case letters (field 39)");
    if (std::ranges::find(approvals, code) != approvals.end())
        then.fail("code",
                  fmt::format("code {} approves: an approval is decided and posted, not forced", code));
    return code;
}

void read_then(Reader& then, Rule& rule) {
    std::vector<std::string> names;
    for (const ActionName& known : action_names) names.emplace_back(known.name);
    const std::string name = then.require("action", then.choice("action", names));
    const ActionName& action = *std::ranges::find(action_names, name, &ActionName::name);
    rule.action = action.action;
    rule.after_posting = action.after_posting;
    if (rule.action == Action::respond) rule.code = read_code(then);
    if (rule.action == Action::delay)
        rule.delay = then.require("duration", then.duration("duration"));
    else if (rule.action == Action::respond)
        rule.delay = then.duration("delay").value_or(runtime::Duration(0));
    then.finish();
}

/// A closed port sees no request: only the time of day can matter.
void check_refusal(Reader& when, const Rule& rule) {
    if (rule.action != Action::refuse_connections) return;
    for (const auto& entry : when.value().get<config::Table>()->entries())
        if (entry.key != "between")
            when.fail(entry.key,
                      fmt::format("refuse_connections acts before there is a request: it may depend on "
                                  "'between' only, not on '{}'",
                                  entry.key));
}

/// Whether a reversal is done with is decided by the books.
void check_reversals(const Reader& then, const Rule& rule) {
    const bool settles = std::ranges::find(settling_refusals, rule.code) != settling_refusals.end();
    if (settles && rule.when.mti.value_or("0400") == "0400")
        then.fail("code",
                  fmt::format("code {} settles a reversal, and that is decided, not forced: 'when' must "
                              "say another mti than 0400",
                              rule.code));
}

Rule read_rule(const config::Value& value, const Currency& currency) {
    Reader reader(value, "rule");
    Rule rule;
    rule.name = reader.text("name").value_or("");
    auto when = reader.table("when", "when");
    if (when) rule.when = read_when(*when, currency);
    Reader then = reader.require("then", reader.table("then", "then"));
    read_then(then, rule);
    if (when) check_refusal(*when, rule);
    check_reversals(then, rule);
    reader.finish();
    return rule;
}

}  // namespace

std::vector<Rule> read_rules(const config::Value& rules, const Currency& currency) {
    std::vector<Rule> read;
    if (const auto* list = rules.get<config::Array>()) {
        for (const config::Value& rule : *list) read.push_back(read_rule(rule, currency));
    } else {
        read.push_back(read_rule(rules, currency));
    }
    return read;
}

}  // namespace posbench::host
