#include "drivers/terminal/emulated/authority_keys.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "drivers/protocols/emv/dates.hpp"

namespace posbench::terminal {
namespace {

using config::Reader;

Bytes octets(Reader& reader, std::string_view key, std::size_t size) {
    Bytes bytes = reader.require(key, reader.bytes(key));
    if (bytes.size() != size) reader.fail(key, fmt::format("must be {} octets, not {}", size, bytes.size()));
    return bytes;
}

/// Either PEM, or modulus and exponent.
crypto::RsaPublicKey read_key(Reader& reader) {
    const auto pem = reader.text("key");
    const auto modulus = reader.bytes("modulus"), exponent = reader.bytes("exponent");
    if (pem.has_value() == modulus.has_value() || pem.has_value() == exponent.has_value())
        throw config::ConfigError(reader.source(),
                                  "[[authority_key]] has either 'key', or 'modulus' and 'exponent'");
    auto key = pem ? crypto::RsaPublicKey::from_pem(*pem)
                   : crypto::RsaPublicKey::from_components(*modulus, *exponent);
    if (!key) reader.fail(pem ? "key" : "modulus", key.error().what);
    return *std::move(key);
}

AuthorityKey read_authority_key(Reader reader) {
    emv::AuthorityKeyName name;
    std::ranges::copy(octets(reader, "rid", 5), name.rid.begin());
    name.index = octets(reader, "index", 1).front();
    AuthorityKey key{name, read_key(reader), std::nullopt};
    if (const auto expires = reader.text("expires")) {
        key.expires = emv::parse_month(*expires);
        if (!key.expires) reader.fail("expires", "must be a month YYMM");
    }
    if (reader.has("hash_algorithm") && octets(reader, "hash_algorithm", 1).front() != 0x01)
        reader.fail("hash_algorithm", "must be 01, SHA-1");
    if (reader.has("checksum") &&
        !std::ranges::equal(octets(reader, "checksum", 20), emv::check_sum(name, key.key)))
        reader.fail("checksum", "is not the SHA-1 of RID, index, modulus and exponent");
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

}  // namespace posbench::terminal
