#include "drivers/protocols/crypto/key_pair.hpp"

#include <utility>

#include <fmt/format.h>

#include "drivers/protocols/crypto/pem.hpp"

namespace posbench::crypto {
namespace {

/// An elliptic curve's key goes to SM2, which refuses other curves; anything else to RSA.
template <class Rsa, class Sm2, class Key>
Result<Key> from_pem(std::string_view text, std::initializer_list<std::string_view> labels) {
    const auto key = pem::read_key(text, labels);
    if (!key) return key.error();
    const auto widened = [](auto read) -> Result<Key> {
        if (!read) return read.error();
        return Key(*std::move(read));
    };
    const auto is_a = [&key](const char* kind) { return EVP_PKEY_is_a(key->get(), kind) == 1; };
    if (is_a("RSA")) return widened(Rsa::from_pem(text));
    if (is_a("EC") || is_a("SM2")) return widened(Sm2::from_pem(text));
    return Error{"the key in PEM is of another algorithm than RSA and SM2"};
}

std::string describe_rsa(std::size_t octets) {
    return fmt::format("RSA, {} bits", 8 * octets);
}

}  // namespace

Result<PublicKey> public_key_from_pem(std::string_view text) {
    return from_pem<RsaPublicKey, Sm2PublicKey, PublicKey>(text, {pem::public_info});
}

Result<PrivateKey> private_key_from_pem(std::string_view text) {
    return from_pem<RsaPrivateKey, Sm2PrivateKey, PrivateKey>(text, {pem::pkcs8, pem::pkcs1, pem::sec1});
}

std::string to_pem(const PublicKey& key) {
    return std::visit([](const auto& own) { return own.to_pem(); }, key);
}

std::string to_pem(const PrivateKey& key) {
    return std::visit([](const auto& own) { return own.to_pem(); }, key);
}

std::string public_pem(const PrivateKey& key) {
    return std::visit([](const auto& own) { return own.public_key().to_pem(); }, key);
}

std::string describe(const PublicKey& key) {
    const auto* rsa = std::get_if<RsaPublicKey>(&key);
    return rsa ? describe_rsa(rsa->size()) : "SM2";
}

std::string describe(const PrivateKey& key) {
    const auto* rsa = std::get_if<RsaPrivateKey>(&key);
    return rsa ? describe_rsa(rsa->size()) : "SM2";
}

}  // namespace posbench::crypto
