#pragma once

#include <array>
#include <chrono>
#include <span>
#include <string_view>

#include "drivers/protocols/crypto/key_pair.hpp"
#include "drivers/protocols/emv/certificate.hpp"
#include "drivers/protocols/emv/tlv.hpp"
#include "drivers/terminal/emulated/settings.hpp"

namespace posbench::terminal {

/// The public keys of a card, from the certification authority's down (EMV book 2 clauses 5, 6 and 7.1; with
/// SM2 PBOC 3.0 part 17). A view of what the terminal has read: it outlives none of its parts.
struct CertificateChain {
    const TerminalSettings& settings;
    const emv::TlvMap& card;
    ByteView aid;  ///< of the application selected: its first five octets name the provider
    std::string_view pan;
    std::chrono::year_month_day today;
    std::span<const emv::AuthenticatedRecord> records;  ///< that take part in data authentication
    std::array<std::uint8_t, 2> aip;

    template <class Key>
    using Recovered = Result<Key, emv::Rejection>;

    /// The one that the card names; null when it names none, or one that the terminal was not given.
    const AuthorityKey* authority() const noexcept;
    /// Clauses 5.2 and 5.3, or 6.2 and 6.3.
    Recovered<crypto::PublicKey> issuer_key(emv::OfflineAuthentication method) const;
    /// Clause 6.4: the static data is in the hash of the card's certificate.
    Recovered<crypto::PublicKey> card_key() const;
    /// Clause 7.1: the PIN encipherment key of the card, or, when it has none, the card's own. A key of SM2
    /// enciphers nothing.
    Recovered<crypto::RsaPublicKey> pin_key() const;
    /// Book 3 clause 10.3.
    Recovered<Bytes> static_data() const;
};

}  // namespace posbench::terminal
