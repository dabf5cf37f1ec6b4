#include <benchmark/benchmark.h>

#include "drivers/protocols/magstripe/stripe.hpp"

/// Encode, swipe and decode of one track 2, with what the argument says; items are characters, LRC included.
namespace {

using namespace posbench;

void encode_and_decode(benchmark::State& state, const magstripe::Surface& surface,
                       const magstripe::Hand& hand) {
    constexpr std::string_view text = ";6224242900000113=28062013949031013?";
    runtime::Random random(1);
    for (auto _ : state) {
        const auto bits = magstripe::encode_bits(2, text).value();
        const auto flux = magstripe::to_flux(2, bits, surface, hand, random);
        auto decoded = magstripe::decode_flux(2, flux);
        if (!decoded) state.SkipWithError("not read");
        benchmark::DoNotOptimize(decoded);
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(text.size() + 1));
}

void stripe_sound(benchmark::State& state) {
    encode_and_decode(state, {}, {});
}
void stripe_worn_and_backwards(benchmark::State& state) {
    magstripe::Surface surface;
    surface.jitter = 0.08;
    magstripe::Hand hand;
    hand.acceleration = 4;
    hand.backwards = true;
    encode_and_decode(state, surface, hand);
}
BENCHMARK(stripe_sound);
BENCHMARK(stripe_worn_and_backwards);

}  // namespace
