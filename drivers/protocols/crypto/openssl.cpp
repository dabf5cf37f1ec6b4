#include "drivers/protocols/crypto/openssl.hpp"

#include <array>
#include <stdexcept>
#include <string>

#include <openssl/err.h>

namespace posbench::crypto {

void throw_openssl(std::string_view tried) {
    std::array<char, 256> reason{"no reason given"};
    if (const auto code = ERR_get_error(); code != 0) ERR_error_string_n(code, reason.data(), reason.size());
    ERR_clear_error();
    throw std::runtime_error("OpenSSL, " + std::string(tried) + ": " + reason.data());
}

Owned<BIGNUM> number(ByteView octets) {
    return own(BN_bin2bn(octets.data(), static_cast<int>(octets.size()), nullptr), "reading a number");
}

Bytes octets(const BIGNUM* number, std::size_t size) {
    Bytes out(size);
    if (BN_bn2binpad(number, out.data(), static_cast<int>(size)) != static_cast<int>(size))
        throw_openssl("writing a number");
    return out;
}

Bytes digest(const char* name, ByteView data) {
    const auto algorithm = own(EVP_MD_fetch(nullptr, name, nullptr), "fetching a digest");
    Bytes out(static_cast<std::size_t>(EVP_MD_get_size(algorithm.get())));
    require(EVP_Digest(data.data(), data.size(), out.data(), nullptr, algorithm.get(), nullptr),
            "computing a digest");
    return out;
}

}  // namespace posbench::crypto
