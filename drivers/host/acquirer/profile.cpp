#include "drivers/host/acquirer/profile.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bench/config/reader.hpp"
#include "bench/runtime/ascii.hpp"
#include "drivers/protocols/iso8583/dialect_config.hpp"
#include "drivers/protocols/iso8583/private_fields.hpp"

namespace posbench::host {
namespace {

using config::Reader;
using namespace std::chrono_literals;

constexpr std::array statuses{
    AccountStatus{"active", ""},    AccountStatus{"lost", "41"},    AccountStatus{"stolen", "43"},
    AccountStatus{"frozen", "62"},  AccountStatus{"pick_up", "04"}, AccountStatus{"suspected", "34"},
    AccountStatus{"dormant", "21"},
};

/// A text of digits. The message does not repeat it: it may be a PIN.
std::optional<std::string> digits(Reader& reader, std::string_view key, std::size_t least, std::size_t most) {
    auto text = reader.text(key);
    if (text && (text->size() < least || text->size() > most || !runtime::is_all_digits(*text)))
        reader.fail(key, least == most ? fmt::format("{} must be {} digits", key, most)
                                       : fmt::format("{} must be {} to {} digits", key, least, most));
    return text;
}

std::optional<std::string> fixed_text(Reader& reader, std::string_view key, std::size_t length) {
    auto text = reader.text(key);
    const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
    if (text && (text->size() != length || !std::ranges::all_of(*text, printable)))
        reader.fail(key, fmt::format("{} must be {} characters (ASCII), not {}", key, length, text->size()));
    return text;
}

std::optional<Bytes> octets(Reader& reader, std::string_view key, std::size_t length) {
    auto value = reader.bytes(key);
    if (value && value->size() != length)
        reader.fail(key, fmt::format("{} must be {} octets, not {}", key, length, value->size()));
    return value;
}

Services read_services(Reader& reader) {
    const auto words = reader.texts("services");
    if (!words) return {};
    std::vector<std::string> names;
    Services services{0};
    for (const auto type : {TransactionType::inquiry, TransactionType::sale, TransactionType::sale_void,
                            TransactionType::refund}) {
        names.emplace_back(to_string(type));
        if (std::ranges::find(*words, names.back()) != words->end())
            services.bits |= static_cast<std::uint8_t>(1U << static_cast<unsigned>(type));
    }
    for (const std::string& word : *words)
        if (std::ranges::find(names, word) == names.end())
            reader.fail("services", fmt::format("services knows no '{}'", word),
                        config::nearest_name(word, names));
    return services;
}

AccountStatus read_status(Reader& reader) {
    std::vector<std::string> names;
    for (const AccountStatus& status : statuses) names.emplace_back(status.name);
    const std::string name = reader.choice("status", names).value_or("active");
    for (const AccountStatus& status : statuses)
        if (status.name == name) return status;
    return statuses.front();
}

/// Tables under `key`, named ([account.credit]: a scenario can override one figure of one of them) or listed
/// ([[account]]).
std::vector<Reader> entries(Reader& reader, std::string_view key) {
    std::vector<Reader> found;
    const config::Value* value = reader.raw(key);
    if (!value) return found;
    if (const auto* named = value->get<config::Table>()) {
        for (const auto& entry : named->entries())
            found.emplace_back(entry.value, fmt::format("[{}.{}]", key, entry.key));
    } else if (const auto* listed = value->get<config::Array>()) {
        for (const config::Value& element : *listed) found.emplace_back(element, fmt::format("[[{}]]", key));
    } else {
        reader.fail(key, fmt::format("{0} must be tables: [{0}.NAME] or [[{0}]]", key));
    }
    return found;
}

TerminalProfile read_terminal(Reader& reader) {
    TerminalProfile terminal;
    terminal.tid = reader.require("tid", fixed_text(reader, "tid", 8));
    terminal.mid = reader.require("mid", fixed_text(reader, "mid", 15));
    terminal.master_key = reader.require("tmk", octets(reader, "tmk", 16));
    terminal.batch = digits(reader, "batch", 6, 6).value_or("000001");
    terminal.services = read_services(reader);
    reader.finish();
    return terminal;
}

std::optional<std::string> read_expiry(Reader& reader) {
    auto expiry = digits(reader, "expiry", 4, 4);
    if (expiry && (expiry->substr(2) < "01" || expiry->substr(2) > "12"))
        reader.fail("expiry", "expiry must be YYMM with a month from 01 to 12");
    return expiry;
}

/// Issuer master keys, of the account or else of the profile.
struct IssuerMasterKeys {
    std::optional<Bytes> cryptogram, mac, encipherment;
};

IssuerMasterKeys read_issuer_keys(Reader& reader, const IssuerMasterKeys& otherwise) {
    const auto key = [&](std::string_view name, const std::optional<Bytes>& other) {
        auto own = octets(reader, name, 16);
        return own ? own : other;
    };
    return {key("imk_ac", otherwise.cryptogram), key("imk_mac", otherwise.mac),
            key("imk_enc", otherwise.encipherment)};
}

void read_scripts_of(AccountProfile& account, Reader& reader, IssuerMasterKeys keys) {
    account.script_keys.mac = std::move(keys.mac);
    account.script_keys.encipherment = std::move(keys.encipherment);
    account.script_keys.mac_size = static_cast<std::size_t>(reader.integer("mac_size", 4, 8).value_or(4));
    account.scripts = read_scripts(reader, account.script_keys);
    if (account.scheme == emv::Scheme::mastercard && in_both_templates(account.scripts))
        reader.fail("scripts", std::string(one_template_for_mchip));
    if (!account.scripts.empty() && !account.master_key)
        reader.fail("scripts", "scripts needs 'imk_ac': a script answers a cryptogram that was verified");
}

emv::Scheme read_scheme(Reader& reader) {
    constexpr std::pair<std::string_view, emv::Scheme> schemes[]{{"unionpay", emv::Scheme::unionpay},
                                                                 {"visa", emv::Scheme::visa},
                                                                 {"mastercard", emv::Scheme::mastercard},
                                                                 {"amex", emv::Scheme::amex},
                                                                 {"jcb", emv::Scheme::jcb}};
    std::vector<std::string> names;
    for (const auto& known : schemes) names.emplace_back(known.first);
    const auto name = reader.choice("scheme", names);
    for (const auto& known : schemes)
        if (name == known.first) return known.second;
    return emv::Scheme::unknown;
}

AccountProfile read_account(Reader& reader, const Profile& profile, const IssuerMasterKeys& issuer_keys) {
    AccountProfile account;
    account.pan = reader.require("pan", digits(reader, "pan", 13, 19));
    account.balance = reader.require("balance", reader.amount("balance", profile.currency));
    account.pin = digits(reader, "pin", 4, 12);
    account.pin_tries = static_cast<int>(reader.integer("pin_tries", 1, 15).value_or(account.pin_tries));
    account.status = read_status(reader);
    account.expiry = read_expiry(reader);
    account.sequence_number = digits(reader, "psn", 2, 2).value_or("00");
    account.scheme = read_scheme(reader);
    const IssuerMasterKeys keys = read_issuer_keys(reader, issuer_keys);
    account.master_key = keys.cryptogram;
    if (reader.choice("key_derivation", {"A", "B"}) == "B")
        account.key_derivation = emv::KeyDerivation::option_b;
    read_scripts_of(account, reader, keys);
    account.services = read_services(reader);
    reader.finish();
    return account;
}

void read_terminals(Reader& reader, Profile& profile) {
    for (Reader& entry : entries(reader, "terminal")) {
        TerminalProfile terminal = read_terminal(entry);
        if (profile.find_terminal(terminal.tid))
            entry.fail("tid", fmt::format("terminal {} is there twice", terminal.tid));
        profile.terminals.push_back(std::move(terminal));
    }
    if (profile.terminals.empty())
        throw config::ConfigError(reader.source(), "a host needs a [terminal.NAME]");
}

void read_accounts(Reader& reader, Profile& profile, const IssuerMasterKeys& issuer_keys) {
    for (Reader& entry : entries(reader, "account")) {
        AccountProfile account = read_account(entry, profile, issuer_keys);
        if (profile.find_account(account.pan)) entry.fail("pan", "two accounts have this PAN");
        profile.accounts.push_back(std::move(account));
    }
}

Currency read_currency(Reader& reader) {
    const auto code = reader.text("currency");
    if (!code) return cny;
    const auto currency = find_currency(*code);
    if (!currency) reader.fail("currency", fmt::format("currency '{}' is not known", *code));
    return *currency;
}

}  // namespace

const TerminalProfile* Profile::find_terminal(std::string_view tid) const noexcept {
    const auto found = std::ranges::find(terminals, tid, &TerminalProfile::tid);
    return found == terminals.end() ? nullptr : &*found;
}

const AccountProfile* Profile::find_account(std::string_view pan) const noexcept {
    const auto found = std::ranges::find(accounts, pan, &AccountProfile::pan);
    return found == accounts.end() ? nullptr : &*found;
}

Profile read_profile(const config::Value& settings) {
    Reader reader(settings, "host profile");
    Profile profile;
    reader.text("profile");  // the fixture these settings came from
    reader.title();
    const config::Value* dialect = reader.raw("dialect");
    if (dialect == nullptr) reader.missing("dialect");
    profile.dialect = iso8583::read_dialect(*dialect);
    if (const std::string unfit = iso8583::unfit_for_unionpay(profile.dialect); !unfit.empty())
        reader.fail("dialect", unfit);
    const std::size_t header = profile.dialect.framing.header_octets;
    profile.header = octets(reader, "header", header).value_or(Bytes());
    if (profile.header.size() != header) reader.missing("header");
    const Bytes tpdu = octets(reader, "tpdu", 5).value_or(Bytes{0x60, 0x00, 0x06, 0x00, 0x00});
    std::copy_n(tpdu.begin() + 1, profile.address.size(), profile.address.begin());
    profile.currency = read_currency(reader);
    profile.acquirer = digits(reader, "acquirer", 6, 11).value_or("48021000");
    profile.issuer = digits(reader, "issuer", 6, 11).value_or("01040000");
    profile.processing = reader.duration("processing").value_or(80ms);
    profile.idle = reader.duration("idle").value_or(60s);
    if (profile.idle == 0s) reader.fail("idle", "idle must be longer than nothing");
    profile.connections = static_cast<std::size_t>(reader.integer("connections", 1, 4096).value_or(64));
    profile.refuse_fallback = reader.choice("fallback", {"accept", "refuse"}) == "refuse";
    if (auto table = reader.table("tls", "[tls]")) profile.tls = tls::read_server(*table);
    const IssuerMasterKeys issuer_keys = read_issuer_keys(reader, {});
    read_terminals(reader, profile);
    read_accounts(reader, profile, issuer_keys);
    if (const config::Value* rules = reader.raw("rules"))
        profile.rules = read_rules(*rules, {profile.dialect, profile.currency});
    reader.finish();
    return profile;
}

}  // namespace posbench::host
