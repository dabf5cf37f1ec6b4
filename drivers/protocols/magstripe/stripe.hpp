#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/runtime/bytes.hpp"
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

/// What to do to a stripe while it is written.
struct Faults {
    bool bad_lrc = false;  ///< one data bit of the LRC character inverted, its parity right
    std::optional<std::size_t>
        parity_at;                 ///< parity bit of this character inverted (0 is the start sentinel)
    bool no_end_sentinel = false;  ///< the end sentinel is left out; the LRC, as it was, follows the data
    bool no_start_sentinel = false;
    std::optional<std::size_t> truncate_after;  ///< clocking stops after this many characters
    bool all_zeros = false;                     ///< clocking bits only
    double jitter = 0;                          ///< standard deviation of each interval, as a fraction of it
};

/// Character with sentinels but without LRC (`;6210…=2812…?`) to bits: leading zeros, characters least
/// significant bit first with parity, LRC, trailing zeros. Error for a character outside the set or a text
/// that is too long.
Result<std::vector<std::uint8_t>> encode_bits(int track, std::string_view text, const Faults& faults = {});
/// The LRC character of a text with both sentinels.
Result<char> lrc(int track, std::string_view text);

/// Bits to intervals between flux transitions in nanoseconds at a swipe speed in mm/s (F2F: a zero is one
/// interval of a bit length, a one two of half a bit length). `noise` gives standard normal numbers for
/// `jitter`, see Faults; it may be null. Numbers beyond two standard deviations count as two, so that a
/// jitter of up to 0.1 stays readable and no interval vanishes.
std::vector<std::uint32_t> to_flux(int track, std::span<const std::uint8_t> bits, double mm_per_s,
                                   double jitter, const std::function<double()>& noise);
/// Intervals to bits with a clock that follows the speed, started on the leading zeros. The first interval
/// that is neither a bit nor half a bit ends the result.
std::vector<std::uint8_t> from_flux(std::span<const std::uint32_t> intervals);

struct StripeError {
    /// no_clocking, no_start_sentinel, no_end_sentinel, parity, lrc, too_long; of parse_track2: format
    std::string reason;
    std::size_t position = 0;  ///< character, 0 is the start sentinel

    StripeError() = default;
    StripeError(std::string why, std::size_t where) : reason(std::move(why)), position(where) {}
};
[[noreturn]] void throw_exception_from_error(const StripeError& error, const boost::source_location&);
/// Bits to characters with sentinels and without LRC. The first one-bit begins the start sentinel, only zeros
/// follow the LRC; nothing is guessed or repaired. Both directions of swiping are tried; when both fail, the
/// error is that of the direction in which more characters were read.
Result<std::string, StripeError> decode_bits(int track, std::span<const std::uint8_t> bits);

/// Track 2 by its fields (ISO/IEC 7813): PAN of 8 to 19 digits, expiry, service code, discretionary digits.
struct Track2 {
    std::string pan;           ///< at most 19 digits
    std::string expiry;        ///< YYMM
    std::string service_code;  ///< three digits
    std::string discretionary;
    /// As in ISO 8583 field 35: separator 'D', no sentinels.
    std::string field35() const;
};
/// @param text with both sentinels, as decode_bits gives it
Result<Track2, StripeError> parse_track2(std::string_view text);

/// ISO/IEC 7812-1 annex B.
bool luhn_valid(std::string_view pan) noexcept;

}  // namespace posbench::magstripe
