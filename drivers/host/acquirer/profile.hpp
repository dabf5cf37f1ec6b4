#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/config/value.hpp"
#include "bench/runtime/bytes.hpp"
#include "bench/runtime/money.hpp"
#include "bench/runtime/time.hpp"
#include "drivers/host/acquirer/behaviour.hpp"
#include "drivers/host/acquirer/request.hpp"
#include "drivers/host/acquirer/script.hpp"
#include "drivers/protocols/emv/scheme.hpp"
#include "drivers/protocols/iso8583/dialect.hpp"
#include "drivers/tls/config.hpp"

namespace posbench::host {

/// Transactions that an account or a terminal may make; one bit for each TransactionType but the reversal.
struct Services {
    std::uint8_t bits = 0xFF;
    bool allow(TransactionType type) const noexcept {
        return (bits >> static_cast<unsigned>(type) & 1U) != 0;
    }
};

struct TerminalProfile {
    std::string tid;    ///< eight characters
    std::string mid;    ///< fifteen characters
    Bytes master_key;   ///< TMK, 16 octets
    std::string batch;  ///< batch number in force, six digits
    Services services;
};

/// What is the matter with an account, with the response code that says so.
struct AccountStatus {
    std::string_view name;
    std::string_view code;  ///< empty: nothing is the matter
};

struct AccountProfile {
    std::string pan;
    Amount balance;
    std::optional<std::string> pin;  ///< none: the account has no PIN, and any is wrong
    int pin_tries = 3;
    AccountStatus status;
    std::optional<std::string> expiry;  ///< YYMM in the issuer's records; none: any date on the card will do
    std::string sequence_number;        ///< PSN, two digits, where the request has none
    emv::Scheme scheme = emv::Scheme::unknown;  ///< of its card, where the request names no application
    emv::KeyDerivation key_derivation = emv::KeyDerivation::option_a;  ///< of its card's keys
    std::optional<Bytes> master_key;  ///< issuer master key for application cryptograms; none: unchecked
    ScriptKeys script_keys;
    std::vector<ScriptCommand> scripts;  ///< for the first answer to a right cryptogram
    Services services;
};

/// A host profile (fixtures/hosts/*.toml), checked.
struct Profile {
    iso8583::Dialect dialect;
    std::array<std::uint8_t, 2> address{};  ///< of this host in the TPDU
    Bytes header;                           ///< of its answers, as long as the dialect's is
    Currency currency;
    std::string acquirer;            ///< field 32
    std::string issuer;              ///< first half of field 44
    runtime::Duration processing{};  ///< from the whole request to the decision
    runtime::Duration idle{};        ///< longest time for a frame to come, and for an answer to be taken
    std::size_t connections = 0;     ///< served at once; more are reset
    bool refuse_fallback = false;    ///< code 45 for the stripe of a chip card
    std::vector<TerminalProfile> terminals;
    std::vector<AccountProfile> accounts;
    std::vector<Rule> rules;
    std::optional<tls::ServerProfile> tls;  ///< none: plain TCP

    const TerminalProfile* find_terminal(std::string_view tid) const noexcept;
    const AccountProfile* find_account(std::string_view pan) const noexcept;
};

/// @throws config::ConfigError; no message repeats a key or a PIN
Profile read_profile(const config::Value& settings);

}  // namespace posbench::host
