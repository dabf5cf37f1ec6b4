#pragma once

#include <string>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"
#include "drivers/card/dialogue.hpp"
#include "drivers/card/image_keys.hpp"
#include "drivers/protocols/emv/cryptogram.hpp"

namespace posbench::cli {

/// What the bench knows of its own card and no terminal does: the issuer's part, and the card's public keys.
/// Errors are sentences without a key.
class CardOwner {
  public:
    virtual ~CardOwner() = default;
    // As card::ImageKeys.
    virtual Result<Bytes> issuer_authentication(ByteView application, const card::Dialogue::Cryptogram& asked,
                                                const emv::IssuerDecision& decision) const = 0;
    virtual Result<card::SecuredCommand> secure(ByteView application, const card::ScriptCommand& command,
                                                const card::ScriptTurn& turn) const = 0;
    virtual std::vector<crypto::PublicKey> card_keys(ByteView application) const = 0;
    virtual Result<crypto::RsaPublicKey> pin_key(ByteView application) const = 0;
    virtual std::vector<std::string> pans() const = 0;
    /// Whether a fault rule altered the answer to the last command; false when it is asked again.
    virtual bool take_altered() noexcept = 0;
};

}  // namespace posbench::cli
