#include <algorithm>
#include <string>

#include "bench/runtime/random.hpp"
#include "drivers/protocols/magstripe/stripe.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::magstripe;

namespace {

constexpr std::string_view track1_example = "%B6224242900000113^TEST/CARD^28062010000000000000?";
constexpr std::string_view track2_example = ";6224242900000113=28062013949031013?";

/// A text a track may hold: sentinels, and no end sentinel between them.
std::string random_text(int track, runtime::Random& random) {
    const TrackFormat& format = track_format(track);
    const auto length = random.between(10, static_cast<std::int64_t>(format.longest) - 3);
    std::string text(1, format.start_sentinel);
    while (static_cast<std::int64_t>(text.size()) <= length) {
        const char c = static_cast<char>(format.first + random.between(0, (1 << format.data_bits) - 1));
        if (c != '?') text.push_back(c);
    }
    return text + '?';
}

std::vector<std::uint8_t> bits_of(int track, std::string_view text, const Faults& faults = {}) {
    return encode_bits(track, text, faults).value();
}

StripeError error_of(int track, std::string_view text, const Faults& faults) {
    const auto decoded = decode_bits(track, bits_of(track, text, faults));
    REQUIRE(decoded.has_error());
    return decoded.error();
}

template <class T>
std::vector<T> reversed(const std::vector<T>& forwards) {
    return {forwards.rbegin(), forwards.rend()};
}

}  // namespace

TEST_CASE("Stripe: LRC of the known answers") {
    CHECK(lrc(2, track2_example).value() == '=');
    CHECK(lrc(1, track1_example).value() == 'V');
}

TEST_CASE("Stripe: characters are written least significant bit first with odd parity (ISO/IEC 7811-2)") {
    const auto bits = bits_of(2, ";1?");
    REQUIRE(bits.size() == 25 + 4 * 5 + 25);
    CHECK(std::ranges::count(bits.begin(), bits.begin() + 25, 0) == 25);
    CHECK(std::vector<std::uint8_t>(bits.begin() + 25, bits.begin() + 40) ==
          std::vector<std::uint8_t>{1, 1, 0, 1, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1});
}

TEST_CASE("Stripe: a zero is one interval of a bit, a one two of half a bit (F2F, ISO/IEC 7811-6)") {
    const std::vector<std::uint8_t> bits{0, 1, 0};
    // 75 bits an inch at 254 mm/s: 1/750 s a bit.
    CHECK(to_flux(2, bits, 254, 0, nullptr) == std::vector<std::uint32_t>{1333333, 666667, 666667, 1333333});
}

TEST_CASE("Stripe: random texts survive every track, speed, jitter and both directions") {
    runtime::Random random(21);
    const auto noise = [&random] { return random.normal(); };
    for (int round = 0; round < 600; ++round) {
        const int track = 1 + round % 3;
        const std::string text = random_text(track, random);
        const double speed = 100 + 1400 * random.uniform();
        const double jitter = 0.1 * random.uniform();
        auto flux = to_flux(track, bits_of(track, text), speed, jitter, noise);
        if (random.chance(0.5)) flux = reversed(flux);
        const auto decoded = decode_bits(track, from_flux(flux));
        INFO("track " << track << " at " << speed << " mm/s, jitter " << jitter);
        REQUIRE(decoded.has_value());
        REQUIRE(*decoded == text);
    }
}

TEST_CASE("Stripe: a hand that speeds up threefold over the swipe is followed") {
    const auto bits = bits_of(1, track1_example);
    auto flux = to_flux(1, bits, 200, 0, nullptr);
    for (std::size_t i = 0; i < flux.size(); ++i)
        flux[i] = static_cast<std::uint32_t>(
            flux[i] / (1 + 2.0 * static_cast<double>(i) / static_cast<double>(flux.size())));
    CHECK(decode_bits(1, from_flux(flux)).value() == track1_example);
    CHECK(decode_bits(1, from_flux(reversed(flux))).value() == track1_example);
}

TEST_CASE("Stripe: every single wrong bit between first and last character is found") {
    runtime::Random random(22);
    for (int round = 0; round < 30; ++round) {
        const int track = 1 + round % 3;
        const std::string text = random_text(track, random);
        const auto good = bits_of(track, text);
        for (std::size_t i = 25; i + 25 < good.size(); ++i) {
            auto bits = good;
            bits[i] ^= 1;
            const auto decoded = decode_bits(track, bits);
            INFO("track " << track << ", bit " << i << " of " << text);
            REQUIRE(decoded.has_error());
        }
    }
}

