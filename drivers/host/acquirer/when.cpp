#include "drivers/host/acquirer/when.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "bench/runtime/ascii.hpp"

namespace posbench::host {
namespace {

using config::Reader;
using runtime::is_digit;

bool equal_or_unset(const std::optional<std::string>& wanted, std::string_view value) {
    return !wanted || *wanted == value;
}

bool pan_fits(std::string_view pattern, std::string_view pan) {
    const bool whole = pattern.find('*') != std::string_view::npos;
    if (pan.size() < pattern.size() || (whole && pan.size() != pattern.size())) return false;
    return std::ranges::equal(pattern, pan.substr(0, pattern.size()),
                              [](char wanted, char digit) { return wanted == '*' || wanted == digit; });
}

bool is_transaction(const Request& request, TransactionType type) {
    if (type == TransactionType::reversal) return request.message.mti() == "0400";
    const TransactionRow* row = request.row();
    return row && row->type == type;
}

std::optional<std::string> digits(Reader& reader, std::string_view key, std::size_t length) {
    auto text = reader.text(key);
    if (text && (text->size() != length || !std::ranges::all_of(*text, is_digit)))
        reader.fail(key, fmt::format("{} must be {} digits", key, length));
    return text;
}

std::optional<TransactionType> read_transaction(Reader& reader) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < static_cast<std::size_t>(TransactionType::count_); ++i)
        names.emplace_back(iso8583::to_string(static_cast<TransactionType>(i)));
    const auto name = reader.choice("transaction", names);
    if (!name) return std::nullopt;
    return static_cast<TransactionType>(std::ranges::find(names, *name) - names.begin());
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

}  // namespace

bool When::meets(const Request& request, runtime::WallTime now) const {
    return equal_or_unset(mti, request.message.mti()) &&
           (!transaction || is_transaction(request, *transaction)) &&
           equal_or_unset(processing_code, request.message.get(3)) &&
           equal_or_unset(condition_code, request.message.get(25)) &&
           equal_or_unset(network_management, request.field60.network_management) &&
           equal_or_unset(stan, request.stan()) && equal_or_unset(tid, request.tid()) &&
           (!pan || pan_fits(*pan, request.card.pan)) &&
           (!least || (request.amount && *request.amount >= *least)) &&
           (!most || (request.amount && *request.amount <= *most)) && between.contains(now);
}

bool When::takes_reversals() const noexcept {
    return mti.value_or("0400") == "0400" && (!transaction || *transaction == TransactionType::reversal);
}

When read_when(Reader& reader, const Currency& currency) {
    When when;
    when.mti = digits(reader, "mti", 4);
    when.transaction = read_transaction(reader);
    when.processing_code = digits(reader, "processing_code", 6);
    when.condition_code = digits(reader, "condition_code", 2);
    when.network_management = digits(reader, "network_management", 3);
    when.stan = digits(reader, "stan", 6);
    when.tid = reader.text("tid");
    when.pan = read_pan_pattern(reader);
    read_amount(reader, when, currency);
    when.between = read_schedule(reader);
    read_count(reader, when);
    when.probability = reader.number("probability", 0, 1);
    reader.finish();
    return when;
}

}  // namespace posbench::host
