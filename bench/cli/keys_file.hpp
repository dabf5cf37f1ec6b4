#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/cli/arguments.hpp"
#include "bench/config/value.hpp"
#include "drivers/protocols/crypto/key_pair.hpp"
#include "drivers/protocols/emv/authority_key.hpp"

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

/// What else a file of fixtures/keys may hold.
struct SymmetricKey {
    std::string name;
    Bytes octets;  ///< 16 or 24
};
struct KeyFile {
    PkiKeys pki;
    std::vector<SymmetricKey> symmetric;
};
/// @throws config::ConfigError as read_pki() for what is neither a key of a PKI nor a symmetric one in
/// hexadecimal, and for a file without keys
KeyFile read_key_file(const config::Value& file);

/// Certification authority public key as loaders of UnionPay terminals take it, TLV, one after the other:
///
///     9F06 RID(5)  9F22 index(1)  DF05 last day of use(4, YYYYMMDD)  DF06 hash algorithm 01  DF07 key
///     algorithm 01  DF02 modulus  DF04 exponent  DF03 check sum(20)
///
/// @param expires YYMM
/// The error says why there is none for this key or date.
Result<Bytes> authority_key_tlv(const emv::AuthorityKeyName& name, const crypto::PublicKey& key,
                                std::string_view expires);

/// New keys. @throws std::invalid_argument as wrong_sizes() says
PkiKeys generate_pki(const KeysGenerateArguments& arguments);
/// The whole key file, TOML. A secret.
std::string to_toml(const PkiKeys& keys);
/// @throws config::ConfigError at the entry that is no key, or does not belong to the others; it repeats none
PkiKeys read_pki(const config::Value& file);

}  // namespace posbench::cli
