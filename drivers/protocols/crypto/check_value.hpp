#pragma once

#include <array>
#include <cstdint>

#include "bench/runtime/bytes.hpp"

namespace posbench::crypto {

/// First 4 octets of sixteen zero octets enciphered with SM4: what key_check_value is to triple DES. @throws
/// std::invalid_argument unless the key has 16 octets
std::array<std::uint8_t, 4> sm4_check_value(ByteView key);

}  // namespace posbench::crypto
