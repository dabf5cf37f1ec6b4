#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "bench/config/reader.hpp"
#include "drivers/protocols/crypto/key_pair.hpp"
#include "drivers/protocols/emv/authority_key.hpp"

namespace posbench::emv {

/// A certification authority's public key (EMV book 2 clause 11.2; PBOC 3.0 part 17 for SM2).
struct AuthorityKey {
    AuthorityKeyName name;
    crypto::PublicKey key;
    std::optional<std::chrono::year_month_day> expires;  ///< last day of its use; none: it does not end

    bool is_sm2() const noexcept { return std::holds_alternative<crypto::Sm2PublicKey>(key); }
    bool expired(std::chrono::year_month_day today) const noexcept { return expires && today > *expires; }
};

/// The tables [[authority_key]] of a terminal or host profile (drivers/terminal/README.md). @throws
/// config::ConfigError
std::vector<AuthorityKey> read_authority_keys(config::Reader& profile);

}  // namespace posbench::emv
