// Any intervals through the stripe decoder. The first octet chooses track and LRC check, then two octets an
// interval in microseconds of a quarter: 0 to 16 ms.

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "drivers/protocols/magstripe/stripe.hpp"

using namespace posbench;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::uint32_t unit_ns = 250;
    if (size == 0) return 0;
    const int track = 1 + data[0] % 3;
    const magstripe::Checks check{(data[0] & 0x40) == 0, (data[0] & 0x80) == 0};
    std::vector<std::uint32_t> intervals;
    for (std::size_t i = 1; i + 1 < size; i += 2)
        intervals.push_back(static_cast<std::uint32_t>(data[i] << 8 | data[i + 1]) * unit_ns);
    const auto& format = magstripe::track_format(track);
    const auto text = magstripe::decode_flux(track, intervals, check);
    if (text) {
        // What was read could have been written.
        if (!magstripe::encode_bits(track, *text)) std::abort();
        if (text->front() != format.start_sentinel || text->back() != '?') std::abort();
        if (track == 2) static_cast<void>(magstripe::parse_track2(*text));
    } else if (text.error().reason.empty() || text.error().position > format.longest) {
        std::abort();
    }
    return 0;
}
