#pragma once

#include <array>
#include <cstdint>

#include "drivers/protocols/crypto/rsa.hpp"

/// Certification authority public keys as terminals store them (EMV book 2 clause 11.2).
namespace posbench::emv {

/// Under which the key is looked up: the first five octets of the application identifier, and tag 8F.
struct AuthorityKeyName {
    std::array<std::uint8_t, 5> rid{};
    std::uint8_t index = 0;

    bool operator==(const AuthorityKeyName&) const = default;
};

/// SHA-1 over RID, index, modulus and exponent: by it a terminal finds that a key was stored whole.
crypto::Sha1 check_sum(const AuthorityKeyName& name, const crypto::RsaPublicKey& key);

}  // namespace posbench::emv
