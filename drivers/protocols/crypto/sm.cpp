#include "drivers/protocols/crypto/sm.hpp"

#include <algorithm>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <openssl/params.h>

namespace posbench::crypto {
namespace {

constexpr std::size_t sm4_block = 16;

Bytes whole_blocks(const EcbContext& context, ByteView data) {
    if (data.size() % sm4_block != 0)
        throw std::invalid_argument(
            fmt::format("SM4 needs whole blocks of 16 octets, not {} octets", data.size()));
    Bytes out(data.size());
    if (!out.empty()) context.update(data, out.data());
    return out;
}

Owned<EC_GROUP> curve() {
    return own(EC_GROUP_new_by_curve_name(NID_sm2), "taking the SM2 curve");
}

Owned<BN_CTX> workspace() {
    return own(BN_CTX_secure_new(), "making a workspace");
}

Owned<BIGNUM> fresh() {
    return own(BN_secure_new(), "making a number");
}

Block32 block32(const BIGNUM* number) {
    Block32 out;
    std::ranges::copy(octets(number, out.size()), out.begin());
    return out;
}

/// A multiple of the base point, in coordinates.
std::pair<Owned<BIGNUM>, Owned<BIGNUM>> multiple_of_base(const EC_GROUP* group, const BIGNUM* times,
                                                         BN_CTX* work) {
    const auto point = own(EC_POINT_new(group), "making a point");
    std::pair coordinates{fresh(), fresh()};
    require(EC_POINT_mul(group, point.get(), times, nullptr, nullptr, work), "multiplying the base point");
    require(EC_POINT_get_affine_coordinates(group, point.get(), coordinates.first.get(),
                                            coordinates.second.get(), work),
            "reading a point");
    return coordinates;
}

/// The curve's parameters as ZA takes them: a, b, xG, yG.
Bytes curve_octets() {
    const auto group = curve();
    const auto work = workspace();
    const auto p = fresh(), a = fresh(), b = fresh(), x = fresh(), y = fresh();
    require(EC_GROUP_get_curve(group.get(), p.get(), a.get(), b.get(), work.get()), "reading the SM2 curve");
    require(EC_POINT_get_affine_coordinates(group.get(), EC_GROUP_get0_generator(group.get()), x.get(),
                                            y.get(), work.get()),
            "reading the base point");
    Bytes out;
    for (const auto* number : {&a, &b, &x, &y}) {
        const Block32 part = block32(number->get());
        out.insert(out.end(), part.begin(), part.end());
    }
    return out;
}

/// r | s as OpenSSL takes it: an ASN.1 SEQUENCE of two INTEGERs.
Bytes der_signature(ByteView signature) {
    const auto integer = [](ByteView number) {
        while (number.size() > 1 && number[0] == 0) number = number.subspan(1);
        Bytes out{0x02, static_cast<std::uint8_t>(number.size() + (number[0] >> 7))};
        if (number[0] >> 7) out.push_back(0);
        out.insert(out.end(), number.begin(), number.end());
        return out;
    };
    const Bytes r = integer(signature.first(32)), s = integer(signature.subspan(32));
    Bytes out{0x30, static_cast<std::uint8_t>(r.size() + s.size())};
    out.insert(out.end(), r.begin(), r.end());
    out.insert(out.end(), s.begin(), s.end());
    return out;
}

/// The standard's length of two octets counts bits, so 8191 octets would fit; OpenSSL takes one less.
void require_identifier(std::string_view identifier) {
    if (identifier.size() > 8190) throw std::invalid_argument("an SM2 identifier has at most 8190 octets");
}

Bytes uncompressed_point(const Block32& x, const Block32& y) {
    Bytes octets{0x04};
    octets.insert(octets.end(), x.begin(), x.end());
    octets.insert(octets.end(), y.begin(), y.end());
    return octets;
}

/// The number e that is signed: SM3 of ZA and message.
Owned<BIGNUM> message_number(const Block32& identity_hash, ByteView message) {
    Bytes data(identity_hash.begin(), identity_hash.end());
    data.insert(data.end(), message.begin(), message.end());
    return number(sm3(data));
}

Block32 hmac_sm3(ByteView key, std::initializer_list<ByteView> parts) {
    static const Owned<EVP_MAC> algorithm = own(EVP_MAC_fetch(nullptr, "HMAC", nullptr), "taking HMAC");
    const auto context = own(EVP_MAC_CTX_new(algorithm.get()), "making a MAC context");
    std::string name = "SM3";
    const OSSL_PARAM parameters[]{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), name.size()),
        OSSL_PARAM_construct_end()};
    require(EVP_MAC_init(context.get(), key.data(), key.size(), parameters), "making a MAC");
    for (const ByteView part : parts)
        require(EVP_MAC_update(context.get(), part.data(), part.size()), "making a MAC");
    Block32 out;
    std::size_t size = 0;
    require(EVP_MAC_final(context.get(), out.data(), &size, out.size()), "making a MAC");
    return out;
}

