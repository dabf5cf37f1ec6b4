// From bits over a worn surface and an unsteady hand to characters.

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "bench/trace/vocabulary.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/protocols/magstripe_support.hpp"

using namespace posbench;
using namespace posbench::magstripe;

namespace {

constexpr std::string_view track2_example = ";6224242900000113=28062013949031013?";
constexpr double track2_cell_mm = 25.4 / 75;

std::vector<std::uint32_t> swiped(int track, std::string_view text, const Surface& surface = {},
                                  const Hand& hand = {}, std::uint64_t seed = 1) {
    runtime::Random random(seed);
    return to_flux(track, encode_bits(track, text).value(), surface, hand, random);
}

StripeError error_of(const Surface& surface, const Hand& hand = {}, std::uint64_t seed = 1) {
    const auto decoded = decode_flux(2, swiped(2, track2_example, surface, hand, seed));
    REQUIRE(decoded.has_error());
    CHECK(decoded.error().track == 2);
    return decoded.error();
}

/// Where character `position` of track 2 begins, behind 25 zeros.
double character_mm(std::size_t position) {
    return track2_cell_mm * (25 + 5 * static_cast<double>(position));
}

bool trace_knows(const std::string& reason) {
    return trace::find_field(trace::Kind::terminal_stripe, "reason")->takes(reason);
}

/// Draws the card with both speeds within what readers promise, 100 to 1500 mm/s, at most four to one.
Hand random_hand(runtime::Random& random) {
    Hand hand;
    hand.mm_per_s = 100 + 1400 * random.uniform();
    const double end = std::clamp(hand.mm_per_s * std::exp2(4 * random.uniform() - 2), 100.0, 1500.0);
    hand.acceleration = end / hand.mm_per_s;
    hand.backwards = random.chance(0.5);
    return hand;
}

}  // namespace

TEST_CASE("Swipe: a zero is one interval of a bit, a one two of half a bit (F2F, ISO/IEC 7811-6)") {
    const std::vector<std::uint8_t> bits{0, 1, 0};
    runtime::Random random(1);
    Hand hand;
    hand.mm_per_s = 254;
    // 75 bits an inch at 254 mm/s: 1/750 s a bit.
    CHECK(to_flux(2, bits, {}, hand, random) == std::vector<std::uint32_t>{1333333, 666667, 666667, 1333333});
    hand.backwards = true;
    CHECK(to_flux(2, {{0, 0, 1}}, {}, hand, random) ==
          std::vector<std::uint32_t>{666667, 666667, 1333333, 1333333});
    Surface dense;
    dense.bits_per_inch = 150;
    CHECK(to_flux(2, {{0}}, dense, hand, random) == std::vector<std::uint32_t>{666667});
}

TEST_CASE("Swipe: a hand that speeds up passes the card's end at its last speed") {
    Hand hand;
    hand.mm_per_s = 200;
    hand.acceleration = 4;
    const std::vector<std::uint8_t> zeros(250, 0);
    runtime::Random random(1);
    const auto flux = to_flux(2, zeros, {}, hand, random);
    CHECK(flux.front() == Catch::Approx(track2_cell_mm / 200 * 1e9).epsilon(0.02));
    CHECK(flux.back() == Catch::Approx(track2_cell_mm / 800 * 1e9).epsilon(0.02));
    // The way over an evenly growing speed: L / (v (a - 1)) * ln(1 + (a - 1) x / L).
    const double way = track2_cell_mm * 250;
    const double expected = card_mm / (200 * 3) * std::log(1 + 3 * way / card_mm) * 1e9;
    CHECK(std::accumulate(flux.begin(), flux.end(), 0.0) == Catch::Approx(expected).epsilon(1e-4));
    hand = {};
    hand.stop_and_go = 1;
    const auto slowed = to_flux(2, zeros, {}, hand, random);
    const auto longest = *std::ranges::max_element(slowed);
    CHECK(longest == Catch::Approx(track2_cell_mm / (300 * 0.25) * 1e9).epsilon(0.02));
}

TEST_CASE("Swipe: nothing is recorded beyond the card's edge") {
    Surface sparse;
    sparse.bits_per_inch = 40;
    const auto flux = swiped(2, track2_example, sparse);
    const double way_mm = std::accumulate(flux.begin(), flux.end(), 0.0) * 300 / 1e9;
    CHECK(way_mm < card_mm);
    CHECK(way_mm > card_mm - 25.4 / 40);
    CHECK(decode_flux(2, flux).error().reason == "no_end_sentinel");
}

TEST_CASE("Swipe: what is lost or added is told with its character") {
    Surface surface;
    surface.dropout_from_mm = character_mm(14) + 0.3 * track2_cell_mm;
    surface.dropout_mm = 3;
    CHECK(error_of(surface).reason == "clocking");
    CHECK(error_of(surface).position == 14);
    // The same place, whichever way the card is drawn: the way from the start sentinel is the longer.
    Hand hand;
    hand.backwards = true;
    CHECK(error_of(surface, hand).reason == "clocking");
    CHECK(error_of(surface, hand).position == 14);

    surface = {};
    surface.dropout_mm = character_mm(1);
    CHECK(error_of(surface).reason == "no_start_sentinel");  // the clocking behind the data is still there
    surface.dropout_mm = card_mm;
    CHECK(error_of(surface).reason == "no_clocking");

    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        surface = {};
        surface.missing = 0.1;
        CHECK(trace_knows(error_of(surface, {}, seed).reason));
        surface = {};
        surface.jitter = 0.3;
        CHECK(trace_knows(error_of(surface, {}, seed).reason));
    }
    surface.jitter = 0.14;
    CHECK(error_of(surface).reason == "jitter");
    CHECK(error_of(surface).position == track2_example.size());
}

