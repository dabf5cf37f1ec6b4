#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/runtime/ascii.hpp"
#include "bench/runtime/secrets.hpp"
#include "drivers/protocols/magstripe/stripe.hpp"

namespace posbench::magstripe {
namespace {

using runtime::is_digit;

/// Where the run of digits from `from` ends.
std::size_t digits_end(std::string_view text, std::size_t from) noexcept {
    while (from < text.size() && is_digit(text[from])) ++from;
    return from;
}

}  // namespace

void throw_exception_from_error(const StripeError& error, const boost::source_location&) {
    throw std::runtime_error(
        fmt::format("track {}: {} at character {}", error.track, error.reason, error.position));
}

Result<Track2, StripeError> parse_track2(std::string_view text) {
    constexpr std::size_t shortest_pan = 8;
    constexpr std::size_t longest_pan = 19;
    constexpr std::size_t expiry_digits = 4;
    constexpr std::size_t service_code_digits = 3;
    const auto malformed = [](std::size_t position) { return StripeError{"format", position, 2}; };

    if (text.empty() || text.front() != ';') return malformed(0);
    const std::size_t separator = digits_end(text, 1);
    if (separator == text.size() || text[separator] != '=') return malformed(separator);
    Track2 track;
    track.pan = text.substr(1, separator - 1);
    if (track.pan.size() < shortest_pan || track.pan.size() > longest_pan) return malformed(separator);

    const std::size_t expiry = separator + 1;
    const std::size_t end = digits_end(text, expiry);
    if (end == text.size() || text[end] != '?' || end + 1 != text.size()) return malformed(end);
    if (end - expiry < expiry_digits + service_code_digits) return malformed(end);
    track.expiry = text.substr(expiry, expiry_digits);
    track.service_code = text.substr(expiry + expiry_digits, service_code_digits);
    const std::size_t discretionary = expiry + expiry_digits + service_code_digits;
    track.discretionary = text.substr(discretionary, end - discretionary);
    return track;
}

std::string Track2::field35() const {
    return pan + 'D' + expiry + service_code + discretionary;
}

bool luhn_valid(std::string_view pan) noexcept {
    return runtime::is_all_digits(pan) && runtime::passes_luhn(pan);
}

}  // namespace posbench::magstripe