/// RFC 6979 clause 3.2, steps b to h; the order of the curve has as many bits as SM3's output.
class NonceGenerator {
  public:
    NonceGenerator(const Block32& private_number, const Block32& hash) {
        key_.fill(0x00);
        value_.fill(0x01);
        for (const Bytes& separator : {Bytes{0x00}, Bytes{0x01}}) {
            key_ = hmac_sm3(key_, {value_, separator, private_number, hash});
            value_ = hmac_sm3(key_, {value_});
        }
    }
    NonceGenerator(const NonceGenerator&) = delete;
    NonceGenerator& operator=(const NonceGenerator&) = delete;
    ~NonceGenerator() {
        OPENSSL_cleanse(key_.data(), key_.size());
        OPENSSL_cleanse(value_.data(), value_.size());
    }

    /// The next one; it may be out of range, which the signature finds.
    Block32 next() {
        if (given_) {
            key_ = hmac_sm3(key_, {value_, Bytes{0x00}});
            value_ = hmac_sm3(key_, {value_});
        }
        given_ = true;
        return value_ = hmac_sm3(key_, {value_});
    }

  private:
    Block32 key_{}, value_{};
    bool given_ = false;
};

}  // namespace

Block32 sm3(ByteView data) {
    Block32 out;
    std::ranges::copy(digest("SM3", data), out.begin());
    return out;
}

Sm4Cipher::Sm4Cipher(ByteView key)
    : forward_(EcbContext::sm4(key, Direction::encrypt)),
      backward_(EcbContext::sm4(key, Direction::decrypt)) {}

Bytes Sm4Cipher::encrypt(ByteView data) const {
    return whole_blocks(forward_, data);
}

Bytes Sm4Cipher::decrypt(ByteView data) const {
    return whole_blocks(backward_, data);
}

Block16 sm4_mac(ByteView key16, ByteView data, Padding padding) {
    Bytes padded(data.begin(), data.end());
    if (padding == Padding::method2) padded.push_back(0x80);
    padded.resize(std::max(sm4_block, (padded.size() + sm4_block - 1) / sm4_block * sm4_block));
    const EcbContext cipher = EcbContext::sm4(key16, Direction::encrypt);
    Block16 state{};
    for (std::size_t at = 0; at < padded.size(); at += sm4_block) {
        for (std::size_t i = 0; i < sm4_block; ++i) state[i] ^= padded[at + i];
        cipher.update(state, state.data());
    }
    return state;
}

Sm2PublicKey::Sm2PublicKey(const Block32& x, const Block32& y, Owned<EVP_PKEY> key)
    : x_(x), y_(y), key_(std::move(key)) {}

Result<Sm2PublicKey> Sm2PublicKey::from_coordinates(const Block32& x, const Block32& y) {
    const auto group = curve();
    const auto point = own(EC_POINT_new(group.get()), "making a point");
    if (EC_POINT_set_affine_coordinates(group.get(), point.get(), crypto::number(x).get(),
                                        crypto::number(y).get(), workspace().get()) != 1) {
        ERR_clear_error();
        return Error{"the coordinates are no point of the SM2 curve"};
    }
    Bytes octets = uncompressed_point(x, y);
    std::string name = "SM2";
    OSSL_PARAM parameters[]{
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name.data(), name.size()),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets.data(), octets.size()),
        OSSL_PARAM_construct_end()};
    const auto context = own(EVP_PKEY_CTX_new_from_name(nullptr, "SM2", nullptr), "making an SM2 key");
    EVP_PKEY* key = nullptr;
    require(EVP_PKEY_fromdata_init(context.get()), "making an SM2 key");
    require(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters), "making an SM2 key");
    return Sm2PublicKey(x, y, Owned<EVP_PKEY>(key));
}

Bytes Sm2PublicKey::uncompressed() const {
    return uncompressed_point(x_, y_);
}

Block32 Sm2PublicKey::identity_hash(std::string_view identifier) const {
    static const Bytes parameters = curve_octets();
    require_identifier(identifier);
    Bytes data;
    append(data, big_endian(static_cast<std::uint16_t>(identifier.size() * 8)));
    for (const ByteView part : {as_bytes(identifier), ByteView(parameters), ByteView(x_), ByteView(y_)})
        append(data, part);
    return sm3(data);
}

