#include "drivers/protocols/crypto/rsa.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

namespace posbench::crypto {
namespace {

constexpr std::array<std::uint8_t, 1> exponent_3{0x03};
constexpr std::array<std::uint8_t, 3> exponent_65537{0x01, 0x00, 0x01};

struct FreeParameters {
    void operator()(OSSL_PARAM* list) const noexcept { OSSL_PARAM_free(list); }
    void operator()(OSSL_PARAM_BLD* builder) const noexcept { OSSL_PARAM_BLD_free(builder); }
};

using NamedNumber = std::pair<const char*, const BIGNUM*>;

Owned<EVP_PKEY> make_key(int selection, std::initializer_list<NamedNumber> numbers) {
    const std::unique_ptr<OSSL_PARAM_BLD, FreeParameters> builder(OSSL_PARAM_BLD_new());
    if (!builder) throw_openssl("making an RSA key");
    for (const auto& [name, value] : numbers)
        require(OSSL_PARAM_BLD_push_BN(builder.get(), name, value), "making an RSA key");
    const std::unique_ptr<OSSL_PARAM, FreeParameters> list(OSSL_PARAM_BLD_to_param(builder.get()));
    if (!list) throw_openssl("making an RSA key");
    const auto context = own(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr), "making an RSA key");
    EVP_PKEY* key = nullptr;
    require(EVP_PKEY_fromdata_init(context.get()), "making an RSA key");
    require(EVP_PKEY_fromdata(context.get(), &key, selection, list.get()), "making an RSA key");
    return Owned<EVP_PKEY>(key);
}

/// What is wrong with `data` as a number below the modulus.
std::optional<Error> wrong_input(ByteView data, ByteView modulus) {
    if (data.size() != modulus.size())
        return Error{
            fmt::format("{} octets for an RSA key whose modulus has {}", data.size(), modulus.size())};
    if (!std::ranges::lexicographical_compare(data, modulus))
        return Error{"the number is not smaller than the RSA modulus"};
    return std::nullopt;
}

using Operation = int (*)(EVP_PKEY_CTX*, unsigned char*, std::size_t*, const unsigned char*, std::size_t);

/// Runs a function of `key` on bare numbers.
Bytes run_bare(EVP_PKEY* key, int (*begin)(EVP_PKEY_CTX*), Operation operation, ByteView data) {
    const auto context = own(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr), "using an RSA key");
    require(begin(context.get()), "using an RSA key");
    require(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING), "switching RSA padding off");
    Bytes out(data.size());
    std::size_t size = out.size();
    require(operation(context.get(), out.data(), &size, data.data(), data.size()), "using an RSA key");
    if (size != out.size()) throw std::runtime_error("OpenSSL, using an RSA key: a result of another length");
    return out;
}

Bytes component(const EVP_PKEY* key, const char* name, std::size_t size) {
    BIGNUM* value = nullptr;
    require(EVP_PKEY_get_bn_param(key, name, &value), "reading an RSA key");
    const Owned<BIGNUM> owned(value);
    return octets(value, size);
}

}  // namespace

Sha1 sha1(ByteView data) {
    Sha1 out;
    std::ranges::copy(digest("SHA1", data), out.begin());
    return out;
}

RsaPublicKey::RsaPublicKey(ByteView modulus, ByteView exponent)
    : modulus_(modulus.begin(), modulus.end()),
      exponent_(exponent.begin(), exponent.end()),
      key_(make_key(EVP_PKEY_PUBLIC_KEY, {{OSSL_PKEY_PARAM_RSA_N, number(modulus).get()},
                                          {OSSL_PKEY_PARAM_RSA_E, number(exponent).get()}})) {}

Result<RsaPublicKey> RsaPublicKey::from_components(ByteView modulus, ByteView exponent) {
    if (modulus.size() < rsa_least_size || modulus.size() > rsa_most_size)
        return Error{fmt::format("an RSA modulus has {} to {} octets, this one {}", rsa_least_size,
                                 rsa_most_size, modulus.size())};
    if ((modulus.front() & 0x80) == 0) return Error{"the leftmost bit of an RSA modulus is 1, here it is 0"};
    if ((modulus.back() & 0x01) == 0) return Error{"an RSA modulus is odd, this one is even"};
    if (!std::ranges::equal(exponent, exponent_3) && !std::ranges::equal(exponent, exponent_65537))
        return Error{"an RSA exponent is 03 or 010001"};
    return RsaPublicKey(modulus, exponent);
}

Result<Bytes> RsaPublicKey::recover(ByteView data) const {
    if (auto wrong = wrong_input(data, modulus_)) return *std::move(wrong);
    return run_bare(key_.get(), EVP_PKEY_verify_recover_init, EVP_PKEY_verify_recover, data);
}

RsaComponents::~RsaComponents() {
    for (Bytes* secret : {&private_exponent, &prime1, &prime2})
        if (!secret->empty()) OPENSSL_cleanse(secret->data(), secret->size());
}

RsaPrivateKey::RsaPrivateKey(Owned<EVP_PKEY> key, RsaPublicKey public_key)
    : key_(std::move(key)), public_key_(std::move(public_key)) {}

