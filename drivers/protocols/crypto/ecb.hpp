#pragma once

#include <cstdint>

#include "bench/runtime/bytes.hpp"
#include "drivers/protocols/crypto/openssl.hpp"

namespace posbench::crypto {

enum class Direction { encrypt, decrypt };

/// A block cipher in ECB without padding, keyed for one direction: the only place that talks to OpenSSL's
/// ciphers. The key lives in OpenSSL's context alone, which wipes it when it is freed.
class EcbContext {
  public:
    /// DES or triple DES. @throws std::invalid_argument unless `key` has 8, 16 or 24 octets
    static EcbContext des(ByteView key, Direction direction);
    /// SM4. @throws std::invalid_argument unless `key` has 16 octets
    static EcbContext sm4(ByteView key, Direction direction);

    /// `out` has room for `data.size()` octets, a multiple of the block size; it may be `data` itself.
    /// @throws std::runtime_error when OpenSSL fails
    void update(ByteView data, std::uint8_t* out) const;

  private:
    EcbContext(const EVP_CIPHER* cipher, ByteView key, Direction direction);

    Owned<EVP_CIPHER_CTX> context_;
};

}  // namespace posbench::crypto
