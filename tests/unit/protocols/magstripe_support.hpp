#pragma once

#include <string>

#include "bench/runtime/random.hpp"
#include "drivers/protocols/magstripe/stripe.hpp"

namespace posbench::test {

/// A text a track may hold: sentinels, and no end sentinel between them.
inline std::string random_text(int track, runtime::Random& random) {
    const magstripe::TrackFormat& format = magstripe::track_format(track);
    const auto length = random.between(10, static_cast<std::int64_t>(format.longest) - 3);
    std::string text(1, format.start_sentinel);
    while (static_cast<std::int64_t>(text.size()) <= length) {
        const char c = static_cast<char>(format.first + random.between(0, (1 << format.data_bits) - 1));
        if (c != '?') text.push_back(c);
    }
    return text + '?';
}

}  // namespace posbench::test
