#include <algorithm>
#include <string>

#include "bench/runtime/random.hpp"
#include "drivers/protocols/magstripe/stripe.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/protocols/magstripe_support.hpp"

using namespace posbench;
using namespace posbench::magstripe;

namespace {

constexpr std::string_view track1_example = "%B6224242900000113^TEST/CARD^28062010000000000000?";
constexpr std::string_view track2_example = ";6224242900000113=28062013949031013?";

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

TEST_CASE("Stripe: every single wrong bit between first and last character is found") {
    runtime::Random random(22);
    for (int round = 0; round < 30; ++round) {
        const int track = 1 + round % 3;
        const std::string text = test::random_text(track, random);
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
    CHECK(error_of(2, track2_example, faults).track == 2);
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
    // The bits of a 6, then an even digit, from the first one-bit on: 1101 and parity 0, the start sentinel.
    const auto hidden = error_of(2, ";6210948000000011=30122200000000000?", faults);
    CHECK((hidden.reason == "parity" && hidden.position == 1));
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

TEST_CASE("Stripe: a start sentinel without clocking before it is not taken for one") {
    auto bits = bits_of(2, track2_example);
    for (const std::size_t zeros : {9u, 8u, 0u}) {
        std::vector<std::uint8_t> cut(bits.begin() + 25 - static_cast<std::ptrdiff_t>(zeros), bits.end());
        INFO(zeros);
        if (zeros > 8)
            CHECK(decode_bits(2, cut).value() == track2_example);
        else
            CHECK(decode_bits(2, cut).error().reason == "no_start_sentinel");
    }
}

TEST_CASE("Stripe: two sentinels with nothing between them are no track") {
    CHECK(decode_bits(2, bits_of(2, ";?")).error().reason == "format");
}

TEST_CASE("Stripe: a wrong LRC can be passed over on request, nothing else") {
    Faults faults;
    faults.bad_lrc = true;
    CHECK(decode_bits(2, bits_of(2, track2_example, faults), {.lrc = false}).value() == track2_example);
    faults.parity_at = 12;
    CHECK(decode_bits(2, bits_of(2, track2_example, faults), {.lrc = false}).error().reason == "parity");
    CHECK(decode_bits(2, bits_of(2, track2_example, faults), {.parity = false, .lrc = false}).value() ==
          track2_example);
}

TEST_CASE("Stripe: random bits are refused quietly") {
    runtime::Random random(23);
    for (int round = 0; round < 5000; ++round) {
        std::vector<std::uint8_t> noise(static_cast<std::size_t>(random.between(0, 300)));
        for (auto& bit : noise) bit = static_cast<std::uint8_t>(random.between(0, 1));
        CHECK(decode_bits(1 + round % 3, noise).has_error());
    }
}

TEST_CASE("Track 2: fields, field 35 and malformed texts (ISO/IEC 7813)") {
    const auto track = parse_track2(track2_example).value();
    CHECK(track.pan == "6224242900000113");
    CHECK(track.expiry == "2806");
    CHECK(track.service_code == "201");
    CHECK(track.discretionary == "3949031013");
    CHECK(track.field35() == "6224242900000113D28062013949031013");

    for (const std::string_view text :
         {";6224242900000113==20?", ";6224242900000113=2806=1=?",
          ";6224242900000113==28062013?=", ";6224242900000113=?", ";6224242900000113==?",
          ";6224242900000113=280=201?", "", "6224242900000113=2806201?", ";6224242900000113?",
          ";6224242900000113=280620?", ";1=2806201?", ";12345678901234567890=2806201?",
          ";6224242900000113=2806201", ";6224242900000113=28:6201?", ";6224242900000113=2806201?1"}) {
        INFO(text);
        REQUIRE(parse_track2(text).has_error());
        CHECK(parse_track2(text).error().reason == "format");
    }
}

TEST_CASE("Track 2: a separator stands for an expiry or a service code that the card does not have") {
    const auto no_expiry = parse_track2(";6210948000000011==1230000000?").value();
    CHECK(no_expiry.expiry.empty());
    CHECK(no_expiry.service_code == "123");
    CHECK(no_expiry.discretionary == "0000000");
    CHECK(no_expiry.field35() == "6210948000000011DD1230000000");
    const auto no_service_code = parse_track2(";6210948000000011=3012=0000?").value();
    CHECK(no_service_code.expiry == "3012");
    CHECK(no_service_code.service_code.empty());
    CHECK(no_service_code.field35() == "6210948000000011D3012D0000");
    const auto neither = parse_track2(";6210948000000011===?").value();
    CHECK(neither.expiry.empty());
    CHECK(neither.service_code.empty());
    CHECK(neither.discretionary.empty());
    CHECK(neither.field35() == "6210948000000011DDD");
}

TEST_CASE("Luhn check digit (ISO/IEC 7812-1 annex B)") {
    for (const std::string_view pan :
         {"6210948000000011", "6210948000000029", "6210948000000052", "4761739001010119", "5413330089020011"})
        CHECK(luhn_valid(pan));
    CHECK_FALSE(luhn_valid("6210948000000012"));
    CHECK_FALSE(luhn_valid(""));
    CHECK_FALSE(luhn_valid("62109480000000I1"));
}
