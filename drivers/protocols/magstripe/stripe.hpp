#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/random.hpp"
#include "bench/runtime/result.hpp"

/// Magnetic stripes from characters to flux and back (ISO/IEC 7811-2, 7811-6, 7813; ISO 4909 for track 3).
namespace posbench::magstripe {

/// Data bits a character, character set and recording density of a track.
struct TrackFormat {
    int track;
    int data_bits;        ///< 6 on track 1, 4 on tracks 2 and 3; one odd-parity bit follows
    char first;           ///< character of code 0: ' ' on track 1, '0' on tracks 2 and 3
    char start_sentinel;  ///< '%' or ';'
    double bits_per_mm;   ///< 8.27 (210 bpi) or 2.95 (75 bpi)
    std::size_t longest;  ///< characters with sentinels and LRC: 79, 40, 107
};
const TrackFormat& track_format(int track);

/// What is wrong with the characters as they were written.
struct Faults {
    bool bad_lrc = false;  ///< one data bit of the LRC character inverted, its parity right
    std::optional<std::size_t>
        parity_at;                 ///< parity bit of this character inverted (0 is the start sentinel)
    bool no_end_sentinel = false;  ///< the end sentinel is left out; the LRC, as it was, follows the data
    bool no_start_sentinel = false;
    std::optional<std::size_t> truncate_after;  ///< clocking stops after this many characters
    bool all_zeros = false;                     ///< clocking bits only
};

/// Character with sentinels but without LRC (`;6210…=2812…?`) to bits: 25 zeros, characters least significant
/// bit first with parity, LRC, 25 zeros. Error for a character outside the set or a text that is too long.
Result<std::vector<std::uint8_t>> encode_bits(int track, std::string_view text, const Faults& faults = {});
/// The LRC character of a text with both sentinels.
Result<char> lrc(int track, std::string_view text);

/// How far a stripe reaches, in millimetres: the long side of a card (ISO/IEC 7810, ID-1).
inline constexpr double card_mm = 85.6;

/// The state of the magnetic layer along one track. Distances are from the first transition of the track.
struct Surface {
    double bits_per_inch = 0;  ///< density it was written with; 0: that of the track (ISO/IEC 7811-6)
    /// Standard deviation of each interval as a fraction of it. Numbers beyond two standard deviations count
    /// as two, so no interval vanishes below 0.5.
    double jitter = 0;
    double spurious = 0;  ///< probability that an interval has a noise pulse in it: two transitions more
    double missing = 0;   ///< probability that a transition is not there
    double dropout_from_mm = 0;
    double dropout_mm = 0;  ///< length of a stretch without transitions
};

/// How the card is drawn past the head.
struct Hand {
    double mm_per_s = 300;  ///< at the start
    /// Speed at the other end of the card as a multiple of that at the start; it changes evenly over the way.
    double acceleration = 1;
    int stop_and_go = 0;     ///< how often the hand slows down to a quarter, over 10 mm on either side
    bool backwards = false;  ///< the end of the track comes first
};

/// Bits to intervals between flux transitions in nanoseconds, as a head sees them (F2F: a zero is one
/// interval of a bit length, a one two of half a bit length). What would lie beyond the card's edge is cut
/// off. Takes one number from `random`; jitter, missing transitions and noise are each drawn by a generator
/// of their own, so none of them changes what the others draw.
std::vector<std::uint32_t> to_flux(int track, std::span<const std::uint8_t> bits, const Surface& surface,
                                   const Hand& hand, runtime::Random& random);

struct StripeError {
    /// What is wrong: `no_clocking` nothing that could be clocking bits; `density` bit cells that no hand
    /// could pass at the density of the track; `no_start_sentinel`, `no_end_sentinel`, `parity`, `lrc`;
    /// `clocking` an interval that is neither a bit nor half a bit, or none any more in the middle of a
    /// character; `jitter` all was right but the intervals too unsteady to rely on that; `too_long`; of
    /// parse_track2 `format`.
    std::string reason;
    std::size_t position = 0;  ///< character, 0 is the start sentinel
    int track = 0;

    StripeError() = default;
    StripeError(std::string why, std::size_t where, int which)
        : reason(std::move(why)), position(where), track(which) {}
};
[[noreturn]] void throw_exception_from_error(const StripeError& error, const boost::source_location&);

/// Which checks of the characters a reader makes; a good one makes both.
struct Checks {
    bool parity = true;  ///< of every character behind the start sentinel
    bool lrc = true;
};

/// Bits to characters with sentinels and without LRC. Clocking zeros must come before the start sentinel,
/// more than data can hold in a row, and only zeros after the LRC; nothing is guessed or repaired. Both
/// directions of swiping are tried; when both fail, the error is that of the direction in which more
/// characters were read.
Result<std::string, StripeError> decode_bits(int track, std::span<const std::uint8_t> bits,
                                             Checks checks = {});
/// The same from intervals between flux transitions in nanoseconds, with a clock that follows the hand. Any
/// intervals are answered, in time and memory proportional to their number; more than 16,384 are too_long.
Result<std::string, StripeError> decode_flux(int track, std::span<const std::uint32_t> intervals,
                                             Checks checks = {});

/// Track 2 by its fields (ISO/IEC 7813): PAN of 8 to 19 digits, expiry, service code, discretionary digits. A
/// separator in the place of expiry or service code says that the card has none.
struct Track2 {
    std::string pan;           ///< at most 19 digits
    std::string expiry;        ///< YYMM; empty: none
    std::string service_code;  ///< three digits; empty: none
    std::string discretionary;
    /// As in ISO 8583 field 35: separator 'D', no sentinels.
    std::string field35() const;
};
/// @param text with both sentinels, as decode_flux gives it
Result<Track2, StripeError> parse_track2(std::string_view text);

/// ISO/IEC 7812-1 annex B.
bool luhn_valid(std::string_view pan) noexcept;

}  // namespace posbench::magstripe
