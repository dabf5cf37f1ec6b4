#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/config/reader.hpp"
#include "bench/runtime/money.hpp"
#include "bench/runtime/time.hpp"

namespace posbench::host {

/// A customer's wallet on a phone: what pays by code.
struct WalletProfile {
    std::string name;
    std::string code;     ///< the payment code that it shows, 16 to 24 digits
    std::string account;  ///< the name of its money in the ledger, where a card has its PAN
    Amount balance;
    /// From the code's scan until the customer has confirmed on the phone; none: never.
    std::optional<runtime::Duration> confirms = runtime::Duration();
    bool refuses = false;  ///< the customer refuses, in place of confirming
};

/// The wallets of a host profile. @throws config::ConfigError; no message repeats a payment code
std::vector<WalletProfile> read_wallets(config::Reader& profile, Currency currency);

/// Null where none has this payment code, or this name.
const WalletProfile* find_wallet_by_code(const std::vector<WalletProfile>& wallets, std::string_view code);
const WalletProfile* find_wallet(const std::vector<WalletProfile>& wallets, std::string_view name);

}  // namespace posbench::host
