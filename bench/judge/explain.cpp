#include "bench/judge/explain.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "bench/runtime/money.hpp"
#include "bench/trace/quote.hpp"

namespace posbench::judge {
namespace {

using trace::Event;
using trace::FieldType;
using trace::FieldValue;

/// Fields that stand at the front without their names, in this order: they explain themselves.
constexpr std::array<std::string_view, 11> plain_fields{
    "mti", "command", "header", "phase", "entry", "transaction", "copy", "op", "outcome", "state", "step"};

/// Fields that say little beside the others, or repeat them.
constexpr std::array<std::string_view, 19> quiet_fields{"definition",
                                                        "fields",
                                                        "bytes",
                                                        "processing_code",
                                                        "time",
                                                        "date",
                                                        "mid",
                                                        "tid",
                                                        "data",
                                                        "response",
                                                        "has_icc",
                                                        "batch",
                                                        "transaction_type",
                                                        "currency",
                                                        "expiry",
                                                        "has_pin",
                                                        "has_track2",
                                                        "tracks",
                                                        "read_capability"};

/// What a list field adds to a line at most.
constexpr std::size_t most_items = 4;

template <std::size_t Size>
bool is_one_of(const std::array<std::string_view, Size>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

std::string join(const std::vector<std::string>& items) {
    std::string out;
    for (std::size_t i = 0; i < std::min(items.size(), most_items); ++i)
        out += (i > 0 ? ", " : "") + trace::quote(std::string_view(items[i]));
    if (items.size() > most_items) out += fmt::format(", +{}", items.size() - most_items);
    return "[" + out + "]";
}

/// Sentences, of which the end says why.
constexpr std::array<std::string_view, 2> sentences{"detail", "reason"};
constexpr std::size_t longest_sentence = 240;  ///< characters

/// "code '51'", "delay_us 400".
std::string named(std::string_view name, const FieldValue& value) {
    if (const auto* text = std::get_if<std::string>(&value); text && is_one_of(sentences, name))
        return fmt::format("{} {}", name, trace::quote(std::string_view(*text), longest_sentence));
    if (const auto* list = std::get_if<std::vector<std::string>>(&value))
        return fmt::format("{} {}", name, join(*list));
    return fmt::format("{} {}", name, trace::quote(value));
}

void append(std::string& out, std::string_view separator, std::string_view part) {
    if (part.empty()) return;
    if (!out.empty()) out += separator;
    out += part;
}

/// A text without quotes when it is one line that needs no escape, else quoted.
std::string bare(std::string_view text) {
    std::string quoted = trace::quote(text);
    const bool same = std::string_view(quoted).substr(1, quoted.size() - 2) == text;
    return same ? std::string(text) : quoted;
}

/// The words at the front and the money: what happened.
std::string head(const Event& event) {
    std::string out;
    for (std::string_view name : plain_fields) append(out, " ", bare(event.text(name)));
    if (const auto stan = event.text("stan"); !stan.empty())
        append(out, " ", fmt::format("STAN {}", bare(stan)));
    if (const auto amount = event.integer("amount"))
        append(out, " ", format_money(*amount, event.text("currency")));
    return out;
}

/// The other fields, by name: how.
std::string tail(const Event& event) {
    std::string out;
    for (const trace::Field& field : event.fields) {
        const bool told = is_one_of(plain_fields, field.name) || is_one_of(quiet_fields, field.name) ||
                          field.name == "stan" || field.name == "amount";
        const auto* text = std::get_if<std::string>(&field.value);
        const auto* list = std::get_if<std::vector<std::string>>(&field.value);
        if (told || (text && text->empty()) || (list && list->empty())) continue;
        append(out, ", ", named(field.name, field.value));
    }
    return out;
}

/// What the absence of a field says.
std::string_view absence(const Event& event) {
    if (event.kind == trace::Kind::card_apdu && !event.find("sw")) return "no answer";
    if (event.kind == trace::Kind::card_reset && !event.find("atr") && !event.find("ats")) return "no answer";
    return {};
}

}  // namespace

std::string format_time(runtime::Duration span) {
    const std::int64_t ns = span.count();
    const bool negative = ns < 0;
    // The magnitude as unsigned: the smallest integer has no positive counterpart.
    const std::uint64_t magnitude =
        negative ? 0 - static_cast<std::uint64_t>(ns) : static_cast<std::uint64_t>(ns);
    const std::uint64_t ms = magnitude / 1'000'000 + (magnitude % 1'000'000 >= 500'000 ? 1 : 0);
    return fmt::format("{}{}.{:03} s", negative ? "-" : "", ms / 1000, ms % 1000);
}

std::string format_time(runtime::TimePoint at) {
    return format_time(at.time_since_epoch());
}

std::string format_money(std::int64_t minor, std::string_view currency) {
    const auto known = find_currency(currency);
    if (known) return Amount(minor, *known).to_string();
    if (currency.empty()) return fmt::format("{} minor units", minor);
    return fmt::format("{} minor units of currency {}", minor, bare(currency));
}

std::string explain_fields(const trace::Event& event) {
    std::string out = head(event);
    append(out, ", ", absence(event));
    append(out, ", ", tail(event));
    return out;
}

std::string explain(const trace::Event& event) {
    return explain_as(event, explain_fields(event));
}

std::string explain_as(const trace::Event& event, std::string_view fields) {
    return fmt::format("{:>12}  {:<22}  {}", format_time(event.at), trace::spec(event.kind).name, fields);
}

std::string cite(const trace::Event& event) {
    return fmt::format("{} at {}", trace::spec(event.kind).name, format_time(event.at));
}

}  // namespace posbench::judge
