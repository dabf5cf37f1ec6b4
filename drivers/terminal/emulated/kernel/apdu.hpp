#pragma once

#include <array>
#include <cstdint>

#include "bench/runtime/bytes.hpp"

namespace posbench::terminal {

/// Whether a command expects data in its answer: Le 00, "as much as there is".
enum class Le { none, any };

/// A short command APDU (ISO/IEC 7816-4 clause 5.1): CLA INS P1 P2, Lc and data when there are any, and Le
/// when data are expected. Precondition: at most 255 octets of data.
Bytes make_apdu(std::array<std::uint8_t, 4> header, ByteView data, Le le = Le::any);

}  // namespace posbench::terminal
