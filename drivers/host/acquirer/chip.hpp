#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "bench/runtime/bytes.hpp"
#include "drivers/protocols/crypto/crypto.hpp"
#include "drivers/protocols/emv/cryptogram.hpp"
#include "drivers/protocols/emv/tlv.hpp"

namespace posbench::host {

/// An application cryptogram as a request brings it, with what it was made over.
struct Cryptogram {
    emv::CryptogramVersion version{};
    emv::CryptogramInput input;
    crypto::Block8 value{};  ///< 9F26
};

/// Field 55 of a request: the chip's and the terminal's data objects.
class ChipData {
  public:
    explicit ChipData(emv::TlvMap objects) : objects_(std::move(objects)) {}
    /// Amount, authorised (9F02), minor units; none when it is absent or not numeric.
    std::optional<std::int64_t> amount() const;
    /// Transaction type (9C), two digits; none when it is absent or not numeric.
    std::optional<std::string> transaction_type() const;
    /// The cryptogram is a TC (bits 8 and 7 of 9F27 are 01, EMV book 3 clause 6.5.5.4).
    bool is_certificate() const;
    /// It is an ARQC (10), or 9F27 is not there to say.
    bool is_request() const;
    /// Card number (5A, 57), its sequence number (5F34) and currency (5F2A) are those of the message, as far
    /// as both name them.
    /// @param sequence_number field 23; currency: field 49
    bool agrees_with(std::string_view pan, std::string_view sequence_number, std::string_view currency) const;
    /// None when an object is missing that it takes to verify one, or 9F10 is not laid out as the scheme does
    /// it: that of the application, 84, or else 9F06.
    /// @param otherwise the scheme where neither names one
    std::optional<Cryptogram> cryptogram(emv::Scheme otherwise) const;

  private:
    emv::Scheme scheme(emv::Scheme otherwise) const;

    emv::TlvMap objects_;
};

/// None when the octets are not BER-TLV.
std::optional<ChipData> read_chip_data(ByteView field55);

/// What the keys of one card are derived by (EMV book 2 annex A1.4).
struct CardIdentity {
    std::string pan, sequence_number;
    emv::KeyDerivation derivation = emv::KeyDerivation::option_a;
};

/// A cryptogram that was found right, and the key that answers it.
class VerifiedCryptogram {
  public:
    VerifiedCryptogram(Cryptogram cryptogram, const crypto::Block16& card_key, CardIdentity card)
        : cryptogram_(std::move(cryptogram)), card_key_(card_key), card_(std::move(card)) {}
    emv::CryptogramVersion version() const noexcept { return cryptogram_.version; }
    std::uint16_t counter() const noexcept { return cryptogram_.input.atc; }    ///< 9F36
    const crypto::Block8& value() const noexcept { return cryptogram_.value; }  ///< 9F26
    const crypto::Block16& card_key() const noexcept { return card_key_; }      ///< for cryptograms
    /// The card's key of another issuer master key of 16 octets, as that for cryptograms was derived.
    crypto::Block16 derive(ByteView issuer_master_key) const;
    /// Field 55 of the answer: tag 91, the ARPC by the method of the cryptogram's version, and what it
    /// covers: the response code, or a card status update that says whether it approves.
    Bytes answer(std::string_view response_code) const;

  private:
    Cryptogram cryptogram_;
    crypto::Block16 card_key_;
    CardIdentity card_;
};

/// None when the card did not make this cryptogram.
std::optional<VerifiedCryptogram> verify_cryptogram(const Cryptogram& cryptogram, ByteView issuer_master_key,
                                                    const CardIdentity& card);

}  // namespace posbench::host