TEST_CASE("Swipe: bit cells that no hand could make are a wrong density") {
    for (const double mm_per_s : {20.0, 5000.0}) {
        Hand hand;
        hand.mm_per_s = mm_per_s;
        CHECK(error_of({}, hand).reason == "density");
    }
    // Within what a hand does, a clock that follows cannot tell speed from density.
    Surface dense;
    dense.bits_per_inch = 210;
    CHECK(decode_flux(2, swiped(2, track2_example, dense)).value() == track2_example);
}

TEST_CASE("Swipe: the clock starts anew behind a stretch that is lost before the start sentinel") {
    Surface surface;
    surface.dropout_from_mm = 3 * track2_cell_mm;
    surface.dropout_mm = 8.5 * track2_cell_mm;
    CHECK(decode_flux(2, swiped(2, track2_example, surface)).value() == track2_example);
}

TEST_CASE("Swipe: noise pulses are joined with what they divided") {
    int read = 0;
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        Surface surface;
        surface.spurious = 0.01;
        const auto decoded = decode_flux(2, swiped(2, track2_example, surface, {}, seed));
        if (decoded) REQUIRE(*decoded == track2_example);
        if (decoded) ++read;
    }
    CHECK(read >= 495);
}

TEST_CASE("Swipe: a hand that brakes to a quarter three times is followed on every track") {
    runtime::Random random(24);
    for (int round = 0; round < 150; ++round) {
        const int track = 1 + round % 3;
        const std::string text = test::random_text(track, random);
        Hand hand;
        hand.mm_per_s = 200 + 1300 * random.uniform();
        hand.stop_and_go = 1 + round % 3;
        const auto decoded = decode_flux(track, swiped(track, text, {}, hand));
        INFO("track " << track << ", " << hand.stop_and_go << " stops from " << hand.mm_per_s << " mm/s");
        REQUIRE(decoded.has_value());
        REQUIRE(*decoded == text);
    }
}

TEST_CASE(
    "Swipe: 10,000 swipes at any speed, acceleration and jitter decode to what was written, or not at all") {
    constexpr double readable_jitter = 0.09;
    runtime::Random random(25);
    int of_readable = 0, read = 0;
    for (int round = 0; round < 10'000; ++round) {
        const int track = 1 + round % 3;
        const std::string text = test::random_text(track, random);
        Surface surface;
        surface.jitter = 0.3 * random.uniform();
        const Hand hand = random_hand(random);
        const auto flux = to_flux(track, encode_bits(track, text).value(), surface, hand, random);
        const auto decoded = decode_flux(track, flux);
        INFO("round " << round << ": track " << track << ", " << hand.mm_per_s << " mm/s, acceleration "
                      << hand.acceleration << ", jitter " << surface.jitter);
        if (decoded) REQUIRE(*decoded == text);
        if (decoded) ++read;
        if (!decoded) REQUIRE(trace_knows(decoded.error().reason));
        if (surface.jitter > readable_jitter) continue;
        ++of_readable;
        REQUIRE(decoded.has_value());
    }
    CHECK(of_readable > 2'500);
    CHECK(read > of_readable);
    CHECK(read < 5'000);
}

TEST_CASE("Swipe: 10,000 swipes of stripes with everything wrong at once are never read as something else") {
    runtime::Random random(26);
    int read = 0;
    for (int round = 0; round < 10'000; ++round) {
        const int track = 1 + round % 3;
        const std::string text = test::random_text(track, random);
        Surface surface;
        surface.jitter = random.chance(0.5) ? 0.15 * random.uniform() : 0;
        surface.spurious = random.chance(0.5) ? 0.1 * random.uniform() : 0;
        surface.missing = random.chance(0.5) ? 0.01 * random.uniform() : 0;
        surface.dropout_from_mm = card_mm * random.uniform();
        surface.dropout_mm = random.chance(0.5) ? 5 * random.uniform() : 0;
        surface.bits_per_inch = random.chance(0.2) ? 40 + 300 * random.uniform() : 0;
        Hand hand = random_hand(random);
        hand.stop_and_go = static_cast<int>(random.between(0, 3));
        const auto flux = to_flux(track, encode_bits(track, text).value(), surface, hand, random);
        const auto decoded = decode_flux(track, flux);
        INFO("round " << round);
        if (decoded) REQUIRE(*decoded == text);
        if (decoded) ++read;
    }
    CHECK(read > 1'000);
}

TEST_CASE("Swipe: any intervals are answered") {
    runtime::Random random(27);
    for (int round = 0; round < 3000; ++round) {
        std::vector<std::uint32_t> flux(static_cast<std::size_t>(random.between(0, 400)));
        const int shift = static_cast<int>(random.between(0, 31));
        for (auto& interval : flux) interval = static_cast<std::uint32_t>(random.next() >> 32 >> shift);
        REQUIRE(decode_flux(1 + round % 3, flux).has_error());
    }
    CHECK(decode_flux(2, {}).error().reason == "no_clocking");
    CHECK(decode_flux(2, std::vector<std::uint32_t>(1000, 0)).error().reason == "no_clocking");
    CHECK(decode_flux(2, std::vector<std::uint32_t>(1000, UINT32_MAX)).error().reason == "density");
    CHECK(decode_flux(2, std::vector<std::uint32_t>(16'384, 1'000'000)).error().reason ==
          "no_start_sentinel");
    CHECK(decode_flux(2, std::vector<std::uint32_t>(16'385, 1'000'000)).error().reason == "too_long");
}
