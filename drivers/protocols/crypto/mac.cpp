#include <algorithm>
#include <stdexcept>
#include <string>

#include "drivers/protocols/crypto/blocks.hpp"

namespace posbench::crypto {
namespace {

constexpr std::size_t block_size = 8;

/// The last block with its padding, and all before it. Padding of no data is one block.
struct Split {
    ByteView leading;  ///< whole blocks
    Block8 last{};
};

Split split_padded(ByteView data, Padding padding) {
    // Method 2 always adds an octet, so that whole blocks of data get a block of padding; zeros do not.
    const std::size_t least =
        padding == Padding::method2 ? data.size() + 1 : std::max<std::size_t>(data.size(), 1);
    const std::size_t leading = (least - 1) / block_size * block_size;
    Split split{data.first(leading), {}};
    const ByteView rest = data.subspan(leading);
    std::ranges::copy(rest, split.last.begin());
    if (padding == Padding::method2) split.last[rest.size()] = 0x80;
    return split;
}

/// CBC over the leading blocks with `inner`, then the last block through `outer`.
Block8 chain(const EcbContext& inner, const EcbContext& outer, ByteView data, Padding padding) {
    const Split split = split_padded(data, padding);
    Block8 state{};
    for (std::size_t at = 0; at < split.leading.size(); at += block_size) {
        xor_into(state, split.leading.subspan(at, block_size));
        state = run(inner, state);
    }
    xor_into(state, split.last);
    return run(outer, state);
}

}  // namespace

void require_double_length(ByteView key) {
    if (key.size() != 16)
        throw std::invalid_argument("a double-length key has 16 octets, this one " +
                                    std::to_string(key.size()));
}

Block8 mac_unionpay(const DesCipher& key, ByteView data) {
    Block8 folded{};
    for (std::size_t i = 0; i < data.size(); ++i) folded[i % block_size] ^= data[i];
    const std::string digits = to_hex(folded);
    const ByteView text = as_bytes(digits);
    Block8 state;
    std::ranges::copy(text.first(block_size), state.begin());
    state = key.encrypt(state);
    xor_into(state, text.subspan(block_size));
    const std::string result = to_hex(key.encrypt(state));
    Block8 mac;
    std::copy_n(result.begin(), mac.size(), mac.begin());
    return mac;
}

Block8 mac_algorithm3(ByteView key16, ByteView data, Padding padding) {
    require_double_length(key16);
    // Decrypting with the right half and encrypting with the left again, after the last encryption with the
    // left half, is triple DES of the last block.
    return chain(EcbContext::des(key16.first(8), Direction::encrypt),
                 EcbContext::des(key16, Direction::encrypt), data, padding);
}

Block8 mac_algorithm1(ByteView key, ByteView data, Padding padding) {
    const EcbContext cipher = EcbContext::des(key, Direction::encrypt);
    return chain(cipher, cipher, data, padding);
}

}  // namespace posbench::crypto
