#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "drivers/protocols/crypto/crypto.hpp"
#include "drivers/protocols/crypto/ecb.hpp"

namespace posbench::crypto {

inline void xor_into(Block8& block, ByteView data) noexcept {
    for (std::size_t i = 0; i < block.size() && i < data.size(); ++i) block[i] ^= data[i];
}

inline Block8 run(const EcbContext& context, const Block8& block) {
    Block8 out;
    context.update(block, out.data());
    return out;
}

inline bool all_digits(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// @throws std::invalid_argument unless the key has 16 octets
void require_double_length(ByteView key);

}  // namespace posbench::crypto
