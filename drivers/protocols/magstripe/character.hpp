#pragma once

#include <bit>
#include <optional>

#include "drivers/protocols/magstripe/stripe.hpp"

/// The character sets of the tracks (ISO/IEC 7811-2 clause 10), for the encoder and the decoder.
namespace posbench::magstripe {

inline std::optional<unsigned> code_of(const TrackFormat& format, char character) noexcept {
    const int code = character - format.first;
    if (code < 0 || code >= 1 << format.data_bits) return std::nullopt;
    return static_cast<unsigned>(code);
}

inline char character_of(const TrackFormat& format, unsigned code) noexcept {
    return static_cast<char>(format.first + static_cast<int>(code));
}

/// The bit that makes the number of ones in a character odd.
inline unsigned odd_parity(unsigned code) noexcept {
    return std::popcount(code) % 2 == 0 ? 1 : 0;
}

}  // namespace posbench::magstripe
