#pragma once

#include <cstdint>

namespace posbench::card {

/// Through what a chip talks: ISO/IEC 7816-3 or ISO/IEC 14443.
enum class Interface : std::uint8_t { contact, contactless };

}  // namespace posbench::card
