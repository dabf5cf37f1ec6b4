#include "bench/cli/keys_file.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/config/reader.hpp"

namespace posbench::cli {
namespace {

using crypto::RsaPrivateKey;
using crypto::RsaPublicKey;

constexpr std::string_view heading =
    "# Keys of a test PKI, made by \"posbench keys generate\": for cards and terminals of a test bench "
    "only.\n"
    "# They protect nothing; a key of a real scheme or issuer never belongs into such a file.\n";

/// A record has at most 254 octets, of which template 70 and the header of 9F46 take seven.
constexpr std::size_t most_issuer_bits = 8 * 247;

template <class Key>
std::optional<Key> read_key(config::Reader& reader, std::string_view entry) {
    const auto text = reader.text(entry);
    if (!text) return std::nullopt;
    auto key = Key::from_pem(*text);
    if (!key) reader.fail(entry, key.error().what);
    return *std::move(key);
}

void check_order(config::Reader& reader, std::string_view entry, const std::optional<RsaPrivateKey>& key,
                 std::string_view signer_entry, const std::optional<RsaPrivateKey>& signer) {
    if (key && signer && key->size() > signer->size())
        reader.fail(entry, fmt::format("{} bits, but the key that certifies it ({}) has {}", 8 * key->size(),
                                       signer_entry, 8 * signer->size()));
}

std::string entry_of(std::string_view name, std::string_view comment, const std::string& pem) {
    return fmt::format("\n# {}\n{} = \"\"\"\n{}\"\"\"\n", comment, name, pem);
}

}  // namespace

std::string wrong_sizes(const KeysGenerateArguments& sizes) {
    for (const std::size_t bits : {sizes.authority_bits, sizes.issuer_bits, sizes.card_bits, sizes.pin_bits})
        if (bits % 8 != 0) return fmt::format("a key has a multiple of 8 bits, not {}", bits);
    if (sizes.issuer_bits > sizes.authority_bits)
        return fmt::format(
            "an issuer's key of {} bits is longer than the authority's of {} that certifies it",
            sizes.issuer_bits, sizes.authority_bits);
    if (sizes.issuer_bits > most_issuer_bits)
        return fmt::format(
            "an issuer's key of {} bits is longer than {}: certificates that it signs do not go into a "
            "record",
            sizes.issuer_bits, most_issuer_bits);
    for (const std::size_t bits : {sizes.card_bits, sizes.pin_bits})
        if (bits > sizes.issuer_bits)
            return fmt::format("a card's key of {} bits is longer than the issuer's of {} that certifies it",
                               bits, sizes.issuer_bits);
    return {};
}

std::vector<std::pair<std::string, const RsaPublicKey*>> PkiKeys::public_keys() const {
    std::vector<std::pair<std::string, const RsaPublicKey*>> keys;
    const auto add = [&](const char* name, const std::optional<RsaPrivateKey>& key) {
        if (key) keys.emplace_back(name, &key->public_key());
    };
    add("authority", authority);
    if (authority_public) keys.emplace_back("authority_public", &*authority_public);
    add("issuer", issuer);
    add("card", card);
    add("pin", pin);
    return keys;
}

const RsaPublicKey* PkiKeys::authority_key() const {
    if (authority_public) return &*authority_public;
    return authority ? &authority->public_key() : nullptr;
}

PkiKeys generate_pki(const KeysGenerateArguments& arguments) {
    if (const std::string wrong = wrong_sizes(arguments); !wrong.empty()) throw std::invalid_argument(wrong);
    PkiKeys keys;
    keys.authority = RsaPrivateKey::generate(arguments.authority_bits, arguments.exponent);
    keys.authority_public = RsaPublicKey::from_pem(keys.authority->public_key().to_pem()).value();
    keys.issuer = RsaPrivateKey::generate(arguments.issuer_bits, arguments.exponent);
    keys.card = RsaPrivateKey::generate(arguments.card_bits, arguments.exponent);
    if (arguments.pin_bits != 0) keys.pin = RsaPrivateKey::generate(arguments.pin_bits, arguments.exponent);
    return keys;
}

std::string to_toml(const PkiKeys& keys) {
    std::string text(heading);
    const auto add = [&](std::string_view name, std::string_view comment,
                         const std::optional<RsaPrivateKey>& key) {
        if (!key) return;
        text += entry_of(name, fmt::format("{}, {} bits", comment, 8 * key->size()), key->to_pem());
    };
    add("authority", "Certification authority: certifies issuers' keys", keys.authority);
    if (keys.authority_public)
        text +=
            entry_of("authority_public", "What terminals are given of it", keys.authority_public->to_pem());
    add("issuer", "Issuer: certifies cards' keys, signs static data", keys.issuer);
    add("card", "Card: signs for DDA and CDA", keys.card);
    add("pin", "Card: deciphers PINs", keys.pin);
    return text;
}

PkiKeys read_pki(const config::Value& file) {
    config::Reader reader(file, "key file");
    PkiKeys keys;
    keys.authority = read_key<RsaPrivateKey>(reader, "authority");
    keys.authority_public = read_key<RsaPublicKey>(reader, "authority_public");
    keys.issuer = read_key<RsaPrivateKey>(reader, "issuer");
    keys.card = read_key<RsaPrivateKey>(reader, "card");
    keys.pin = read_key<RsaPrivateKey>(reader, "pin");
    reader.finish();
    if (keys.authority && keys.authority_public &&
        keys.authority->public_key().to_pem() != keys.authority_public->to_pem())
        reader.fail("authority_public", "is not the public key of 'authority'");
    check_order(reader, "issuer", keys.issuer, "authority", keys.authority);
    check_order(reader, "card", keys.card, "issuer", keys.issuer);
    check_order(reader, "pin", keys.pin, "issuer", keys.issuer);
    if (keys.public_keys().empty()) throw config::ConfigError(file.source(), "the key file holds no keys");
    return keys;
}

}  // namespace posbench::cli
