#pragma once

#include <optional>

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
    /// Issuer authentication data (91) that answer what an application of the card asked.
    virtual Result<Bytes> issuer_authentication(ByteView application, const card::Dialogue::Cryptogram& asked,
                                                const emv::IssuerDecision& decision) const = 0;
    /// As card::ImageKeys.
    virtual Result<card::SecuredCommand> secure(ByteView application, const card::ScriptCommand& command,
                                                const emv::ScriptContext& context,
                                                const crypto::Block8& chaining) const = 0;
    virtual std::optional<crypto::PublicKey> card_key(ByteView application) const = 0;
    virtual Result<crypto::RsaPublicKey> pin_key(ByteView application) const = 0;
};

}  // namespace posbench::cli
