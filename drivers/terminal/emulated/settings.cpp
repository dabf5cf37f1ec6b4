#include "drivers/terminal/emulated/settings.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "bench/config/reader.hpp"
#include "bench/runtime/ascii.hpp"
#include "drivers/protocols/iso8583/dialect_config.hpp"
#include "drivers/protocols/iso8583/private_fields.hpp"
#include "drivers/terminal/emulated/keys.hpp"
#include "drivers/terminal/emulated/profile_octets.hpp"

namespace posbench::terminal {
namespace {

using namespace std::chrono_literals;
using config::Reader;

constexpr bool is_alphanumeric(char c) {
    return runtime::is_digit(c) || runtime::is_letter(c);
}

/// A text of exactly `length` letters and digits: terminal and merchant numbers.
std::string identifier(Reader& reader, std::string_view key, std::size_t length) {
    std::string text = reader.require(key, reader.text(key));
    if (text.size() != length || !std::ranges::all_of(text, is_alphanumeric))
        reader.fail(key, fmt::format("must be {} letters or digits, not '{}', which has {}", length, text,
                                     text.size()));
    return text;
}

std::string digits(Reader& reader, std::string_view key, std::size_t length, std::string fallback) {
    std::string text = reader.text(key).value_or(std::move(fallback));
    if (text.size() != length || !std::ranges::all_of(text, runtime::is_digit))
        reader.fail(key, fmt::format("must be {} digits, not '{}'", length, text));
    return text;
}

/// A time that must not be zero: waiting for nothing is no time-out.
runtime::Duration positive(Reader& reader, std::string_view key, runtime::Duration fallback) {
    const runtime::Duration value = reader.duration(key).value_or(fallback);
    if (value <= 0ns) reader.fail(key, "must be longer than zero");
    return value;
}

int count(Reader& reader, std::string_view key, int low, int high, int fallback) {
    return static_cast<int>(reader.integer(key, low, high).value_or(fallback));
}

void read_identity(Reader& reader, TerminalSettings& settings) {
    settings.tid = identifier(reader, "tid", 8);
    settings.mid = identifier(reader, "mid", 15);
    settings.merchant_name = reader.require("merchant_name", reader.text("merchant_name"));
    settings.operator_number = digits(reader, "operator", 2, "01");
    const std::string currency = reader.text("currency").value_or("CNY");
    const auto found = find_currency(currency);
    if (!found) reader.fail("currency", "unknown currency '" + currency + "'");
    settings.currency = *found;
    settings.country = digits(reader, "country", 3, "156");
    settings.language =
        reader.choice("language", {"zh", "en"}).value_or("zh") == "en" ? Language::en : Language::zh;
    settings.clock = reader.wall_time("clock");
}

iso8583::Dialect read_dialect(Reader& reader) {
    const config::Value* table = reader.raw("dialect");
    if (table == nullptr) reader.missing("dialect");
    iso8583::Dialect dialect = iso8583::read_dialect(*table);
    if (const std::string unfit = iso8583::unfit_for_unionpay(dialect); !unfit.empty())
        reader.fail("dialect", unfit);
    return dialect;
}

void read_host(Reader& reader, TerminalSettings& settings) {
    settings.dialect = read_dialect(reader);
    settings.tpdu.octets = read_octets<5>(reader, "tpdu", to_hex(iso8583::usual_tpdu.octets));
    settings.header = reader.bytes("header").value_or(Bytes());
    if (settings.header.size() != settings.dialect.framing.header_octets)
        reader.fail("header", fmt::format("must be {} octets, as the dialect has it, not {}",
                                          settings.dialect.framing.header_octets, settings.header.size()));
    settings.tmk = reader.bytes("tmk").value_or(Bytes());
    if (!settings.tmk.empty() && settings.tmk.size() != master_key_octets)
        reader.fail(
            "tmk", fmt::format("must be a key of {} octets, not {}", master_key_octets, settings.tmk.size()));
    if (auto table = reader.table("tls", "[tls]")) settings.tls = tls::read_client(*table, settings.tid);
    settings.sign_in_key_type = reader.choice("sign_in_key_type", {"001", "003", "004"}).value_or("003");
    settings.sign_in_at_start = reader.boolean("sign_in_at_start").value_or(true);
    settings.reply_wait = positive(reader, "reply_wait", 30s);
    settings.connect_wait = positive(reader, "connect_wait", 10s);
    settings.connect_attempts = count(reader, "connect_attempts", 1, 10, 3);
    settings.connect_pause = reader.duration("connect_pause").value_or(1s);
    settings.reversal_resends = count(reader, "reversal_resends", 0, 9, 3);
}

OperatorAccount read_operator(Reader reader) {
    OperatorAccount account;
    account.number = digits(reader, "number", 2, "");
    account.password = reader.require("password", reader.text("password"));
    if (account.password.empty() || account.password.size() > 12 ||
        !std::ranges::all_of(account.password, runtime::is_digit))
        reader.fail("password", "must be 1 to 12 digits");
    account.supervisor = reader.boolean("supervisor").value_or(false);
    reader.finish();
    return account;
}

void read_operators(Reader& reader, TerminalSettings& settings) {
    for (Reader& account : reader.tables("account", "[[account]]"))
        settings.operators.push_back(read_operator(account));
    if (!settings.operators.empty() && std::ranges::none_of(settings.operators, &OperatorAccount::supervisor))
        reader.fail("account",
                    "none is a supervisor: a terminal that wrong passwords have locked could never "
                    "be unlocked. Give one supervisor = true");
    settings.password_tries = count(reader, "password_tries", 1, 9, 3);
    const std::vector<std::string> names = reader.texts("supervised").value_or(std::vector<std::string>());
    for (const std::string& name : names) {
        const auto function = find_function(name);
        if (!function) reader.fail("supervised", "no function '" + name + "'");
        settings.supervised.push_back(*function);
    }
    if (!names.empty() && std::ranges::none_of(settings.operators, &OperatorAccount::supervisor))
        reader.fail("supervised", "asks for a supervisor, and no [[account]] is one");
}

void read_operation(Reader& reader, TerminalSettings& settings) {
    settings.operator_wait = positive(reader, "operator_wait", 60s);
    settings.code_poll = positive(reader, "code_poll", 3s);
    settings.code_wait = positive(reader, "code_wait", 60s);
    settings.card_tries = count(reader, "card_tries", 1, 10, 3);
    settings.journal_capacity = count(reader, "journal_capacity", 1, 999, 300);
    settings.amount_max =
        reader.amount("amount_max", settings.currency).value_or(Amount(999'999'999, settings.currency));
    if (settings.amount_max.minor() > largest_amount_max)
        reader.fail("amount_max",
                    fmt::format("at most {}, so that the sum of 999 transactions has room in the "
                                "totals of a settlement",
                                Amount(largest_amount_max, settings.currency).to_string()));
    settings.refund_max = reader.amount("refund_max", settings.currency);
    if (settings.refund_max && settings.refund_max->minor() > largest_amount_max)
        reader.fail("refund_max", "larger than the largest amount_max there can be");
    settings.manual_entry = reader.boolean("manual_entry").value_or(false);
    settings.tip_limit = count(reader, "tip_limit", 0, 100, 15);
    settings.void_asks_card = reader.boolean("void_asks_card").value_or(false);
    settings.sign_off_after_settlement = reader.boolean("sign_off_after_settlement").value_or(false);
    settings.check_stripe_expiry = reader.boolean("check_stripe_expiry").value_or(true);
    settings.contactless_reader = reader.boolean("contactless_reader").value_or(false);
    settings.pin_bypass = reader.boolean("pin_bypass").value_or(true);
}

/// What is claimed must be there: no card capture, and no bit that has no meaning.
Capabilities read_capabilities(Reader& reader) {
    constexpr std::array<std::uint8_t, 3> possible{0xE0, 0xF8, 0xC8};
    const Capabilities capabilities{read_octets<3>(reader, "capabilities", "E06800")};
    for (std::size_t i = 0; i < possible.size(); ++i) {
        const int beyond = capabilities.octets[i] & ~possible[i];
        if (beyond != 0)
            reader.fail("capabilities",
                        fmt::format("claims what this terminal does not do: bits {:02X} of octet "
                                    "{}",
                                    beyond, i + 1));
    }
    return capabilities;
}

/// PANs, which no message repeats.
std::vector<std::string> read_exception_file(Reader& reader) {
    std::vector<std::string> pans = reader.texts("exception_file").value_or(std::vector<std::string>());
    for (const std::string& pan : pans)
        if (pan.size() < 8 || pan.size() > 19 || !std::ranges::all_of(pan, runtime::is_digit))
            reader.fail("exception_file", "must be card numbers of 8 to 19 digits");
    return pans;
}

void read_chip(Reader& reader, TerminalSettings& settings) {
    // Attended or unattended, of merchant or cardholder (EMV book 4 annex A1).
    const std::string type =
        reader.choice("terminal_type", {"21", "22", "23", "24", "25", "26", "34", "35", "36"}).value_or("21");
    settings.terminal_type.octet = static_cast<std::uint8_t>((type[0] - '0') << 4 | (type[1] - '0'));
    settings.capabilities = read_capabilities(reader);
    settings.additional_capabilities = read_octets<5>(reader, "additional_capabilities", "6000F0A001");
    settings.cardholder_selection = reader.boolean("cardholder_selection").value_or(false);
    settings.exception_file = read_exception_file(reader);
    const Amount floor_limit = read_floor_limit(reader, settings.currency, Amount(0, settings.currency));
    settings.applications = read_applications(reader, settings.currency, floor_limit);
    settings.authority_keys = emv::read_authority_keys(reader);
}

void read_timings(Reader& reader, Timings& timings) {
    auto table = reader.table("timings", "[timings]");
    const auto take = [&](std::string_view key, runtime::Duration fallback) {
        return table ? table->duration(key).value_or(fallback) : fallback;
    };
    timings.boot = take("boot", 3s);
    timings.key = take("key", 30ms);
    timings.display = take("display", 5ms);
    timings.flash_write = take("flash_write", 4ms);
    timings.print = take("print", 1200ms);
    timings.stripe = take("stripe", 20ms);
    timings.chip_step = take("chip_step", 2ms);
    timings.watchdog = take("watchdog", 30s);
    if (table) table->finish();
}

}  // namespace

std::shared_ptr<const TerminalSettings> read_settings(const config::Value& profile) {
    Reader reader(profile, "terminal profile");
    auto settings = std::make_shared<TerminalSettings>();
    reader.raw("profile");  // the name under which the profile was asked for
    reader.title();
    read_identity(reader, *settings);
    read_host(reader, *settings);
    read_operation(reader, *settings);
    read_operators(reader, *settings);
    read_chip(reader, *settings);
    read_timings(reader, settings->timings);
    if (const config::Value* condition = reader.raw("condition"))
        settings->condition = read_condition(*condition);
    settings->defects = read_defects(reader);
    reader.finish();
    return settings;
}

}  // namespace posbench::terminal
