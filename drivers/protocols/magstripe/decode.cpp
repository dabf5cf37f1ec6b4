#include <algorithm>
#include <utility>

#include "drivers/protocols/magstripe/character.hpp"
#include "drivers/protocols/magstripe/stripe.hpp"

namespace posbench::magstripe {
namespace {

/// Takes characters out of the bits of one direction, from the first one-bit on.
class CharacterReader {
  public:
    CharacterReader(const TrackFormat& format, std::span<const std::uint8_t> bits) noexcept
        : format_(format),
          bits_(bits.subspan(static_cast<std::size_t>(
              std::ranges::find_if(bits, [](std::uint8_t bit) { return bit != 0; }) - bits.begin()))) {}

    /// Fewer bits are left than a character has, or nothing but zeros: clocking without characters.
    bool at_end() const noexcept { return bits_.size() < width() || only_clocking(); }
    bool only_clocking() const noexcept {
        return std::ranges::all_of(bits_, [](std::uint8_t bit) { return bit == 0; });
    }
    /// The next code and whether its parity is right. Precondition: not at_end().
    std::pair<unsigned, bool> take() noexcept {
        unsigned code = 0;
        for (int bit = 0; bit < format_.data_bits; ++bit)
            if (bits_[static_cast<std::size_t>(bit)] != 0) code |= 1u << bit;
        const unsigned parity = bits_[width() - 1] != 0 ? 1 : 0;
        bits_ = bits_.subspan(width());
        return {code, parity == odd_parity(code)};
    }

  private:
    std::size_t width() const noexcept { return static_cast<std::size_t>(format_.data_bits) + 1; }

    const TrackFormat& format_;
    std::span<const std::uint8_t> bits_;
};

Result<std::string, StripeError> decode_forwards(const TrackFormat& format,
                                                 std::span<const std::uint8_t> bits) {
    CharacterReader reader(format, bits);
    std::string text;
    unsigned check = 0;
    if (reader.at_end()) return StripeError{"no_start_sentinel", 0};
    while (text.empty() || text.back() != '?') {
        const std::size_t position = text.size();
        if (reader.at_end()) return StripeError{"no_end_sentinel", position};
        if (position + 1 == format.longest) return StripeError{"too_long", position};
        const auto [code, parity_right] = reader.take();
        if (position == 0 && (!parity_right || character_of(format, code) != format.start_sentinel))
            return StripeError{"no_start_sentinel", 0};
        if (!parity_right) return StripeError{"parity", position};
        check ^= code;
        text.push_back(character_of(format, code));
    }
    // An LRC of no data bits still has a parity bit, so a readable one is never all zeros.
    if (reader.at_end()) return StripeError{"lrc", text.size()};
    const auto [code, parity_right] = reader.take();
    if (!parity_right) return StripeError{"parity", text.size()};
    if (code != check) return StripeError{"lrc", text.size()};
    // What goes on behind the LRC was no stripe: without this rule the bits of a stripe read from the wrong
    // end can pass for a very short one.
    if (!reader.only_clocking()) return StripeError{"too_long", text.size() + 1};
    return text;
}

}  // namespace

Result<std::string, StripeError> decode_bits(int track, std::span<const std::uint8_t> bits) {
    const TrackFormat& format = track_format(track);
    if (bits.empty()) return StripeError{"no_clocking", 0};
    auto forwards = decode_forwards(format, bits);
    if (forwards) return forwards;
    const std::vector<std::uint8_t> reversed(bits.rbegin(), bits.rend());
    auto backwards = decode_forwards(format, reversed);
    if (backwards || backwards.error().position > forwards.error().position) return backwards;
    return forwards;
}

}  // namespace posbench::magstripe
