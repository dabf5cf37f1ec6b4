#include "drivers/protocols/emv/authority_key_config.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "drivers/protocols/emv/dates.hpp"

namespace posbench::emv {
namespace {

using config::Reader;

Bytes octets(Reader& reader, std::string_view key, std::size_t size) {
    Bytes bytes = reader.require(key, reader.bytes(key));
    if (bytes.size() != size) reader.fail(key, fmt::format("must be {} octets, not {}", size, bytes.size()));
    return bytes;
}

Result<crypto::PublicKey> sm2_key(ByteView point) {
    crypto::Block32 x{}, y{};
    std::ranges::copy(point.first(x.size()), x.begin());
    std::ranges::copy(point.last(y.size()), y.begin());
    auto key = crypto::Sm2PublicKey::from_coordinates(x, y);
    if (!key) return key.error();
    return crypto::PublicKey(*std::move(key));
}

Result<crypto::PublicKey> rsa_key(ByteView modulus, ByteView exponent) {
    auto key = crypto::RsaPublicKey::from_components(modulus, exponent);
    if (!key) return key.error();
    return crypto::PublicKey(*std::move(key));
}

/// PEM, or modulus and exponent, or a point of SM2's curve.
crypto::PublicKey read_key(Reader& reader) {
    const auto pem = reader.text("key");
    const auto modulus = reader.bytes("modulus"), exponent = reader.bytes("exponent");
    const bool has_point = reader.has("point");
    if (pem.has_value() + modulus.has_value() + has_point != 1 || modulus.has_value() != exponent.has_value())
        throw config::ConfigError(
            reader.source(),
            "[[authority_key]] has either 'key', or 'modulus' and 'exponent', or 'point' (SM2)");
    auto key = pem       ? crypto::public_key_from_pem(*pem)
               : modulus ? rsa_key(*modulus, *exponent)
                         : sm2_key(octets(reader, "point", 64));
    if (!key) reader.fail(pem ? "key" : modulus ? "modulus" : "point", key.error().what);
    return *std::move(key);
}

/// What a terminal's list says of a key besides, if it does: the hash its certificates have, 01 SHA-1 or 07
/// SM3, and the check sum, which EMV book 2 lays down for RSA alone.
void check_integrity(Reader& reader, const AuthorityKey& key) {
    const std::uint8_t hash = key.is_sm2() ? 0x07 : 0x01;
    if (reader.has("hash_algorithm") && octets(reader, "hash_algorithm", 1).front() != hash)
        reader.fail("hash_algorithm", key.is_sm2() ? "must be 07, SM3" : "must be 01, SHA-1");
    if (!reader.has("checksum")) return;
    const auto* rsa = std::get_if<crypto::RsaPublicKey>(&key.key);
    if (!rsa) reader.fail("checksum", "is for RSA keys only");
    if (!std::ranges::equal(octets(reader, "checksum", 20), check_sum(key.name, *rsa)))
        reader.fail("checksum", "is not the SHA-1 of RID, index, modulus and exponent");
}

AuthorityKey read_authority_key(Reader reader) {
    AuthorityKeyName name;
    std::ranges::copy(octets(reader, "rid", 5), name.rid.begin());
    name.index = octets(reader, "index", 1).front();
    AuthorityKey key{name, read_key(reader), std::nullopt};
    if (const auto expires = reader.text("expires")) {
        const auto month = parse_month(*expires);
        if (!month) reader.fail("expires", "must be a month YYMM");
        key.expires = *month / std::chrono::last;
    }
    check_integrity(reader, key);
    reader.finish();
    return key;
}

}  // namespace

std::vector<AuthorityKey> read_authority_keys(Reader& profile) {
    std::vector<AuthorityKey> keys;
    for (Reader& reader : profile.tables("authority_key", "[[authority_key]]")) {
        AuthorityKey key = read_authority_key(reader);
        if (std::ranges::find(keys, key.name, &AuthorityKey::name) != keys.end())
            reader.fail("index", "another [[authority_key]] has the same RID and index");
        keys.push_back(std::move(key));
    }
    return keys;
}

}  // namespace posbench::emv
