#pragma once

#include <ctime>
#include <memory>
#include <string_view>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "bench/runtime/time.hpp"
#include "drivers/protocols/crypto/openssl.hpp"

/// OpenSSL's objects of certificates and connections as owners, for the files of this folder.
namespace posbench::tls {

struct FreeTls {
    void operator()(SSL_CTX* object) const noexcept { SSL_CTX_free(object); }
    void operator()(SSL* object) const noexcept { SSL_free(object); }
    void operator()(X509* object) const noexcept { X509_free(object); }
    void operator()(X509_EXTENSION* object) const noexcept { X509_EXTENSION_free(object); }
    void operator()(ASN1_TIME* object) const noexcept { ASN1_TIME_free(object); }
};
template <class T>
using OwnedTls = std::unique_ptr<T, FreeTls>;

template <class T>
OwnedTls<T> own_tls(T* object, std::string_view tried) {
    if (!object) crypto::throw_openssl(tried);
    return OwnedTls<T>(object);
}

/// A text to be read. It outlives what is returned.
crypto::Owned<BIO> reading(std::string_view text);
/// @throws std::invalid_argument for text that holds no private key; it repeats nothing of the text
crypto::Owned<EVP_PKEY> read_key(std::string_view pem);

/// The rig's civil time, taken for UTC.
std::time_t to_time_t(runtime::WallTime instant) noexcept;

}  // namespace posbench::tls
