#include "bench/cli/keys_file.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/config/reader.hpp"
#include "drivers/protocols/emv/dates.hpp"
#include "drivers/protocols/emv/tlv.hpp"

namespace posbench::cli {
namespace {

using crypto::PrivateKey;
using crypto::PublicKey;
using crypto::RsaPrivateKey;
using crypto::Sm2PrivateKey;

constexpr std::string_view heading =
    "# Keys of a test PKI, made by \"posbench keys generate\": for cards and terminals of a test bench "
    "only.\n"
    "# They protect nothing; a key of a real scheme or issuer never belongs into such a file.\n";

/// A record has at most 254 octets, of which template 70 and the header of 9F46 take seven.
constexpr std::size_t most_issuer_bits = 8 * 247;

template <class Key>
std::optional<Key> read_key(config::Reader& reader, std::string_view entry,
                            Result<Key> (*from_pem)(std::string_view)) {
    const auto text = reader.text(entry);
    if (!text) return std::nullopt;
    auto key = from_pem(*text);
    if (!key) reader.fail(entry, key.error().what);
    return *std::move(key);
}

/// An RSA key is no longer than its signer's, and of an SM2 signer's key there is no RSA key.
void check_order(config::Reader& reader, std::string_view entry, const std::optional<PrivateKey>& key,
                 std::string_view signer_entry, const std::optional<PrivateKey>& signer) {
    if (!key || !signer) return;
    const auto* own = std::get_if<RsaPrivateKey>(&*key);
    const auto* above = std::get_if<RsaPrivateKey>(&*signer);
    if ((own == nullptr) != (above == nullptr) || (own && own->size() > above->size()))
        reader.fail(entry, fmt::format("is {}, but the key that certifies it ({}) {}", crypto::describe(*key),
                                       signer_entry, crypto::describe(*signer)));
}

PublicKey public_key(const PrivateKey& key) {
    return crypto::public_key_from_pem(crypto::public_pem(key)).value();
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

std::vector<PkiKeys::Entry> PkiKeys::public_keys() const {
    std::vector<Entry> keys;
    const auto add = [&](const char* name, const std::optional<PrivateKey>& key) {
        if (key) keys.push_back({name, public_key(*key)});
    };
    add("authority", authority);
    if (authority_public) keys.push_back({"authority_public", *authority_key()});
    add("issuer", issuer);
    add("card", card);
    add("pin", pin);
    return keys;
}

std::optional<PublicKey> PkiKeys::authority_key() const {
    if (authority_public) return crypto::public_key_from_pem(crypto::to_pem(*authority_public)).value();
    if (authority) return public_key(*authority);
    return std::nullopt;
}

PkiKeys generate_pki(const KeysGenerateArguments& arguments) {
    if (const std::string wrong = wrong_sizes(arguments); !wrong.empty()) throw std::invalid_argument(wrong);
    const auto make = [&arguments](std::size_t bits) -> PrivateKey {
        if (arguments.sm2) return Sm2PrivateKey::generate();
        return RsaPrivateKey::generate(bits, arguments.exponent);
    };
    PkiKeys keys;
    keys.authority = make(arguments.authority_bits);
    keys.authority_public = public_key(*keys.authority);
    keys.issuer = make(arguments.issuer_bits);
    keys.card = make(arguments.card_bits);
    if (!arguments.sm2 && arguments.pin_bits != 0) keys.pin = make(arguments.pin_bits);
    return keys;
}

std::string to_toml(const PkiKeys& keys) {
    std::string text(heading);
    const auto add = [&](std::string_view name, std::string_view comment,
                         const std::optional<PrivateKey>& key) {
        if (!key) return;
        text += entry_of(name, fmt::format("{}, {}", comment, crypto::describe(*key)), crypto::to_pem(*key));
    };
    add("authority", "Certification authority: certifies issuers' keys", keys.authority);
    if (keys.authority_public)
        text += entry_of("authority_public", "What terminals are given of it",
                         crypto::to_pem(*keys.authority_public));
    add("issuer", "Issuer: certifies cards' keys, signs static data", keys.issuer);
    add("card", "Card: signs for DDA and CDA", keys.card);
    add("pin", "Card: deciphers PINs", keys.pin);
    return text;
}

KeyFile read_key_file(const config::Value& file) {
    constexpr std::array pki{"authority", "authority_public", "issuer", "card", "pin"};
    constexpr std::size_t double_length = 16, triple_length = 24;
    KeyFile keys;
    config::Table rest;
    for (const auto& entry : file.get<config::Table>()->entries()) {
        const auto* text = entry.value.get<std::string>();
        auto octets = text ? from_hex(*text) : std::nullopt;
        const bool is_key = octets && (octets->size() == double_length || octets->size() == triple_length);
        if (is_key && std::ranges::find(pki, entry.key) == pki.end())
            keys.symmetric.push_back({entry.key, *std::move(octets)});
        else
            rest.append(entry.key, entry.value, entry.key_source);
    }
    if (!rest.empty() || keys.symmetric.empty())
        keys.pki = read_pki(config::Value(std::move(rest), file.source()));
    return keys;
}

Result<Bytes> authority_key_tlv(const emv::AuthorityKeyName& name, const crypto::PublicKey& key,
                                std::string_view expires) {
    const auto* rsa = std::get_if<crypto::RsaPublicKey>(&key);
    if (!rsa)
        return Error{
            "no public source lays down how loaders take an SM2 key: type the point of keys capk in"};
    const auto month = emv::parse_month(expires);
    if (!month) return Error{"DF05 wants --expires YYMM, the last month of the key's use"};
    const std::chrono::year_month_day last = *month / std::chrono::last;
    constexpr std::array<std::uint8_t, 1> sha1{0x01}, rsa_algorithm{0x01};
    Bytes octets;
    emv::append_tlv(octets, 0x9F06, name.rid);
    emv::append_tlv(octets, 0x9F22, {&name.index, 1});
    emv::append_tlv(octets, 0xDF05,
                    hex(fmt::format("{:04}{:02}{:02}", static_cast<int>(last.year()),
                                    static_cast<unsigned>(last.month()), static_cast<unsigned>(last.day()))));
    emv::append_tlv(octets, 0xDF06, sha1);
    emv::append_tlv(octets, 0xDF07, rsa_algorithm);
    emv::append_tlv(octets, 0xDF02, rsa->modulus());
    emv::append_tlv(octets, 0xDF04, rsa->exponent());
    emv::append_tlv(octets, 0xDF03, emv::check_sum(name, *rsa));
    return octets;
}

PkiKeys read_pki(const config::Value& file) {
    config::Reader reader(file, "key file");
    PkiKeys keys;
    keys.authority = read_key(reader, "authority", crypto::private_key_from_pem);
    keys.authority_public = read_key(reader, "authority_public", crypto::public_key_from_pem);
    keys.issuer = read_key(reader, "issuer", crypto::private_key_from_pem);
    keys.card = read_key(reader, "card", crypto::private_key_from_pem);
    keys.pin = read_key(reader, "pin", crypto::private_key_from_pem);
    reader.finish();
    if (keys.authority && keys.authority_public &&
        crypto::public_pem(*keys.authority) != crypto::to_pem(*keys.authority_public))
        reader.fail("authority_public", "is not the public key of 'authority'");
    if (keys.pin && std::holds_alternative<Sm2PrivateKey>(*keys.pin))
        reader.fail("pin", "is SM2, which enciphers no PINs");
    check_order(reader, "issuer", keys.issuer, "authority", keys.authority);
    check_order(reader, "card", keys.card, "issuer", keys.issuer);
    check_order(reader, "pin", keys.pin, "issuer", keys.issuer);
    if (keys.public_keys().empty()) throw config::ConfigError(file.source(), "the key file holds no keys");
    return keys;
}

}  // namespace posbench::cli
