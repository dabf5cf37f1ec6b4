#include "drivers/protocols/crypto/check_value.hpp"

#include "drivers/protocols/crypto/sm.hpp"

namespace posbench::crypto {

std::array<std::uint8_t, 4> sm4_check_value(ByteView key) {
    const Bytes block = Sm4Cipher(key).encrypt(Bytes(16, 0));
    return {block[0], block[1], block[2], block[3]};
}

}  // namespace posbench::crypto
