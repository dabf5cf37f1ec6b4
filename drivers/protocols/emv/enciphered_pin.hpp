#pragma once

#include <string>
#include <string_view>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"
#include "drivers/protocols/crypto/crypto.hpp"
#include "drivers/protocols/crypto/rsa.hpp"

/// The PIN of VERIFY enciphered for the card (EMV 4.3 book 2 clause 7.2), with the key that clause 7.1
/// recovers:
///
///     7F PIN block(8, ISO 9564 format 2) ICC unpredictable number(8) padding(N-17, random)
///
/// N octets, as many as the modulus has.
namespace posbench::emv {

/// Octets of padding for a key.
inline std::size_t pin_padding_size(const crypto::RsaPublicKey& key) noexcept {
    return key.size() - 17;
}

/// The terminal's PIN pad. `unpredictable_number` comes from GET CHALLENGE; `padding` is the caller's, so
/// that a run can be repeated. The error is that of crypto::pin_block_iso2. @throws std::invalid_argument for
/// padding of another length
Result<Bytes> encipher_pin(const crypto::RsaPublicKey& key, std::string_view pin,
                           const crypto::Block8& unpredictable_number, ByteView padding);

/// The card's side: the PIN. The error names the check that failed (length, header, unpredictable number, PIN
/// block) and repeats nothing of the block. The padding is not looked at, as the book has it.
Result<std::string> decipher_pin(const crypto::RsaPrivateKey& key, ByteView enciphered,
                                 const crypto::Block8& unpredictable_number);

}  // namespace posbench::emv
