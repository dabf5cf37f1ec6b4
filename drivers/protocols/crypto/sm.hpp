#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"
#include "drivers/protocols/crypto/crypto.hpp"
#include "drivers/protocols/crypto/ecb.hpp"
#include "drivers/protocols/crypto/openssl.hpp"

/// The Chinese commercial algorithms: SM3 (GB/T 32905), SM4 (GB/T 32907) and SM2 signatures (GB/T 32918.2,
/// GM/T 0003.2) with the identifier of GM/T 0009.
namespace posbench::crypto {

using Block32 = std::array<std::uint8_t, 32>;

Block32 sm3(ByteView data);

/// SM4 with one key, its schedule made once. Not shared between threads.
class Sm4Cipher {
  public:
    /// @throws std::invalid_argument unless the key has 16 octets
    explicit Sm4Cipher(ByteView key);
    /// ECB over whole blocks. @throws std::invalid_argument unless a multiple of 16
    Bytes encrypt(ByteView data) const;
    Bytes decrypt(ByteView data) const;

  private:
    EcbContext forward_;
    EcbContext backward_;
};

/// ISO/IEC 9797-1 algorithm 1 (CBC-MAC) with SM4: the last block.
Block16 sm4_mac(ByteView key16, ByteView data, Padding padding);

/// GM/T 0009 clause 10: the identifier where none was agreed.
inline constexpr std::string_view sm2_default_identifier = "1234567812345678";

/// A point of the curve of GM/T 0003.5, big-endian coordinates.
class Sm2PublicKey {
  public:
    /// The error says that the octets are no point of the curve.
    static Result<Sm2PublicKey> from_coordinates(const Block32& x, const Block32& y);
    /// One PEM block "PUBLIC KEY" (RFC 7468 clause 13) of an elliptic curve, the curve being SM2's. The error
    /// names what is wrong with the text, and repeats nothing of it.
    static Result<Sm2PublicKey> from_pem(std::string_view text);
    std::string to_pem() const;

    const Block32& x() const noexcept { return x_; }
    const Block32& y() const noexcept { return y_; }
    /// 04 | x | y (SEC 1 clause 2.3.3).
    Bytes uncompressed() const;

    /// ZA, the hash of identifier, curve and key (GM/T 0003.2 clause 5.5). Here and below: @throws
    /// std::invalid_argument for an identifier of more than 8190 octets
    Block32 identity_hash(std::string_view identifier) const;
    /// Whether `signature` is r | s, 64 octets, over `message`; any other octets are not.
    bool verify(ByteView message, ByteView signature,
                std::string_view identifier = sm2_default_identifier) const;

  private:
    Sm2PublicKey(const Block32& x, const Block32& y, Owned<EVP_PKEY> key);

    Block32 x_;
    Block32 y_;
    Owned<EVP_PKEY> key_;
};

/// A private key, 1 to n - 2.
class Sm2PrivateKey {
  public:
    /// From OpenSSL's random generator.
    static Sm2PrivateKey generate();
    /// Big-endian. The error says that the number is out of range; it does not repeat it.
    static Result<Sm2PrivateKey> from_number(const Block32& number);
    /// One PEM block "PRIVATE KEY" (PKCS #8) or "EC PRIVATE KEY" (SEC 1), not enciphered, the curve being
    /// SM2's. The error is as of Sm2PublicKey::from_pem.
    static Result<Sm2PrivateKey> from_pem(std::string_view text);
    /// As PKCS #8, not enciphered: a secret.
    std::string to_pem() const;
    /// The number, for a key file.
    Block32 number() const;
    const Sm2PublicKey& public_key() const noexcept { return public_key_; }

    /// r | s, 64 octets (GM/T 0003.2 clause 6.1). `nonce` is the random number k of the standard: the
    /// caller's, so that a run can be repeated, and never twice the same for two messages. The error says
    /// that it will not do (0, not below n, or it gives a zero): take another.
    Result<Bytes> sign_with_nonce(ByteView message, const Block32& nonce,
                                  std::string_view identifier = sm2_default_identifier) const;
    /// The same with a nonce made of key and message (RFC 6979 clause 3.2 with HMAC-SM3): the same message
    /// has the same signature, and no other message has its nonce.
    Bytes sign(ByteView message, std::string_view identifier = sm2_default_identifier) const;

  private:
    Sm2PrivateKey(Owned<BIGNUM> number, Sm2PublicKey public_key);

    Owned<BIGNUM> number_;
    Sm2PublicKey public_key_;
};

}  // namespace posbench::crypto
