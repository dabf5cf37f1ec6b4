#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "drivers/protocols/crypto/pem.hpp"
#include "drivers/protocols/crypto/sm.hpp"

namespace posbench::crypto {
namespace {

/// A key over the SM2 curve: standard tools write one as an elliptic curve's, with the curve's name.
Result<Owned<EVP_PKEY>> read_sm2(std::string_view text, std::initializer_list<std::string_view> labels) {
    auto key = pem::read_key(text, labels);
    if (!key) return key;
    std::array<char, 32> group{};
    std::size_t size = 0;
    const bool named = EVP_PKEY_get_group_name(key->get(), group.data(), group.size(), &size) == 1;
    const std::string_view curve(group.data(), named ? size : 0);
    if (curve.empty()) return Error{"the key in PEM is of another algorithm than SM2"};
    if (curve != "SM2") return Error{fmt::format("the key in PEM is of the curve {}, not SM2", curve)};
    return key;
}

/// A number of at most 256 bits; a longer one becomes one that no key has.
Block32 number_of(const EVP_PKEY* key, const char* name) {
    const Bytes octets = pem::component(key, name);
    Block32 out{};
    if (octets.size() > out.size())
        out.fill(0xFF);
    else
        std::ranges::copy(octets, out.end() - static_cast<std::ptrdiff_t>(octets.size()));
    return out;
}

}  // namespace

Result<Sm2PublicKey> Sm2PublicKey::from_pem(std::string_view text) {
    const auto key = read_sm2(text, {pem::public_info});
    if (!key) return key.error();
    return from_coordinates(number_of(key->get(), OSSL_PKEY_PARAM_EC_PUB_X),
                            number_of(key->get(), OSSL_PKEY_PARAM_EC_PUB_Y));
}

std::string Sm2PublicKey::to_pem() const {
    return pem::write_public(key_.get());
}

Result<Sm2PrivateKey> Sm2PrivateKey::from_pem(std::string_view text) {
    const auto key = read_sm2(text, {pem::pkcs8, pem::sec1});
    if (!key) return key.error();
    auto own_key = from_number(number_of(key->get(), OSSL_PKEY_PARAM_PRIV_KEY));
    if (own_key && (own_key->public_key().x() != number_of(key->get(), OSSL_PKEY_PARAM_EC_PUB_X) ||
                    own_key->public_key().y() != number_of(key->get(), OSSL_PKEY_PARAM_EC_PUB_Y)))
        return Error{"the public key in the PEM text is not that of the private one"};
    return own_key;
}

std::string Sm2PrivateKey::to_pem() const {
    const auto parameters = own(OSSL_PARAM_BLD_new(), "writing an SM2 key");
    const Bytes point = public_key_.uncompressed();
    require(OSSL_PARAM_BLD_push_utf8_string(parameters.get(), OSSL_PKEY_PARAM_GROUP_NAME, "SM2", 0),
            "writing an SM2 key");
    require(OSSL_PARAM_BLD_push_octet_string(parameters.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                             point.size()),
            "writing an SM2 key");
    require(OSSL_PARAM_BLD_push_BN(parameters.get(), OSSL_PKEY_PARAM_PRIV_KEY, number_.get()),
            "writing an SM2 key");
    const auto list = own(OSSL_PARAM_BLD_to_param(parameters.get()), "writing an SM2 key");
    const auto context = own(EVP_PKEY_CTX_new_from_name(nullptr, "SM2", nullptr), "writing an SM2 key");
    EVP_PKEY* key = nullptr;
    require(EVP_PKEY_fromdata_init(context.get()), "writing an SM2 key");
    require(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, list.get()), "writing an SM2 key");
    const Owned<EVP_PKEY> owned(key);
    return pem::write_private(key);
}

}  // namespace posbench::crypto
