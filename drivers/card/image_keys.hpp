#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/config/value.hpp"
#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"
#include "drivers/card/dialogue.hpp"
#include "drivers/card/interface.hpp"
#include "drivers/protocols/crypto/key_pair.hpp"
#include "drivers/protocols/emv/apdu.hpp"
#include "drivers/protocols/emv/cryptogram.hpp"
#include "drivers/protocols/emv/secure_messaging.hpp"

namespace posbench::card {

struct CardImage;
struct Application;

/// A command of an issuer script before it is secured (EMV book 3 clauses 6.5.1 to 6.5.3 and 6.5.10; PUT DATA
/// and UPDATE RECORD of PBOC 2.0 part 5).
struct ScriptCommand {
    emv::Instruction instruction{};
    std::uint8_t p1 = 0, p2 = 0;
    Bytes data;                              ///< plain; empty with a new PIN
    std::string pin;                         ///< PIN CHANGE: the new one
    std::optional<std::string> current_pin;  ///< hides the new one, with P2 01
};

struct SecuredCommand {
    Bytes octets;
    crypto::Block8 mac{};  ///< format 1: whole, chains the next command; else zeros
};

/// What a script command is tied to.
struct ScriptTurn {
    Dialogue::Cryptogram first{};            ///< of the transaction
    std::size_t before = 0;                  ///< commands of its scripts that went before this one
    std::optional<crypto::Block8> chaining;  ///< format 1: the MAC of the command before; none: there is none
};

/// What the image of a card knows and no terminal does: the keys that the card shares with its issuer, and
/// the public ones of those that it signs and deciphers with. Applications are asked for by their
/// identifiers; an error says that the image has no such application over this interface, or lacks the key,
/// which it does not repeat.
class ImageKeys {
  public:
    /// @param settings the image as the card driver is given it
    /// @throws config::ConfigError as the driver does
    ImageKeys(const config::Value& settings, Interface interface);

    bool has_applications() const noexcept;
    /// Of all its accounts, the longest first.
    const std::vector<std::string>& pans() const noexcept;
    /// The issuer decides: issuer authentication data (91) that answer an ARQC of the card.
    Result<Bytes> issuer_authentication(ByteView application, const Dialogue::Cryptogram& asked,
                                        const emv::IssuerDecision& decision) const;
    /// With secure messaging of the application's format and MAC length; a new PIN is enciphered.
    Result<SecuredCommand> secure(ByteView application, const ScriptCommand& command,
                                  const ScriptTurn& turn) const;
    /// Of signatures (9F4B): two of a card with two algorithms, none of one that makes no signatures.
    std::vector<crypto::PublicKey> card_keys(ByteView application) const;
    /// Of enciphered PINs offline.
    Result<crypto::RsaPublicKey> pin_key(ByteView application) const;

  private:
    const Application* find(ByteView application) const noexcept;
    /// Of an application with two algorithms the side that the terminal was given.
    const Application* find(ByteView application, const Dialogue::Cryptogram& made) const;
    Error none(ByteView application) const;

    std::shared_ptr<const CardImage> image_;
    Interface interface_;
};

}  // namespace posbench::card
