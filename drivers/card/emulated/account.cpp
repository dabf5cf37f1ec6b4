#include "drivers/card/emulated/account.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include <fmt/format.h>

#include "drivers/protocols/emv/dates.hpp"
#include "drivers/protocols/magstripe/stripe.hpp"

namespace posbench::card {
namespace {

bool all_digits(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::string> digits(config::Reader& reader, std::string_view key, std::size_t fewest,
                                  std::size_t most) {
    auto text = reader.text(key);
    if (!text || (all_digits(*text) && text->size() >= fewest && text->size() <= most)) return text;
    if (fewest == most) reader.fail(key, fmt::format("must be {} digits", most));
    reader.fail(key, fmt::format("must be {} to {} digits", fewest, most));
}

enum class MonthEdge { first_day, last_day };

/// YYMM or YYMMDD; a month alone means its first or its last day.
std::optional<std::string> date(config::Reader& reader, std::string_view key, MonthEdge edge) {
    const auto text = reader.text(key);
    if (!text) return std::nullopt;
    if (!all_digits(*text) || (text->size() != 4 && text->size() != 6))
        reader.fail(key, "must be a date YYMM or YYMMDD");
    const auto month = emv::parse_month(std::string_view(*text).substr(0, 4));
    if (!month) reader.fail(key, "names a month that does not exist");
    if (text->size() == 6) {
        if (!emv::parse_date(*text)) reader.fail(key, "names a day that does not exist");
        return text;
    }
    const auto last = static_cast<unsigned>((*month / std::chrono::last).day());
    return *text + (edge == MonthEdge::first_day ? "01" : fmt::format("{:02}", last));
}

std::optional<std::string> holder_name(config::Reader& reader) {
    auto name = reader.text("holder");
    // The set of track 1 without the characters that separate its fields.
    const auto fits = [](char c) { return c >= ' ' && c <= '_' && c != '%' && c != '?' && c != '^'; };
    if (name && (name->size() < 2 || name->size() > 26 || !std::ranges::all_of(*name, fits)))
        reader.fail("holder", "must be 2 to 26 characters of track 1: capital letters, digits, '/', blank");
    return name;
}

/// Puts `value` into `field`; without one the field keeps what the base gave it, or the key is missing.
void take(std::string& field, std::optional<std::string> value, const config::Reader& reader,
          std::string_view key, bool required) {
    if (value)
        field = *std::move(value);
    else if (required)
        reader.missing(key);
}

/// Of what this table writes; what it keeps was checked where it is written.
void check(const config::Reader& reader, const AsIs& as_is, const Account& account) {
    constexpr emv::Tag pan = 0x5A, expiry = 0x5F24, effective = 0x5F25;
    if (reader.has("pan") && !magstripe::luhn_valid(account.pan))
        as_is.check(reader, "pan", pan, "the check digit is wrong");
    if (!account.effective_after_expiry()) return;
    const bool takes_effective = as_is.takes(effective), takes_expiry = as_is.takes(expiry);
    if (takes_effective || takes_expiry) return;
    if (reader.has("effective"))
        as_is.check(reader, "effective", effective, "is after the expiry");
    else if (reader.has("expiry"))
        as_is.check(reader, "expiry", expiry, "is before the effective date");
}

}  // namespace

bool Account::effective_after_expiry() const {
    return !effective.empty() && emv::parse_date(effective) > emv::parse_date(expiry);
}

Account read_account(config::Reader& reader, const AsIs& as_is, const Account* base) {
    const bool required = base == nullptr;
    Account account = base ? *base : Account{};
    take(account.pan, digits(reader, "pan", 12, 19), reader, "pan", required);
    take(account.sequence_number, digits(reader, "psn", 2, 2), reader, "psn", false);
    take(account.effective, date(reader, "effective", MonthEdge::first_day), reader, "effective", false);
    take(account.expiry, date(reader, "expiry", MonthEdge::last_day), reader, "expiry", required);
    take(account.holder, holder_name(reader), reader, "holder", required);
    take(account.service_code, digits(reader, "service_code", 3, 3), reader, "service_code", required);
    take(account.discretionary, digits(reader, "discretionary", 0, 13), reader, "discretionary", false);
    check(reader, as_is, account);
    return account;
}

}  // namespace posbench::card
