#include "drivers/terminal/emulated/stripe_reader.hpp"

#include <utility>

#include "drivers/protocols/emv/dates.hpp"

namespace posbench::terminal {
namespace {

using magstripe::StripeError;
using magstripe::Track2;
using runtime::Task;

constexpr int track_used = 2;

/// A track 2 as payment cards bear it, or what is wrong with it.
Result<Track2, StripeError> decode(const card::Swipe& swipe, const Defects& defects) {
    const magstripe::Checks checks{!defects.has(Defect::ignores_parity), !defects.has(Defect::ignores_lrc)};
    const auto text = magstripe::decode_flux(track_used, swipe.track2, checks);
    if (!text) return text.error();
    auto track = magstripe::parse_track2(*text);
    if (!track) return track.error();
    if (!track->expiry.empty() && !emv::parse_month(track->expiry))
        return StripeError{"format", track->pan.size() + 2, track_used};
    if (!magstripe::luhn_valid(track->pan) && !defects.has(Defect::guesses_pan))
        return StripeError{"luhn", track->pan.size(), track_used};
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

bool has_expired(const Track2& track, std::chrono::year_month now, const Defects& defects) noexcept {
    if (track.expiry.empty()) return false;
    const auto last_month = emv::parse_month(track.expiry);
    return defects.has(Defect::expiry_by_day) ? last_month <= now : last_month < now;
}

bool is_chip_card(const Track2& track) noexcept {
    return track.service_code.starts_with('2') || track.service_code.starts_with('6');
}

}  // namespace posbench::terminal