RsaPrivateKey RsaPrivateKey::generate(std::size_t bits, std::uint32_t exponent) {
    if (bits < 8 * rsa_least_size || bits > 8 * rsa_most_size || bits % 8 != 0)
        throw std::invalid_argument(
            fmt::format("an RSA key has 512 to 1984 bits in steps of 8, not {}", bits));
    if (exponent != 3 && exponent != 65537)
        throw std::invalid_argument(fmt::format("an RSA exponent is 3 or 65537, not {}", exponent));
    const auto context = own(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr), "generating an RSA key");
    const ByteView short_exponent = exponent == 3 ? ByteView(exponent_3) : ByteView(exponent_65537);
    require(EVP_PKEY_keygen_init(context.get()), "generating an RSA key");
    require(EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), static_cast<int>(bits)), "generating an RSA key");
    require(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), number(short_exponent).get()),
            "generating an RSA key");
    EVP_PKEY* made = nullptr;
    require(EVP_PKEY_generate(context.get(), &made), "generating an RSA key");
    Owned<EVP_PKEY> key(made);
    const Bytes modulus = component(made, OSSL_PKEY_PARAM_RSA_N, bits / 8);
    return {std::move(key), RsaPublicKey::from_components(modulus, short_exponent).value()};
}

Result<RsaPrivateKey> RsaPrivateKey::from_components(const RsaComponents& components) {
    auto public_key = RsaPublicKey::from_components(components.modulus, components.exponent);
    if (!public_key) return public_key.error();
    const auto n = number(components.modulus), e = number(components.exponent);
    const auto d = number(components.private_exponent);
    const auto p = number(components.prime1), q = number(components.prime2);
    const auto context = own(BN_CTX_secure_new(), "making an RSA key");
    const auto make = [] { return own(BN_secure_new(), "making an RSA key"); };
    const auto product = make(), below_p = make(), below_q = make(), dp = make(), dq = make(),
               inverse = make();

    require(BN_mul(product.get(), p.get(), q.get(), context.get()), "checking an RSA key");
    if (BN_is_zero(product.get()) || BN_cmp(product.get(), n.get()) != 0 || BN_is_one(p.get()) ||
        BN_is_one(q.get()))
        return Error{"the primes of an RSA key do not give its modulus"};
    require(BN_sub(below_p.get(), p.get(), BN_value_one()), "checking an RSA key");
    require(BN_sub(below_q.get(), q.get(), BN_value_one()), "checking an RSA key");
    const auto inverts_exponent = [&](const BIGNUM* modulus) {
        require(BN_mod_mul(product.get(), d.get(), e.get(), modulus, context.get()), "checking an RSA key");
        return BN_is_one(product.get()) == 1;
    };
    if (BN_cmp(d.get(), n.get()) >= 0 || !inverts_exponent(below_p.get()) || !inverts_exponent(below_q.get()))
        return Error{"the private exponent of an RSA key does not belong to its public exponent"};
    require(BN_mod(dp.get(), d.get(), below_p.get(), context.get()), "making an RSA key");
    require(BN_mod(dq.get(), d.get(), below_q.get(), context.get()), "making an RSA key");
    if (!BN_mod_inverse(inverse.get(), q.get(), p.get(), context.get()))
        return Error{"the primes of an RSA key have a common divisor"};

    auto key = make_key(EVP_PKEY_KEYPAIR, {{OSSL_PKEY_PARAM_RSA_N, n.get()},
                                           {OSSL_PKEY_PARAM_RSA_E, e.get()},
                                           {OSSL_PKEY_PARAM_RSA_D, d.get()},
                                           {OSSL_PKEY_PARAM_RSA_FACTOR1, p.get()},
                                           {OSSL_PKEY_PARAM_RSA_FACTOR2, q.get()},
                                           {OSSL_PKEY_PARAM_RSA_EXPONENT1, dp.get()},
                                           {OSSL_PKEY_PARAM_RSA_EXPONENT2, dq.get()},
                                           {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, inverse.get()}});
    return RsaPrivateKey(std::move(key), *std::move(public_key));
}

RsaComponents RsaPrivateKey::components() const {
    RsaComponents components;
    const std::size_t half = (size() * 8 + 15) / 16;
    components.modulus.assign(public_key_.modulus().begin(), public_key_.modulus().end());
    components.exponent.assign(public_key_.exponent().begin(), public_key_.exponent().end());
    components.private_exponent = component(key_.get(), OSSL_PKEY_PARAM_RSA_D, size());
    components.prime1 = component(key_.get(), OSSL_PKEY_PARAM_RSA_FACTOR1, half);
    components.prime2 = component(key_.get(), OSSL_PKEY_PARAM_RSA_FACTOR2, half);
    return components;
}

Result<Bytes> RsaPrivateKey::sign(ByteView data) const {
    if (auto wrong = wrong_input(data, public_key_.modulus())) return *std::move(wrong);
    return run_bare(key_.get(), EVP_PKEY_sign_init, EVP_PKEY_sign, data);
}

}  // namespace posbench::crypto
