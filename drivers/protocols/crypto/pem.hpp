#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"
#include "drivers/protocols/crypto/openssl.hpp"

/// Keys as PEM text (RFC 7468), for the files that give them a meaning.
namespace posbench::crypto::pem {

/// Labels of the blocks: PKCS #8 (RFC 5208), PKCS #1 (RFC 8017 annex A.1.2), SEC 1 (RFC 5915) and public
/// keys (RFC 5280).
inline constexpr std::string_view pkcs8 = "PRIVATE KEY", pkcs1 = "RSA PRIVATE KEY", sec1 = "EC PRIVATE KEY",
                                  public_info = "PUBLIC KEY";

/// The key of the one block of `text`, not enciphered, of one of the labels, nothing before or behind it but
/// blanks. The error says what is wrong with the text and repeats nothing of it.
Result<Owned<EVP_PKEY>> read_key(std::string_view text, std::initializer_list<std::string_view> labels);

/// As "PUBLIC KEY"; as PKCS #8, not enciphered: a secret.
std::string write_public(EVP_PKEY* key);
std::string write_private(EVP_PKEY* key);

/// A number of `key` by OpenSSL's name of it, in as many octets as it needs; empty when it has none. A
/// secret when the number is.
Bytes component(const EVP_PKEY* key, const char* name);

}  // namespace posbench::crypto::pem
