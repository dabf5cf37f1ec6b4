#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/config/reader.hpp"
#include "bench/runtime/bytes.hpp"
#include "bench/runtime/money.hpp"
#include "bench/runtime/time.hpp"
#include "drivers/host/acquirer/script.hpp"
#include "drivers/host/acquirer/services.hpp"
#include "drivers/protocols/emv/cryptogram.hpp"
#include "drivers/protocols/emv/scheme.hpp"

namespace posbench::host {

/// What is the matter with an account, with the response code that says so.
struct AccountStatus {
    std::string_view name;
    std::string_view code;  ///< empty: nothing is the matter
};

/// How much, and how often, an account may be charged; what is absent is not limited.
struct AccountLimits {
    std::optional<Amount> transaction;  ///< of one charge or hold
    std::optional<Amount> daily;        ///< of all in a day of the host's clock
    std::size_t count = 0;              ///< charges and holds in `window`; 0: not limited
    runtime::Duration window{};
};

/// The card check value of the stripe: three digits in the discretionary data of track 2.
struct CardCheckValue {
    std::string digits;
    std::size_t at = 0;  ///< digits of discretionary data before it
};

struct AccountProfile {
    std::string pan;
    Amount balance;
    std::optional<std::string> pin;  ///< none: the account has no PIN, and any is wrong
    int pin_tries = 3;
    std::string_view pin_tries_code;  ///< when they are used up: 75, or 38 to have the card captured
    AccountStatus status;
    AccountLimits limits;
    bool partial = false;               ///< approves what there is when that is less than was asked for
    bool vip = false;                   ///< approvals say so (code 11)
    std::optional<CardCheckValue> cvv;  ///< none: unchecked
    std::optional<std::string> expiry;  ///< YYMM in the issuer's records; none: any date will do
    std::string sequence_number;        ///< PSN, two digits, where the request has none
    emv::Scheme scheme = emv::Scheme::unknown;  ///< of its card, where the request names no application
    emv::KeyDerivation key_derivation = emv::KeyDerivation::option_a;  ///< of its card's keys
    std::optional<Bytes> master_key;  ///< issuer master key for application cryptograms; none: unchecked
    ScriptKeys script_keys;
    std::vector<ScriptCommand> scripts;  ///< for the first answer to a right cryptogram
    Services services;
};

/// The accounts of a host profile, and the issuer keys (`imk_ac`, `imk_mac`, `imk_enc`) of all that have none
/// of their own. @throws config::ConfigError; no message repeats a key or a PIN
std::vector<AccountProfile> read_accounts(config::Reader& profile, Currency currency);

}  // namespace posbench::host
