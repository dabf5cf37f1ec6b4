#include "drivers/card/emulated/issuer_keys.hpp"

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace posbench::card {
namespace {

struct VersionName {
    std::string_view name;
    emv::CryptogramVersion version;
};
constexpr VersionName version_names[]{
    {"01", emv::CryptogramVersion::unionpay_01}, {"01-SM4", emv::CryptogramVersion::unionpay_01_sm4},
    {"10", emv::CryptogramVersion::visa_10},     {"17", emv::CryptogramVersion::visa_17},
    {"18", emv::CryptogramVersion::visa_18},     {"MC-10", emv::CryptogramVersion::mchip_10},
    {"MC-11", emv::CryptogramVersion::mchip_11}, {"MC-14", emv::CryptogramVersion::mchip_14},
    {"MC-15", emv::CryptogramVersion::mchip_15},
};

bool is_mchip(emv::CryptogramVersion version) {
    return emv::find_cryptogram_rules(version)->layout == emv::CryptogramRules::Layout::mchip;
}

emv::CryptogramVersion read_version(config::Reader& reader, emv::Scheme scheme) {
    std::vector<std::string> names;
    for (const VersionName& known : version_names) names.emplace_back(known.name);
    const bool mastercard = scheme == emv::Scheme::mastercard;
    emv::CryptogramVersion version =
        mastercard ? emv::CryptogramVersion::mchip_14 : emv::CryptogramVersion::unionpay_01;
    const auto name = reader.choice("cryptogram_version", names);
    for (const VersionName& known : version_names)
        if (name == known.name) version = known.version;
    if (mastercard && !is_mchip(version))
        reader.fail("cryptogram_version",
                    "must be MC-10, MC-11, MC-14 or MC-15: the AID is Mastercard's, whose issuers read 9F10 "
                    "as M/Chip lays it out");
    if (!mastercard && scheme != emv::Scheme::unknown && is_mchip(version))
        reader.fail("cryptogram_version", "is M/Chip's, and the AID is not Mastercard's");
    return version;
}

/// The card's key of the issuer's master key at `key`; none when it is absent.
std::optional<crypto::Block16> derive(config::Reader& reader, std::string_view key,
                                      emv::CryptogramVersion version, const Account& account,
                                      emv::KeyDerivation derivation) {
    const auto master_key = reader.bytes(key);
    if (!master_key) return std::nullopt;
    constexpr std::size_t size = 16;
    if (master_key->size() != size)
        reader.fail(key, fmt::format("must be {} octets, not {}", size, master_key->size()));
    const auto derived =
        emv::card_master_key(version, *master_key, account.pan, account.sequence_number, derivation);
    if (!derived) reader.fail(key, derived.error().what);
    return *derived;
}

}  // namespace

IssuerKeys read_issuer_keys(config::Reader& application, const Account& account, emv::Scheme scheme) {
    IssuerKeys keys;
    keys.version = read_version(application, scheme);
    keys.key_index = static_cast<std::uint8_t>(application.integer("key_index", 0, 255).value_or(1));
    const bool option_b = application.choice("key_derivation", {"A", "B"}) == "B";
    const auto derivation = option_b ? emv::KeyDerivation::option_b : emv::KeyDerivation::option_a;
    const bool sm4 = emv::find_cryptogram_rules(keys.version)->cipher == emv::CryptogramRules::Cipher::sm4;
    if (sm4 && option_b) application.fail("key_derivation", "has no option B with SM4");
    keys.cryptogram = application.require(
        "issuer_key", derive(application, "issuer_key", keys.version, account, derivation));
    if (is_mchip(keys.version) && application.has("issuer_encipherment_key"))
        application.fail("issuer_encipherment_key", "this card takes no enciphered scripts of M/Chip's");
    keys.mac = derive(application, "issuer_mac_key", keys.version, account, derivation);
    keys.encipherment = derive(application, "issuer_encipherment_key", keys.version, account, derivation);
    if (keys.encipherment && !keys.mac)
        application.fail("issuer_encipherment_key", "needs 'issuer_mac_key': no script comes without a MAC");
    for (const char* key : {"messaging_format", "mac_size"})
        if (!keys.mac && application.has(key))
            application.fail(key, "needs 'issuer_mac_key': without it the card takes no script");
    keys.messaging_format = static_cast<int>(application.integer("messaging_format", 1, 2).value_or(2));
    if (sm4 && keys.messaging_format == 1)
        application.fail("messaging_format", "must be 2 with SM4: format 1 is laid out for triple DES alone");
    keys.mac_size = static_cast<std::size_t>(application.integer("mac_size", 4, 8).value_or(4));
    return keys;
}

}  // namespace posbench::card
