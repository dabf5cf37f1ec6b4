#include "drivers/host/acquirer/wallet_profile.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "drivers/host/acquirer/profile_reading.hpp"
#include "drivers/protocols/iso8583/private_fields.hpp"

namespace posbench::host {
namespace {

using config::Reader;

constexpr auto longest_wait = std::chrono::hours(24);

/// `confirms`: "at once", "never", or how long it takes.
void read_confirmation(Reader& reader, WalletProfile& wallet) {
    const auto words = reader.text("confirms");
    wallet.refuses = reader.boolean("refuses").value_or(false);
    if (!words || words == "at once") return;
    wallet.confirms = std::nullopt;
    if (words == "never") return;
    wallet.confirms = reader.duration("confirms");
    if (*wallet.confirms > longest_wait) reader.fail("confirms", "confirms must be at most a day");
}

WalletProfile read_wallet(Reader& reader, std::string name, Currency currency) {
    WalletProfile wallet;
    wallet.name = std::move(name);
    wallet.code = reader.require(
        "code", read_digits(reader, "code", iso8583::shortest_payment_code, iso8583::longest_payment_code));
    wallet.balance = reader.require("balance", reader.amount("balance", currency));
    read_confirmation(reader, wallet);
    reader.finish();
    return wallet;
}

}  // namespace

std::vector<WalletProfile> read_wallets(Reader& profile, Currency currency) {
    std::vector<WalletProfile> wallets;
    const config::Value* value = profile.raw("wallet");
    if (!value) return wallets;
    const auto* named = value->get<config::Table>();
    if (!named) profile.fail("wallet", "wallet must be tables: [wallet.NAME]");
    for (const auto& entry : named->entries()) {
        Reader reader(entry.value, fmt::format("[wallet.{}]", entry.key));
        WalletProfile wallet = read_wallet(reader, entry.key, currency);
        if (find_wallet_by_code(wallets, wallet.code))
            reader.fail("code", "two wallets show this payment code");
        wallet.account = fmt::format("wallet {}", wallets.size() + 1);
        wallets.push_back(std::move(wallet));
    }
    return wallets;
}

const WalletProfile* find_wallet_by_code(const std::vector<WalletProfile>& wallets, std::string_view code) {
    const auto found = std::ranges::find(wallets, code, &WalletProfile::code);
    return found == wallets.end() ? nullptr : &*found;
}

const WalletProfile* find_wallet(const std::vector<WalletProfile>& wallets, std::string_view name) {
    const auto found = std::ranges::find(wallets, name, &WalletProfile::name);
    return found == wallets.end() ? nullptr : &*found;
}

}  // namespace posbench::host
