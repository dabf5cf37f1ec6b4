#include <utility>

#include <openssl/core_names.h>

#include "drivers/protocols/crypto/pem.hpp"
#include "drivers/protocols/crypto/rsa.hpp"

namespace posbench::crypto {
namespace {

Result<Owned<EVP_PKEY>> read_rsa(std::string_view text, std::initializer_list<std::string_view> labels) {
    auto key = pem::read_key(text, labels);
    if (key && EVP_PKEY_get_base_id(key->get()) != EVP_PKEY_RSA)
        return Error{"the key in PEM is of another algorithm than RSA"};
    return key;
}

}  // namespace

Result<RsaPublicKey> RsaPublicKey::from_pem(std::string_view text) {
    const auto key = read_rsa(text, {pem::public_info});
    if (!key) return key.error();
    return from_components(pem::component(key->get(), OSSL_PKEY_PARAM_RSA_N),
                           pem::component(key->get(), OSSL_PKEY_PARAM_RSA_E));
}

std::string RsaPublicKey::to_pem() const {
    return pem::write_public(key_.get());
}

Result<RsaPrivateKey> RsaPrivateKey::from_pem(std::string_view text) {
    const auto key = read_rsa(text, {pem::pkcs8, pem::pkcs1});
    if (!key) return key.error();
    RsaComponents components;
    components.modulus = pem::component(key->get(), OSSL_PKEY_PARAM_RSA_N);
    components.exponent = pem::component(key->get(), OSSL_PKEY_PARAM_RSA_E);
    components.private_exponent = pem::component(key->get(), OSSL_PKEY_PARAM_RSA_D);
    components.prime1 = pem::component(key->get(), OSSL_PKEY_PARAM_RSA_FACTOR1);
    components.prime2 = pem::component(key->get(), OSSL_PKEY_PARAM_RSA_FACTOR2);
    return from_components(components);
}

std::string RsaPrivateKey::to_pem() const {
    return pem::write_private(key_.get());
}

}  // namespace posbench::crypto
