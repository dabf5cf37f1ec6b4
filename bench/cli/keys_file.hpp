#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/cli/arguments.hpp"
#include "bench/config/value.hpp"
#include "drivers/protocols/crypto/rsa.hpp"

/// Key files of a test PKI: fixtures/keys/README.md.
namespace posbench::cli {

/// What is wrong with the lengths of a PKI's keys, in one sentence; empty when they fit one another.
std::string wrong_sizes(const KeysGenerateArguments& sizes);

struct PkiKeys {
    std::optional<crypto::RsaPrivateKey> authority, issuer, card, pin;
    std::optional<crypto::RsaPublicKey> authority_public;

    /// The entries that there are, by their names in the file and in its order.
    std::vector<std::pair<std::string, const crypto::RsaPublicKey*>> public_keys() const;
    /// Of the authority, from whichever entry there is; null when there is none.
    const crypto::RsaPublicKey* authority_key() const;
};

/// New keys. @throws std::invalid_argument as wrong_sizes() says
PkiKeys generate_pki(const KeysGenerateArguments& arguments);
/// The whole key file, TOML. A secret.
std::string to_toml(const PkiKeys& keys);
/// @throws config::ConfigError at the entry that is no key, or does not belong to the others; it repeats none
PkiKeys read_pki(const config::Value& file);

}  // namespace posbench::cli
