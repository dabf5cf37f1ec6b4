#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "bench/config/reader.hpp"
#include "drivers/card/emulated/account.hpp"
#include "drivers/protocols/crypto/crypto.hpp"
#include "drivers/protocols/emv/cryptogram.hpp"

namespace posbench::card {

/// What an application shares with its issuer: the card's own keys, derived from the issuer's master keys,
/// and how they are used.
struct IssuerKeys {
    emv::CryptogramVersion version = emv::CryptogramVersion::unionpay_01;
    std::uint8_t key_index = 1;  ///< derivation key index, in 9F10
    crypto::Block16 cryptogram{};
    /// Of issuer scripts; without them the card takes none.
    std::optional<crypto::Block16> mac, encipherment;
    int messaging_format = 2;  ///< of secure messaging, EMV book 2 clause 9.2.1
    std::size_t mac_size = 4;  ///< octets of a script command's MAC
};

/// The customary cryptogram version is the scheme's: MC-14 of Mastercard's applications, else 01. One whose
/// 9F10 the scheme lays out in another way is refused.
/// Takes the keys `issuer_key`, `issuer_mac_key`, `issuer_encipherment_key`, `key_derivation`, `key_index`,
/// `cryptogram_version`, `messaging_format` and `mac_size` out of an application's table.
/// @throws config::ConfigError, which repeats no key
IssuerKeys read_issuer_keys(config::Reader& application, const Account& account, emv::Scheme scheme);

}  // namespace posbench::card
