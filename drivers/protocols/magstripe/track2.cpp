#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

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

/// The field of so many digits at `at`, which moves behind it; empty when a separator stands in its place.
std::optional<std::string_view> field_or_separator(std::string_view text, std::size_t& at,
                                                   std::size_t digits) noexcept {
    if (at < text.size() && text[at] == '=') {
        ++at;
        return std::string_view();
    }
    if (digits_end(text, at) < at + digits) return std::nullopt;
    return text.substr(std::exchange(at, at + digits), digits);
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

    std::size_t at = separator + 1;
    const auto expiry = field_or_separator(text, at, expiry_digits);
    if (!expiry) return malformed(digits_end(text, at));
    const auto service_code = field_or_separator(text, at, service_code_digits);
    if (!service_code) return malformed(digits_end(text, at));
    const std::size_t end = digits_end(text, at);
    if (end + 1 != text.size() || text[end] != '?') return malformed(end);
    track.expiry = *expiry;
    track.service_code = *service_code;
    track.discretionary = text.substr(at, end - at);
    return track;
}

std::string Track2::field35() const {
    const auto or_separator = [](const std::string& field) { return field.empty() ? "D" : field; };
    return pan + 'D' + or_separator(expiry) + or_separator(service_code) + discretionary;
}

bool luhn_valid(std::string_view pan) noexcept {
    return runtime::is_all_digits(pan) && runtime::passes_luhn(pan);
}

}  // namespace posbench::magstripe
