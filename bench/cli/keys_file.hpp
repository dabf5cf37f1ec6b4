#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/cli/arguments.hpp"
#include "bench/config/value.hpp"
#include "drivers/protocols/crypto/key_pair.hpp"

/// Key files of a test PKI: fixtures/keys/README.md.
namespace posbench::cli {

/// What is wrong with the lengths of a PKI's keys, in one sentence; empty when they fit one another.
std::string wrong_sizes(const KeysGenerateArguments& sizes);

struct PkiKeys {
    std::optional<crypto::PrivateKey> authority, issuer, card, pin;
    std::optional<crypto::PublicKey> authority_public;

    /// The public parts of the entries that there are, by their names in the file and in its order.
    struct Entry {
        std::string name;
        crypto::PublicKey key;
    };
    std::vector<Entry> public_keys() const;
    /// Of the authority, from whichever entry there is; none when there is neither.
    std::optional<crypto::PublicKey> authority_key() const;
};

/// New keys. @throws std::invalid_argument as wrong_sizes() says
PkiKeys generate_pki(const KeysGenerateArguments& arguments);
/// The whole key file, TOML. A secret.
std::string to_toml(const PkiKeys& keys);
/// @throws config::ConfigError at the entry that is no key, or does not belong to the others; it repeats none
PkiKeys read_pki(const config::Value& file);

}  // namespace posbench::cli
