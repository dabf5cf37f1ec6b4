#include <algorithm>
#include <array>
#include <utility>

#include "drivers/protocols/magstripe/character.hpp"
#include "drivers/protocols/magstripe/clock.hpp"
#include "drivers/protocols/magstripe/stripe.hpp"

namespace posbench::magstripe {
namespace {

using Decoded = Result<std::string, StripeError>;

/// Takes characters out of the bits of one direction, from the first one-bit on.
class CharacterReader {
  public:
    CharacterReader(const TrackFormat& format, std::span<const std::uint8_t> bits) noexcept
        : format_(format), bits_(bits) {}

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

/// A track from its first one-bit on. `broken`: the clock was lost behind the bits.
Decoded read_characters(const TrackFormat& format, std::span<const std::uint8_t> bits, bool broken,
                        Checks checks) {
    const auto error = [&](const char* reason, std::size_t position) {
        return StripeError{reason, position, format.track};
    };
    // Bits that end without zeros behind them were cut off in a character.
    const auto ended = [&](const char* reason, std::size_t position) {
        return error(broken ? "clocking" : reason, position);
    };
    CharacterReader reader(format, bits);
    std::string text;
    unsigned check = 0;
    while (text.empty() || text.back() != '?') {
        const std::size_t position = text.size();
        if (reader.at_end()) return ended(position == 0 ? "no_start_sentinel" : "no_end_sentinel", position);
        if (position + 1 == format.longest) return error("too_long", position);
        const auto [code, parity_right] = reader.take();
        if (position == 0 && (!parity_right || character_of(format, code) != format.start_sentinel))
            return error("no_start_sentinel", 0);
        if (!parity_right && checks.parity) return error("parity", position);
        check ^= code;
        text.push_back(character_of(format, code));
    }
    if (text.size() == 2) return error("format", 1);  // nothing between the sentinels
    if (!checks.lrc) return text;
    // An LRC of no data bits still has a parity bit, so a readable one is never all zeros.
    if (reader.at_end()) return ended("lrc", text.size());
    const auto [code, parity_right] = reader.take();
    if (!parity_right && checks.parity) return error("parity", text.size());
    if (code != check) return error("lrc", text.size());
    // What goes on behind the LRC was no stripe: without this rule the bits of a stripe read from the wrong
    // end can pass for a very short one.
    if (!reader.only_clocking()) return error("too_long", text.size() + 1);
    return text;
}

/// Zeros that a run must begin with. Every character has a one among its bits, so data never hold more than
/// twice the data bits in a row: a run that begins behind a lost stretch of data is not taken for a track.
std::size_t clocking_bits(const TrackFormat& format) noexcept {
    return 2 * static_cast<std::size_t>(format.data_bits) + 1;
}

/// Parity and LRC do not find errors that cancel one another: they can be relied on only while errors are
/// improbable. The limits are those within which no text of the property test was ever read wrongly.
bool reliable(const BitRun& run) noexcept {
    constexpr double unsteadiest = 0.13;
    constexpr double smallest_margin = 0.06;
    return run.unsteadiness <= unsteadiest && run.margin >= smallest_margin;
}

bool density_plausible(const TrackFormat& format, double cell_ns) noexcept {
    constexpr double slowest_mm_s = 40, fastest_mm_s = 3000;
    const double mm_per_s = 1e9 / (cell_ns * format.bits_per_mm);
    return mm_per_s >= slowest_mm_s && mm_per_s <= fastest_mm_s;
}

/// The track in the first run that begins with clocking and has more than that.
Decoded read_runs(const TrackFormat& format, std::span<const BitRun> runs, Checks checks) {
    StripeError nothing{"no_clocking", 0, format.track};
    for (const BitRun& run : runs) {
        const std::span<const std::uint8_t> bits = run.bits;
        const auto zeros = static_cast<std::size_t>(
            std::ranges::find_if(bits, [](std::uint8_t bit) { return bit != 0; }) - bits.begin());
        if (zeros < clocking_bits(format)) continue;
        if (run.cell_ns > 0 && !density_plausible(format, run.cell_ns))
            return StripeError{"density", 0, format.track};
        nothing.reason = "no_start_sentinel";
        if (zeros == bits.size()) continue;
        auto text = read_characters(format, bits.subspan(zeros), run.broken, checks);
        if (text && !reliable(run)) return StripeError{"jitter", text->size(), format.track};
        return text;
    }
    return nothing;
}

/// Keeps the first text, or the error of the attempt that went furthest.
void improve(Decoded& best, Decoded attempt) {
    const auto rank = [](const StripeError& error) {
        return error.reason == "no_clocking" ? 0 : error.position + 1;
    };
    if (!best && (attempt || rank(attempt.error()) > rank(best.error()))) best = std::move(attempt);
}

}  // namespace

Decoded decode_bits(int track, std::span<const std::uint8_t> bits, Checks checks) {
    const TrackFormat& format = track_format(track);
    const auto read = [&](std::vector<std::uint8_t> directed) {
        BitRun run;
        run.bits = std::move(directed);
        return read_runs(format, std::span(&run, 1), checks);
    };
    Decoded best = read({bits.begin(), bits.end()});
    improve(best, read({bits.rbegin(), bits.rend()}));
    return best;
}

Decoded decode_flux(int track, std::span<const std::uint32_t> intervals, Checks checks) {
    constexpr std::size_t most_intervals = 16'384;
    // The first stands jitter, the second a hand that brakes hard.
    constexpr std::array clocks{ClockGain{0.35, 0}, ClockGain{0.5, 0.1}};
    const TrackFormat& format = track_format(track);
    if (intervals.size() > most_intervals) return StripeError{"too_long", 0, track};
    const auto forwards = without_pulses(intervals);
    const std::vector<std::uint32_t> backwards(forwards.rbegin(), forwards.rend());
    Decoded best = StripeError{"no_clocking", 0, track};
    for (const ClockGain& clock : clocks)
        for (const auto* direction : {&forwards, &backwards}) {
            if (best) return best;
            improve(best, read_runs(format, follow_clock(*direction, clock), checks));
        }
    return best;
}

}  // namespace posbench::magstripe
