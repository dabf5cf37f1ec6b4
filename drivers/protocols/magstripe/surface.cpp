// From bits to what a head sees: where transitions lie on the card, and when they pass.

#include <algorithm>
#include <cmath>
#include <numbers>

#include "drivers/protocols/magstripe/stripe.hpp"

namespace posbench::magstripe {
namespace {

/// Positions of the transitions in millimetres, ascending from 0; the card's edge ends them.
std::vector<double> record(int track, std::span<const std::uint8_t> bits, const Surface& surface,
                           runtime::Random& random) {
    constexpr double mm_per_inch = 25.4;
    constexpr double widest = 2;
    const double cell =
        surface.bits_per_inch > 0 ? mm_per_inch / surface.bits_per_inch : 1 / track_format(track).bits_per_mm;
    std::vector<double> transitions{0};
    transitions.reserve(bits.size() * 2 + 1);
    const auto append = [&](double length) {
        if (surface.jitter > 0) length *= 1 + surface.jitter * std::clamp(random.normal(), -widest, widest);
        transitions.push_back(transitions.back() + length);
    };
    for (const std::uint8_t bit : bits) {
        append(bit == 0 ? cell : cell / 2);
        if (bit != 0) append(cell / 2);
        if (transitions.back() <= card_mm) continue;
        std::erase_if(transitions, [](double position) { return position > card_mm; });
        break;
    }
    return transitions;
}

/// A noise pulse adds two transitions, since their polarities alternate.
void add_pulses(std::vector<double>& transitions, double probability, runtime::Random& random) {
    constexpr double narrowest = 0.02, widest = 0.15;
    std::vector<double> noisy;
    noisy.reserve(transitions.size());
    for (std::size_t i = 0; i < transitions.size(); ++i) {
        noisy.push_back(transitions[i]);
        if (i + 1 == transitions.size() || !random.chance(probability)) continue;
        const double length = transitions[i + 1] - transitions[i];
        const double width = narrowest + (widest - narrowest) * random.uniform();
        const double begin = (1 - width) * random.uniform();
        noisy.push_back(transitions[i] + begin * length);
        noisy.push_back(transitions[i] + (begin + width) * length);
    }
    transitions = std::move(noisy);
}

void damage(std::vector<double>& transitions, const Surface& surface, const runtime::Random& chance) {
    runtime::Random lost = chance.fork("missing"), noise = chance.fork("spurious");
    if (surface.missing > 0) std::erase_if(transitions, [&](double) { return lost.chance(surface.missing); });
    const double end = surface.dropout_from_mm + surface.dropout_mm;
    std::erase_if(transitions,
                  [&](double position) { return position >= surface.dropout_from_mm && position < end; });
    if (surface.spurious > 0) add_pulses(transitions, surface.spurious, noise);
}

/// Speed in mm/s when the hand has gone `way` millimetres.
double speed(const Hand& hand, double way) {
    constexpr double slowest = 0.25;
    constexpr double braking_mm = 10;
    double result = hand.mm_per_s * (1 + (hand.acceleration - 1) * std::min(way / card_mm, 1.0));
    for (int stop = 1; stop <= hand.stop_and_go; ++stop) {
        const double distance = std::abs(way - card_mm * stop / (hand.stop_and_go + 1)) / braking_mm;
        if (distance < 1) result *= 1 - (1 - slowest) * (1 + std::cos(std::numbers::pi * distance)) / 2;
    }
    return result;
}

/// Seconds for the way from one place to another: Simpson's rule over pieces in which the speed hardly bends.
double duration(const Hand& hand, double from, double to) {
    constexpr double piece_mm = 0.5;
    if (hand.acceleration == 1 && hand.stop_and_go == 0) return (to - from) / hand.mm_per_s;
    const auto pieces = static_cast<int>(std::ceil((to - from) / piece_mm));
    const double length = (to - from) / pieces;
    double seconds = 0;
    for (int i = 0; i < pieces; ++i) {
        const double begin = from + i * length;
        seconds +=
            length / 6 *
            (1 / speed(hand, begin) + 4 / speed(hand, begin + length / 2) + 1 / speed(hand, begin + length));
    }
    return seconds;
}

}  // namespace

std::vector<std::uint32_t> to_flux(int track, std::span<const std::uint8_t> bits, const Surface& surface,
                                   const Hand& hand, runtime::Random& random) {
    constexpr double ns_per_s = 1e9;
    constexpr double longest_ns = 4e9;
    const runtime::Random chance(random.next());
    runtime::Random unsteadiness = chance.fork("jitter");
    auto transitions = record(track, bits, surface, unsteadiness);
    damage(transitions, surface, chance);
    if (hand.backwards) {
        std::ranges::reverse(transitions);
        const double last = transitions.empty() ? 0 : transitions.front();
        for (double& position : transitions) position = last - position;
    }
    std::vector<std::uint32_t> intervals;
    intervals.reserve(transitions.size());
    for (std::size_t i = 1; i < transitions.size(); ++i) {
        const double ns = duration(hand, transitions[i - 1], transitions[i]) * ns_per_s;
        intervals.push_back(static_cast<std::uint32_t>(std::clamp(std::round(ns), 1.0, longest_ns)));
    }
    return intervals;
}

}  // namespace posbench::magstripe
