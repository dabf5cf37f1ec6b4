#include "drivers/tls/openssl_tls.hpp"

#include <stdexcept>

#include <openssl/err.h>
#include <openssl/pem.h>

namespace posbench::tls {

crypto::Owned<BIO> reading(std::string_view text) {
    return crypto::own(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), "reading a text");
}

crypto::Owned<EVP_PKEY> read_key(std::string_view pem) {
    const auto text = reading(pem);
    // Without a callback of its own OpenSSL would ask at the console for the password of an enciphered key.
    const auto no_password = [](char*, int, int, void*) { return -1; };
    crypto::Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(text.get(), nullptr, no_password, nullptr));
    ERR_clear_error();
    if (!key) throw std::invalid_argument("no private key as PEM");
    return key;
}

std::time_t to_time_t(runtime::WallTime instant) noexcept {
    return std::chrono::system_clock::to_time_t(
        std::chrono::time_point_cast<std::chrono::system_clock::duration>(instant));
}

}  // namespace posbench::tls
