#include "drivers/protocols/emv/enciphered_pin.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>
#include <openssl/crypto.h>

namespace posbench::emv {
namespace {

constexpr std::uint8_t header = 0x7F;

/// A clear PIN is wiped when its block goes.
struct ClearBlock {
    Bytes octets;
    ~ClearBlock() { OPENSSL_cleanse(octets.data(), octets.size()); }
};

Error refuse(std::string_view why) {
    return Error{fmt::format("EMV book 2 clause 7.2: {}", why)};
}

}  // namespace

Result<Bytes> encipher_pin(const crypto::RsaPublicKey& key, std::string_view pin,
                           const crypto::Block8& unpredictable_number, ByteView padding) {
    if (padding.size() != pin_padding_size(key))
        throw std::invalid_argument(
            fmt::format("PIN padding of {} octets instead of {}", padding.size(), pin_padding_size(key)));
    auto pin_block = crypto::pin_block_iso2(pin);
    if (!pin_block) return pin_block.error();
    ClearBlock clear{Bytes{header}};
    clear.octets.reserve(key.size());  // so that no copy is left behind
    clear.octets.insert(clear.octets.end(), pin_block->begin(), pin_block->end());
    clear.octets.insert(clear.octets.end(), unpredictable_number.begin(), unpredictable_number.end());
    clear.octets.insert(clear.octets.end(), padding.begin(), padding.end());
    OPENSSL_cleanse(pin_block->data(), pin_block->size());
    return key.recover(clear.octets);
}

Result<std::string> decipher_pin(const crypto::RsaPrivateKey& key, ByteView enciphered,
                                 const crypto::Block8& unpredictable_number) {
    auto recovered = key.sign(enciphered);
    if (!recovered) return refuse(recovered.error().what);
    const ClearBlock clear{*std::move(recovered)};
    const ByteView octets = clear.octets;
    if (octets[0] != header) return refuse("the header is not 7F");
    if (!std::ranges::equal(octets.subspan(9, 8), unpredictable_number))
        return refuse("the ICC unpredictable number differs");
    auto pin = crypto::pin_from_iso2(octets.subspan(1, 8));
    if (!pin) return refuse(pin.error().what);
    return pin;
}

}  // namespace posbench::emv
