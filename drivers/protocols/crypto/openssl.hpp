#pragma once

#include <memory>
#include <string_view>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/x509.h>

#include "bench/runtime/bytes.hpp"

/// OpenSSL's objects as owners, for the files that talk to it.
namespace posbench::crypto {

struct FreeOpenssl {
    void operator()(EVP_CIPHER* object) const noexcept { EVP_CIPHER_free(object); }
    void operator()(EVP_CIPHER_CTX* object) const noexcept { EVP_CIPHER_CTX_free(object); }
    void operator()(EVP_MD* object) const noexcept { EVP_MD_free(object); }
    void operator()(EVP_MD_CTX* object) const noexcept { EVP_MD_CTX_free(object); }
    void operator()(EVP_PKEY* object) const noexcept { EVP_PKEY_free(object); }
    void operator()(EVP_PKEY_CTX* object) const noexcept { EVP_PKEY_CTX_free(object); }
    void operator()(BIGNUM* object) const noexcept { BN_clear_free(object); }
    void operator()(BN_CTX* object) const noexcept { BN_CTX_free(object); }
    void operator()(BIO* object) const noexcept { BIO_free(object); }
    void operator()(PKCS8_PRIV_KEY_INFO* object) const noexcept { PKCS8_PRIV_KEY_INFO_free(object); }
    void operator()(EVP_MAC* object) const noexcept { EVP_MAC_free(object); }
    void operator()(EVP_MAC_CTX* object) const noexcept { EVP_MAC_CTX_free(object); }
    void operator()(OSSL_PARAM_BLD* object) const noexcept { OSSL_PARAM_BLD_free(object); }
    void operator()(OSSL_PARAM* object) const noexcept { OSSL_PARAM_free(object); }
    void operator()(EC_GROUP* object) const noexcept { EC_GROUP_free(object); }
    void operator()(EC_POINT* object) const noexcept { EC_POINT_clear_free(object); }
};
template <class T>
using Owned = std::unique_ptr<T, FreeOpenssl>;

/// @throws std::runtime_error "OpenSSL, TRIED: reason", and clears the queue of errors
[[noreturn]] void throw_openssl(std::string_view tried);

/// `object`, owned. @throws std::runtime_error when it is null
template <class T>
Owned<T> own(T* object, std::string_view tried) {
    if (!object) throw_openssl(tried);
    return Owned<T>(object);
}
/// For OpenSSL's functions that return 1 on success.
inline void require(int returned, std::string_view tried) {
    if (returned != 1) throw_openssl(tried);
}

/// Big-endian octets to a number, and back, padded with zeros at the left to `size` octets.
Owned<BIGNUM> number(ByteView octets);
Bytes octets(const BIGNUM* number, std::size_t size);

/// `data` under the digest that OpenSSL knows by `name`.
Bytes digest(const char* name, ByteView data);

}  // namespace posbench::crypto