bool Sm2PublicKey::verify(ByteView message, ByteView signature, std::string_view identifier) const {
    require_identifier(identifier);
    if (signature.size() != 64) return false;
    const auto digest_context = own(EVP_MD_CTX_new(), "making a digest context");
    const auto context = own(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr), "using an SM2 key");
    EVP_MD_CTX_set_pkey_ctx(digest_context.get(), context.get());
    require(EVP_PKEY_CTX_set1_id(context.get(), identifier.data(), static_cast<int>(identifier.size())),
            "setting an SM2 identifier");
    require(
        EVP_DigestVerifyInit_ex(digest_context.get(), nullptr, "SM3", nullptr, nullptr, key_.get(), nullptr),
        "verifying an SM2 signature");
    const Bytes der = der_signature(signature);
    const int verdict =
        EVP_DigestVerify(digest_context.get(), der.data(), der.size(), message.data(), message.size());
    // OpenSSL says 0 or less for whatever is wrong with a signature from outside.
    ERR_clear_error();
    return verdict == 1;
}

Sm2PrivateKey::Sm2PrivateKey(Owned<BIGNUM> number, Sm2PublicKey public_key)
    : number_(std::move(number)), public_key_(std::move(public_key)) {}

Sm2PrivateKey Sm2PrivateKey::generate() {
    const auto group = curve();
    const auto below = fresh(), chosen = fresh();
    require(BN_sub(below.get(), EC_GROUP_get0_order(group.get()), BN_value_one()), "choosing an SM2 key");
    do require(BN_priv_rand_range(chosen.get(), below.get()), "choosing an SM2 key");
    while (BN_is_zero(chosen.get()));
    return from_number(block32(chosen.get())).value();
}

Result<Sm2PrivateKey> Sm2PrivateKey::from_number(const Block32& number) {
    const auto group = curve();
    const auto work = workspace();
    auto own_number = crypto::number(number);
    const auto next = fresh();
    require(BN_add(next.get(), own_number.get(), BN_value_one()), "checking an SM2 key");
    if (BN_is_zero(own_number.get()) || BN_cmp(next.get(), EC_GROUP_get0_order(group.get())) >= 0)
        return Error{"an SM2 private key is 1 to n - 2"};
    const auto [x, y] = multiple_of_base(group.get(), own_number.get(), work.get());
    auto public_key = Sm2PublicKey::from_coordinates(block32(x.get()), block32(y.get()));
    return Sm2PrivateKey(std::move(own_number), std::move(public_key).value());
}

Block32 Sm2PrivateKey::number() const {
    return block32(number_.get());
}

Bytes Sm2PrivateKey::sign(ByteView message, std::string_view identifier) const {
    const auto group = curve();
    const auto work = workspace();
    const auto e = message_number(public_key_.identity_hash(identifier), message);
    const auto reduced = fresh();
    require(BN_nnmod(reduced.get(), e.get(), EC_GROUP_get0_order(group.get()), work.get()),
            "signing with SM2");
    NonceGenerator nonces(number(), block32(reduced.get()));
    for (;;)
        if (auto signature = sign_with_nonce(message, nonces.next(), identifier))
            return *std::move(signature);
}

Result<Bytes> Sm2PrivateKey::sign_with_nonce(ByteView message, const Block32& nonce,
                                             std::string_view identifier) const {
    const Error refused{"this nonce gives no SM2 signature"};
    const auto group = curve();
    const auto work = workspace();
    const BIGNUM* n = EC_GROUP_get0_order(group.get());
    const auto k = crypto::number(nonce);
    if (BN_is_zero(k.get()) || BN_cmp(k.get(), n) >= 0) return refused;
    const auto e = message_number(public_key_.identity_hash(identifier), message);
    const auto [x1, y1] = multiple_of_base(group.get(), k.get(), work.get());

    const auto r = fresh(), s = fresh(), sum = fresh(), inverse = fresh();
    require(BN_mod_add(r.get(), e.get(), x1.get(), n, work.get()), "signing with SM2");
    require(BN_mod_add(sum.get(), r.get(), k.get(), n, work.get()), "signing with SM2");
    if (BN_is_zero(r.get()) || BN_is_zero(sum.get())) return refused;
    // s = (k - r d) / (1 + d)
    require(BN_mod_mul(s.get(), r.get(), number_.get(), n, work.get()), "signing with SM2");
    require(BN_mod_sub(s.get(), k.get(), s.get(), n, work.get()), "signing with SM2");
    require(BN_add(sum.get(), number_.get(), BN_value_one()), "signing with SM2");
    if (!BN_mod_inverse(inverse.get(), sum.get(), n, work.get())) throw_openssl("signing with SM2");
    require(BN_mod_mul(s.get(), s.get(), inverse.get(), n, work.get()), "signing with SM2");
    if (BN_is_zero(s.get())) return refused;

    Bytes signature = octets(r.get(), 32);
    const Bytes second = octets(s.get(), 32);
    signature.insert(signature.end(), second.begin(), second.end());
    return signature;
}

}  // namespace posbench::crypto