TEST_CASE("Stripe: the decoder says what is wrong and at which character") {
    CHECK(decode_bits(2, bits_of(2, track2_example)).value() == track2_example);

    Faults faults;
    faults.bad_lrc = true;
    CHECK(error_of(2, track2_example, faults).reason == "lrc");
    CHECK(error_of(2, track2_example, faults).position == track2_example.size());
    CHECK(error_of(1, track1_example, faults).reason == "lrc");

    for (const std::size_t position : {1u, 12u, 35u}) {
        faults = {};
        faults.parity_at = position;
        CHECK(error_of(2, track2_example, faults).reason == "parity");
        CHECK(error_of(2, track2_example, faults).position == position);
    }
    faults.parity_at = 0;
    CHECK(error_of(2, track2_example, faults).reason == "no_start_sentinel");

    faults = {};
    faults.truncate_after = 20;
    CHECK(error_of(2, track2_example, faults).reason == "no_end_sentinel");
    CHECK(error_of(2, track2_example, faults).position == 20);
    faults.truncate_after = track2_example.size();
    CHECK(error_of(2, track2_example, faults).reason == "lrc");

    faults = {};
    faults.no_end_sentinel = true;
    CHECK(error_of(2, track2_example, faults).reason == "no_end_sentinel");

    faults = {};
    faults.all_zeros = true;
    CHECK(error_of(2, track2_example, faults).reason == "no_start_sentinel");
    CHECK(decode_bits(2, {}).error().reason == "no_clocking");

    faults = {};
    faults.no_start_sentinel = true;
    CHECK(error_of(1, track1_example, faults).reason == "no_start_sentinel");
}

TEST_CASE("Stripe: a fault is named the same whichever way the card is swiped") {
    Faults faults;
    faults.parity_at = 12;
    const auto bits = bits_of(2, track2_example, faults);
    const auto backwards = decode_bits(2, reversed(bits));
    REQUIRE(backwards.has_error());
    CHECK(backwards.error().reason == "parity");
    CHECK(backwards.error().position == 12);
}

TEST_CASE("Stripe: texts a track cannot hold are refused without repeating them") {
    CHECK(encode_bits(2, ";12A?").error().what == "character 3 is not in the set of track 2");
    CHECK(encode_bits(2, ";" + std::string(38, '1') + "?").error().what ==
          "track 2 holds 40 characters with its LRC, this text needs 41");
    CHECK_THROWS_AS(track_format(4), std::invalid_argument);
}

TEST_CASE("Stripe: more characters than the standard allows are not taken") {
    std::vector<std::uint8_t> bits(25, 0);
    bits.insert(bits.end(), {1, 1, 0, 1, 0});
    for (int i = 0; i < 60; ++i) bits.insert(bits.end(), {1, 0, 0, 0, 0});
    CHECK(decode_bits(2, bits).error().reason == "too_long");
}

TEST_CASE("Stripe: only clocking may follow the LRC") {
    auto bits = bits_of(2, ";1?");
    bits.insert(bits.end(), {1, 0, 0, 0, 0});
    CHECK(decode_bits(2, bits).error().reason == "too_long");
    CHECK(decode_bits(2, bits).error().position == 4);
}

TEST_CASE("Stripe: random intervals and bits are refused quietly") {
    runtime::Random random(23);
    for (int round = 0; round < 5000; ++round) {
        std::vector<std::uint32_t> flux(static_cast<std::size_t>(random.between(0, 300)));
        for (auto& interval : flux) interval = static_cast<std::uint32_t>(random.next());
        const auto bits = from_flux(flux);
        CHECK(bits.size() <= flux.size());
        std::vector<std::uint8_t> noise(static_cast<std::size_t>(random.between(0, 300)));
        for (auto& bit : noise) bit = static_cast<std::uint8_t>(random.between(0, 1));
        CHECK(decode_bits(1 + round % 3, noise).has_error());
    }
    CHECK(from_flux(std::vector<std::uint32_t>{0, 0, 0}).empty());
}

TEST_CASE("Track 2: fields, field 35 and malformed texts (ISO/IEC 7813)") {
    const auto track = parse_track2(track2_example).value();
    CHECK(track.pan == "6224242900000113");
    CHECK(track.expiry == "2806");
    CHECK(track.service_code == "201");
    CHECK(track.discretionary == "3949031013");
    CHECK(track.field35() == "6224242900000113D28062013949031013");

    for (const std::string_view text :
         {"", "6224242900000113=2806201?", ";6224242900000113?", ";6224242900000113=280620?", ";1=2806201?",
          ";12345678901234567890=2806201?", ";6224242900000113=2806201", ";6224242900000113=28:6201?",
          ";6224242900000113=2806201?1"}) {
        INFO(text);
        REQUIRE(parse_track2(text).has_error());
        CHECK(parse_track2(text).error().reason == "format");
    }
}

TEST_CASE("Luhn check digit (ISO/IEC 7812-1 annex B)") {
    for (const std::string_view pan :
         {"6210948000000011", "6210948000000029", "6210948000000052", "4761739001010119", "5413330089020011"})
        CHECK(luhn_valid(pan));
    CHECK_FALSE(luhn_valid("6210948000000012"));
    CHECK_FALSE(luhn_valid(""));
    CHECK_FALSE(luhn_valid("62109480000000I1"));
}
