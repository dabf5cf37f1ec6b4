#include "drivers/host/acquirer/profile.hpp"

#include <algorithm>
#include <stdexcept>
#include <system_error>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "bench/config/reader.hpp"
#include "drivers/host/acquirer/profile_reading.hpp"
#include "drivers/protocols/iso8583/dialect_config.hpp"
#include "drivers/protocols/iso8583/private_fields.hpp"

namespace posbench::host {
namespace {

using config::Reader;
using namespace std::chrono_literals;

/// Where the digit of Requirement stands in the header of an answer: low half.
constexpr std::size_t requirement_octet = 2;

std::string fixed_text(Reader& reader, std::string_view key, std::size_t length) {
    std::string text = reader.require(key, reader.text(key));
    const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
    if (text.size() != length || !std::ranges::all_of(text, printable))
        reader.fail(key, fmt::format("{} must be {} characters (ASCII), not {}", key, length, text.size()));
    return text;
}

/// Always when the key is absent.
Schedule read_hours(Reader& reader) {
    auto table = reader.table("hours", "hours");
    if (!table) return {};
    if (!table->has("between")) table->missing("between");
    Schedule schedule = read_schedule(*table);
    table->finish();
    return schedule;
}

std::optional<std::vector<Requirement>> read_requirements(Reader& reader) {
    constexpr std::pair<std::string_view, Requirement> words[]{
        {"parameters", Requirement::parameters},
        {"sign_in", Requirement::sign_in},
        {"authority_keys", Requirement::authority_keys},
        {"applications", Requirement::applications}};
    std::vector<std::string> names;
    for (const auto& [name, requirement] : words) names.emplace_back(name);
    const auto chosen = reader.choices("processing_requirement", names);
    if (!chosen) return std::nullopt;
    std::vector<Requirement> requirements;
    for (const auto& [name, requirement] : words)
        if (std::ranges::find(*chosen, name) != chosen->end()) requirements.push_back(requirement);
    return requirements;
}

/// @param host what terminals have that say nothing of their own
TerminalProfile read_terminal(Reader& reader, const TerminalProfile& host) {
    TerminalProfile terminal;
    terminal.tid = fixed_text(reader, "tid", 8);
    terminal.mid = fixed_text(reader, "mid", 15);
    terminal.master_key = reader.require("tmk", read_octets(reader, "tmk", 16));
    terminal.batch = read_digits(reader, "batch", 6, 6).value_or("000001");
    terminal.services = read_services(reader);
    terminal.hours = read_hours(reader);
    if (terminal.hours.always()) terminal.hours = host.hours;
    terminal.requirements = read_requirements(reader).value_or(host.requirements);
    reader.finish();
    return terminal;
}

std::vector<TerminalProfile> read_terminals(Reader& reader) {
    TerminalProfile host;
    host.hours = read_hours(reader);
    host.requirements = read_requirements(reader).value_or(host.requirements);
    std::vector<TerminalProfile> terminals;
    std::unordered_set<std::string> tids;
    for (Reader& entry : read_entries(reader, "terminal")) {
        terminals.push_back(read_terminal(entry, host));
        const std::string& tid = terminals.back().tid;
        if (!tids.insert(tid).second) entry.fail("tid", fmt::format("terminal {} is there twice", tid));
    }
    if (terminals.empty()) throw config::ConfigError(reader.source(), "a host needs a [terminal.NAME]");
    return terminals;
}

Currency read_currency(Reader& reader) {
    const auto code = reader.text("currency");
    if (!code) return cny;
    const auto currency = find_currency(*code);
    if (!currency) reader.fail("currency", fmt::format("currency '{}' is not known", *code));
    return *currency;
}

iso8583::Dialect read_dialect_of(Reader& reader) {
    const config::Value* table = reader.raw("dialect");
    if (table == nullptr) reader.missing("dialect");
    iso8583::Dialect dialect = iso8583::read_dialect(*table);
    if (const std::string unfit = iso8583::unfit_for_unionpay(dialect); !unfit.empty())
        reader.fail("dialect", unfit);
    return dialect;
}

/// One header for each requirement.
std::array<Bytes, requirement_count> read_headers(Reader& reader, std::size_t size) {
    const Bytes header = read_octets(reader, "header", size).value_or(Bytes());
    if (header.size() != size) reader.missing("header");
    std::array<Bytes, requirement_count> headers;
    headers.fill(header);
    if (size <= requirement_octet) return headers;
    for (std::size_t digit = 1; digit < headers.size(); ++digit)
        headers[digit][requirement_octet] =
            static_cast<std::uint8_t>((header[requirement_octet] & 0xF0) | digit);
    return headers;
}

void read_network(Reader& reader, Profile& profile) {
    profile.dialect = read_dialect_of(reader);
    profile.headers = read_headers(reader, profile.dialect.framing.header_octets);
    const Bytes own = read_octets(reader, "tpdu", 5).value_or(Bytes());
    const ByteView tpdu = own.empty() ? ByteView(iso8583::usual_tpdu.octets) : ByteView(own);
    std::copy_n(tpdu.begin() + 1, profile.address.size(), profile.address.begin());
    profile.processing = reader.duration("processing").value_or(80ms);
    profile.idle = reader.duration("idle").value_or(60s);
    if (profile.idle == 0s) reader.fail("idle", "idle must be longer than nothing");
    profile.connections = static_cast<std::size_t>(reader.integer("connections", 1, 4096).value_or(64));
}

runtime::Duration read_order_lifetime(Reader& reader) {
    const auto lifetime = reader.duration("order_lifetime").value_or(120s);
    if (lifetime == 0s || lifetime > 24h)
        reader.fail("order_lifetime", "order_lifetime must be longer than nothing, and at most a day");
    return lifetime;
}

/// What a step code.scan says, laid on the profile to be checked: the wallet is one of these. It changes
/// nothing of the host.
void check_scan(Reader& reader, const std::vector<WalletProfile>& wallets) {
    auto scan = reader.table("scan", "code.scan");
    if (!scan) return;
    std::vector<std::string> names;
    for (const WalletProfile& wallet : wallets) names.push_back(wallet.name);
    scan->require("wallet", scan->choice("wallet", names));
    scan->text("code");
    scan->finish();
}

/// Null when the profile names none.
std::shared_ptr<const Recording> read_recording(Reader& reader, const iso8583::Dialect& dialect) {
    const auto file = reader.text("recording");
    if (!file) return nullptr;
    try {
        return std::make_shared<const Recording>(load_recording(*file, dialect));
    } catch (const std::system_error& error) {
        reader.fail("recording", error.what());
    } catch (const std::invalid_argument& error) {
        reader.fail("recording", error.what());
    }
}

}  // namespace

Profile read_profile(const config::Value& settings) {
    Reader reader(settings, "host profile");
    Profile profile;
    reader.text("profile");  // the fixture these settings came from
    reader.title();
    read_network(reader, profile);
    profile.currency = read_currency(reader);
    profile.acquirer = read_digits(reader, "acquirer", 6, 11).value_or("48021000");
    profile.issuer = read_digits(reader, "issuer", 6, 11).value_or("01040000");
    profile.refuse_fallback = reader.choice("fallback", {"accept", "refuse"}) == "refuse";
    if (auto table = reader.table("tls", "[tls]")) profile.tls = tls::read_server(*table);
    profile.tip_limit = reader.integer("tip_limit", 0, 100).value_or(15);
    profile.history = static_cast<std::size_t>(reader.integer("history", 1, 100'000'000).value_or(100'000));
    profile.downloads = read_downloads(reader, profile.currency);
    profile.terminals = read_terminals(reader);
    if (profile.dialect.framing.header_octets <= requirement_octet && reader.has("processing_requirement"))
        reader.fail("processing_requirement", "has no room: the dialect's header is too short");
    profile.accounts = read_accounts(reader, profile.currency);
    profile.wallets = read_wallets(reader, profile.currency);
    profile.order_lifetime = read_order_lifetime(reader);
    check_scan(reader, profile.wallets);
    if (const config::Value* rules = reader.raw("rules"))
        profile.rules = read_rules(*rules, {profile.dialect, profile.currency});
    profile.recording = read_recording(reader, profile.dialect);
    reader.finish();
    return profile;
}

}  // namespace posbench::host
