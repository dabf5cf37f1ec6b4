#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/config/value.hpp"
#include "bench/runtime/bytes.hpp"
#include "bench/runtime/money.hpp"
#include "bench/runtime/time.hpp"
#include "drivers/host/acquirer/account_profile.hpp"
#include "drivers/host/acquirer/behaviour.hpp"
#include "drivers/host/acquirer/downloads.hpp"
#include "drivers/host/acquirer/services.hpp"
#include "drivers/host/acquirer/wallet_profile.hpp"
#include "drivers/host/recording/recording.hpp"
#include "drivers/protocols/iso8583/dialect.hpp"
#include "drivers/tls/config.hpp"

namespace posbench::host {

struct TerminalProfile {
    std::string tid;    ///< eight characters
    std::string mid;    ///< fifteen characters
    Bytes master_key;   ///< TMK, 16 octets
    std::string batch;  ///< batch number in force at the start, six digits
    Services services;
    Schedule hours;                         ///< in which it may trade
    std::vector<Requirement> requirements;  ///< what it is to be asked for
};

/// A host profile (fixtures/hosts/*.toml), checked.
struct Profile {
    iso8583::Dialect dialect;
    std::array<std::uint8_t, 2> address{};  ///< of this host in the TPDU
    /// Of its answers, as long as the dialect's is; one for each Requirement.
    std::array<Bytes, requirement_count> headers;
    Currency currency;
    std::string acquirer;            ///< field 32
    std::string issuer;              ///< first half of field 44
    runtime::Duration processing{};  ///< from the whole request to the decision
    runtime::Duration idle{};        ///< longest time for a frame to come, and for an answer to be taken
    std::size_t connections = 0;     ///< served at once; more are reset
    bool refuse_fallback = false;    ///< code 45 for the stripe of a chip card
    std::int64_t tip_limit = 0;      ///< percent of the sale
    std::size_t history = 0;         ///< settled transactions that are kept, at least one
    Downloads downloads;
    std::vector<TerminalProfile> terminals;
    std::vector<AccountProfile> accounts;
    std::vector<WalletProfile> wallets;
    runtime::Duration order_lifetime{};  ///< an order that is not paid by then is closed
    std::vector<Rule> rules;
    std::shared_ptr<const Recording> recording;  ///< answers transactions; null: the host decides them
    std::optional<tls::ServerProfile> tls;       ///< none: plain TCP

    ByteView header(Requirement requirement) const noexcept {
        return headers[static_cast<std::size_t>(requirement)];
    }
};

/// @throws config::ConfigError; no message repeats a key or a PIN
Profile read_profile(const config::Value& settings);

}  // namespace posbench::host
