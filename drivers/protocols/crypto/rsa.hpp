#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"
#include "drivers/protocols/crypto/openssl.hpp"

/// RSA and SHA-1 as EMV uses them (book 2, annexes B2.1 and B3.1): the bare functions on numbers. What the
/// numbers mean, and what is padded how, is said in emv/certificate.hpp and emv/enciphered_pin.hpp.
namespace posbench::crypto {

inline constexpr std::size_t rsa_least_size = 64;  ///< octets of a modulus: 512 bits
inline constexpr std::size_t rsa_most_size = 248;  ///< 1984 bits, book 2 annex D

using Sha1 = std::array<std::uint8_t, 20>;
/// FIPS 180-1.
Sha1 sha1(ByteView data);

/// A public key: modulus of 64 to 248 octets whose leftmost bit is 1 (book 2 annex B2.1), exponent 3
/// (one octet) or 65537 (three octets).
class RsaPublicKey {
  public:
    /// Big-endian octets. The error names the rule that the modulus or the exponent breaks.
    static Result<RsaPublicKey> from_components(ByteView modulus, ByteView exponent);
    /// One PEM block "PUBLIC KEY" (RFC 7468 clause 13, RFC 5280), nothing before or behind it but blanks. The
    /// error names what is wrong with the text, or the rule of from_components that the key breaks.
    static Result<RsaPublicKey> from_pem(std::string_view text);
    std::string to_pem() const;

    ByteView modulus() const noexcept { return modulus_; }
    ByteView exponent() const noexcept { return exponent_; }
    std::size_t size() const noexcept { return modulus_.size(); }  ///< octets of the modulus

    /// data^exponent mod modulus, of size() octets: recovers what was signed, enciphers a PIN. The error says
    /// that `data` has another length than the modulus, or is no smaller number.
    Result<Bytes> recover(ByteView data) const;

  private:
    RsaPublicKey(ByteView modulus, ByteView exponent);

    Bytes modulus_;
    Bytes exponent_;
    Owned<EVP_PKEY> key_;
};

/// A key pair by its numbers, big-endian, as key files hold them. Wiped when it goes.
struct RsaComponents {
    Bytes modulus;
    Bytes exponent;          ///< 03 or 010001
    Bytes private_exponent;  ///< of the modulus's length
    Bytes prime1, prime2;

    RsaComponents() = default;
    RsaComponents(const RsaComponents&) = default;
    RsaComponents(RsaComponents&&) noexcept = default;
    RsaComponents& operator=(const RsaComponents&) = default;
    RsaComponents& operator=(RsaComponents&&) noexcept = default;
    ~RsaComponents();
};

/// A private key with its CRT numbers, inside OpenSSL.
class RsaPrivateKey {
  public:
    /// A new key, from OpenSSL's random generator. @throws std::invalid_argument unless `bits` is 512 to 1984
    /// in steps of 8 and `exponent` 3 or 65537
    static RsaPrivateKey generate(std::size_t bits, std::uint32_t exponent);
    /// The error names the number that is missing or does not belong to the others; it repeats none.
    static Result<RsaPrivateKey> from_components(const RsaComponents& components);
    /// One PEM block "PRIVATE KEY" (PKCS #8, RFC 5208) or "RSA PRIVATE KEY" (PKCS #1, RFC 8017 annex A.1.2),
    /// not enciphered, nothing before or behind it but blanks. The error is as of RsaPublicKey::from_pem; it
    /// repeats nothing of the text.
    static Result<RsaPrivateKey> from_pem(std::string_view text);
    /// As PKCS #8, not enciphered: a secret.
    std::string to_pem() const;

    RsaComponents components() const;
    const RsaPublicKey& public_key() const noexcept { return public_key_; }
    std::size_t size() const noexcept { return public_key_.size(); }

    /// data^private exponent mod modulus, by CRT: signs, deciphers a PIN. The error is that of
    /// RsaPublicKey::recover.
    Result<Bytes> sign(ByteView data) const;

  private:
    RsaPrivateKey(Owned<EVP_PKEY> key, RsaPublicKey public_key);

    Owned<EVP_PKEY> key_;
    RsaPublicKey public_key_;
};

}  // namespace posbench::crypto
