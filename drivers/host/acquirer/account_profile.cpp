#include "drivers/host/acquirer/account_profile.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "drivers/host/acquirer/profile_reading.hpp"

namespace posbench::host {
namespace {

using config::Reader;
using namespace std::chrono_literals;

constexpr std::array statuses{
    AccountStatus{"active", ""},
    AccountStatus{"lost", "41"},
    AccountStatus{"stolen", "43"},
    AccountStatus{"frozen", "62"},
    AccountStatus{"restricted", "62"},
    AccountStatus{"pick_up", "04"},
    AccountStatus{"suspected", "34"},
    AccountStatus{"dormant", "21"},
    AccountStatus{"refer_to_issuer", "01"},
    AccountStatus{"do_not_honour", "05"},
};

AccountStatus read_status(Reader& reader) {
    std::vector<std::string> names;
    for (const AccountStatus& status : statuses) names.emplace_back(status.name);
    const std::string name = reader.choice("status", names).value_or("active");
    for (const AccountStatus& status : statuses)
        if (status.name == name) return status;
    return statuses.front();
}

AccountLimits read_limits(Reader& reader, Currency currency) {
    AccountLimits limits;
    limits.transaction = reader.amount("transaction_limit", currency);
    limits.daily = reader.amount("daily_limit", currency);
    // The instants of so many are kept for each account.
    limits.count = static_cast<std::size_t>(reader.integer("count_limit", 1, 1000).value_or(0));
    const auto window = reader.duration("window");
    if (window && limits.count == 0)
        reader.fail("window", "window needs 'count_limit': how many transactions it may hold");
    limits.window = window.value_or(1min);
    if (limits.window == 0s) reader.fail("window", "window must be longer than nothing");
    return limits;
}

std::optional<CardCheckValue> read_card_check_value(Reader& reader) {
    const auto digits = read_digits(reader, "cvv", 3, 3);
    const auto at = reader.integer("cvv_at", 0, 20);
    if (!digits) {
        if (at) reader.fail("cvv_at", "cvv_at needs 'cvv'");
        return std::nullopt;
    }
    return CardCheckValue{*digits, static_cast<std::size_t>(at.value_or(5))};
}

std::optional<std::string> read_expiry(Reader& reader) {
    auto expiry = read_digits(reader, "expiry", 4, 4);
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
        auto own = read_octets(reader, name, 16);
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

void read_pin(AccountProfile& account, Reader& reader) {
    account.pin = read_digits(reader, "pin", 4, 12);
    account.pin_tries = static_cast<int>(reader.integer("pin_tries", 1, 15).value_or(account.pin_tries));
    account.pin_tries_code =
        reader.choice("pin_exhausted", {"decline", "capture"}) == "capture" ? "38" : "75";
}

AccountProfile read_account(Reader& reader, Currency currency, const IssuerMasterKeys& issuer_keys) {
    AccountProfile account;
    account.pan = reader.require("pan", read_digits(reader, "pan", 13, 19));
    account.balance = reader.require("balance", reader.amount("balance", currency));
    read_pin(account, reader);
    account.status = read_status(reader);
    account.limits = read_limits(reader, currency);
    account.partial = reader.boolean("partial").value_or(false);
    account.vip = reader.boolean("vip").value_or(false);
    account.cvv = read_card_check_value(reader);
    account.expiry = read_expiry(reader);
    account.sequence_number = read_digits(reader, "psn", 2, 2).value_or("00");
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

}  // namespace

std::vector<AccountProfile> read_accounts(Reader& profile, Currency currency) {
    const IssuerMasterKeys issuer_keys = read_issuer_keys(profile, {});
    std::vector<AccountProfile> accounts;
    std::unordered_set<std::string> pans;
    for (Reader& entry : read_entries(profile, "account")) {
        accounts.push_back(read_account(entry, currency, issuer_keys));
        if (!pans.insert(accounts.back().pan).second) entry.fail("pan", "two accounts have this PAN");
    }
    return accounts;
}

}  // namespace posbench::host
