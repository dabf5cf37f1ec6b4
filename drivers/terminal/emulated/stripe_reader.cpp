#include "drivers/terminal/emulated/stripe_reader.hpp"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

#include "drivers/protocols/emv/dates.hpp"

namespace posbench::terminal {
namespace {

using magstripe::StripeError;
using magstripe::Track2;
using runtime::Task;

constexpr int track_used = 2;

/// The characters of the bits with the LRC put right: what a reader does that does not care.
Result<std::string, StripeError> decode_without_lrc(std::vector<std::uint8_t> bits) {
    auto decoded = magstripe::decode_bits(track_used, bits);
    if (decoded || decoded.error().reason != "lrc") return decoded;
    constexpr std::size_t width = 5;
    const auto first = static_cast<std::size_t>(std::ranges::find(bits, 1) - bits.begin());
    const std::size_t lrc = first + decoded.error().position * width;
    if (bits.size() < lrc + width) bits.resize(lrc + width);
    for (unsigned code = 0; code < 16; ++code) {
        for (unsigned bit = 0; bit < 4; ++bit) bits[lrc + bit] = code >> bit & 1;
        bits[lrc + 4] = std::popcount(code) % 2 == 0 ? 1 : 0;
        auto forced = magstripe::decode_bits(track_used, bits);
        if (forced) return forced;
    }
    return decoded;
}

/// A track 2 as payment cards bear it, or what is wrong with it.
Result<Track2, StripeError> decode(const card::Swipe& swipe, const Defects& defects) {
    std::vector<std::uint8_t> bits = magstripe::from_flux(swipe.track2);
    const auto text = defects.has(Defect::ignores_lrc) ? decode_without_lrc(std::move(bits))
                                                       : magstripe::decode_bits(track_used, bits);
    if (!text) return text.error();
    auto track = magstripe::parse_track2(*text);
    if (!track) return track.error();
    if (!emv::parse_month(track->expiry)) return StripeError{"format", track->pan.size() + 2};
    if (!magstripe::luhn_valid(track->pan)) return StripeError{"luhn", track->pan.size()};
    return track;
}

}  // namespace

Task<std::optional<Track2>> read_stripe(Panel& panel, runtime::Clock& clock, const TerminalSettings& settings,
                                        card::Swipe swipe) {
    co_await clock.sleep_for(settings.timings.stripe);
    auto track = decode(swipe, settings.defects);
    trace::Fields event{{"outcome", track ? "read" : "error"}, {"track", track_used}};
    if (!track) {
        event.emplace_back("reason", track.error().reason);
        event.emplace_back("position", track.error().position);
    }
    co_await panel.emit(trace::Kind::terminal_stripe, std::move(event));
    if (!track) co_return std::nullopt;
    co_return *std::move(track);
}

bool is_chip_card(const Track2& track) noexcept {
    return track.service_code.starts_with('2') || track.service_code.starts_with('6');
}

}  // namespace posbench::terminal
