#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "bench/runtime/result.hpp"
#include "drivers/protocols/crypto/rsa.hpp"
#include "drivers/protocols/crypto/sm.hpp"

/// Keys of certificates and signatures, whichever of the two algorithms they are of.
namespace posbench::crypto {

using PublicKey = std::variant<RsaPublicKey, Sm2PublicKey>;
using PrivateKey = std::variant<RsaPrivateKey, Sm2PrivateKey>;

/// As from_pem of the key's own class, which the text tells. The error repeats nothing of the text.
Result<PublicKey> public_key_from_pem(std::string_view text);
Result<PrivateKey> private_key_from_pem(std::string_view text);

std::string to_pem(const PublicKey& key);
std::string to_pem(const PrivateKey& key);
/// The public key of a private one, as PEM.
std::string public_pem(const PrivateKey& key);

/// "RSA, 1152 bits", "SM2".
std::string describe(const PublicKey& key);
std::string describe(const PrivateKey& key);

}  // namespace posbench::crypto
