#include <array>
#include <stdexcept>
#include <string>

#include "drivers/protocols/magstripe/stripe.hpp"

namespace posbench::magstripe {
namespace {

constexpr double bits_per_inch_210 = 210 / 25.4;
constexpr double bits_per_inch_75 = 75 / 25.4;

constexpr std::array formats{
    TrackFormat{1, 6, ' ', '%', bits_per_inch_210, 79},
    TrackFormat{2, 4, '0', ';', bits_per_inch_75, 40},
    TrackFormat{3, 4, '0', ';', bits_per_inch_210, 107},
};

}  // namespace

const TrackFormat& track_format(int track) {
    if (track < 1 || track > 3)
        throw std::invalid_argument("a stripe has tracks 1 to 3, not " + std::to_string(track));
    return formats[static_cast<std::size_t>(track - 1)];
}

}  // namespace posbench::magstripe
