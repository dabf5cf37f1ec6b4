#include <bit>
#include <stdexcept>
#include <string>

#include "drivers/protocols/crypto/crypto.hpp"
#include "drivers/protocols/crypto/ecb.hpp"

namespace posbench::crypto {
namespace {

Bytes whole_blocks(const EcbContext& context, ByteView data) {
    if (data.size() % 8 != 0)
        throw std::invalid_argument("ECB needs whole blocks of 8 octets, not " + std::to_string(data.size()) +
                                    " octets");
    Bytes out(data.size());
    if (!out.empty()) context.update(data, out.data());
    return out;
}

}  // namespace

struct DesCipher::State {
    EcbContext forward;
    EcbContext backward;
};

DesCipher::DesCipher(ByteView key)
    : state_(new State{EcbContext::des(key, Direction::encrypt), EcbContext::des(key, Direction::decrypt)}) {}
DesCipher::DesCipher(DesCipher&&) noexcept = default;
DesCipher& DesCipher::operator=(DesCipher&&) noexcept = default;
DesCipher::~DesCipher() = default;

Block8 DesCipher::encrypt(const Block8& block) const {
    Block8 out;
    state_->forward.update(block, out.data());
    return out;
}

Block8 DesCipher::decrypt(const Block8& block) const {
    Block8 out;
    state_->backward.update(block, out.data());
    return out;
}

Bytes DesCipher::encrypt(ByteView data) const {
    return whole_blocks(state_->forward, data);
}

Bytes DesCipher::decrypt(ByteView data) const {
    return whole_blocks(state_->backward, data);
}

std::array<std::uint8_t, 4> key_check_value(ByteView key) {
    Block8 block{};
    EcbContext::des(key, Direction::encrypt).update(block, block.data());
    return {block[0], block[1], block[2], block[3]};
}

void adjust_parity(std::span<std::uint8_t> key) noexcept {
    for (std::uint8_t& octet : key)
        if (std::popcount(octet) % 2 == 0) octet ^= 1;
}

}  // namespace posbench::crypto
