// Defects of stripe and PIN entry, each off and on.

#include "drivers/protocols/iso8583/private_fields.hpp"
#include "drivers/protocols/magstripe/stripe.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/terminal/device_rig.hpp"

using namespace posbench;
using namespace posbench::terminal::testing;
using trace::Kind;

namespace {

std::string defect(std::string_view name) {
    return "defects = ['" + std::string(name) + "']";
}

/// How one swipe of a track 2 was read: "read", or the reason why it was not.
std::string reading(std::string_view defects, std::string_view track2,
                    std::optional<std::size_t> parity_at = std::nullopt) {
    Rig rig(defects);
    rig.start_sale();
    rig.reader.swipe(track2, false, parity_at);
    rig.run_for(2s);
    const trace::Event& read = rig.last(Kind::terminal_stripe);
    return std::string(read.text(read.text("outcome") == "read" ? "outcome" : "reason"));
}

/// Outcome and reason of a stripe sale with this track.
std::string sale(std::string_view defects, std::string_view track2) {
    Rig rig(defects);
    rig.start_sale();
    rig.reader.swipe(track2);
    if (rig.until(Kind::terminal_prompt, [](const auto&) { return true; })) rig.press("confirm");
    rig.until_idle();
    const trace::Event& end = rig.last(Kind::terminal_outcome);
    return std::string(end.text(end.text("outcome") == "approved" ? "outcome" : "reason"));
}

/// PIN blocks of two sales with a PIN each.
std::pair<std::string, std::string> pin_blocks(std::string_view defects) {
    Rig rig(defects);
    std::vector<std::string> blocks;
    for (const std::string_view pin : {"1 2 3 4 confirm", "4 3 2 1 confirm"}) {
        rig.start_sale();
        rig.reader.swipe(good_track);
        REQUIRE(rig.until_prompt("pin"));
        rig.press(pin);
        rig.until_idle();
        blocks.push_back(to_hex(rig.host.last("0200").bytes(52)));
    }
    return {blocks.at(0), blocks.at(1)};
}

}  // namespace

TEST_CASE("a character whose parity is wrong is not read, or by a defect (K02)") {
    CHECK(reading("", good_track, 5) == "parity");
    CHECK(reading(defect("ignores-parity"), good_track, 5) == "read");
}

TEST_CASE("a PAN whose check digit is wrong is not taken, or by a defect (K02, K05)") {
    constexpr std::string_view misread = "6210948000000012=30121010000012345";
    CHECK(reading("", misread) == "luhn");
    CHECK(reading(defect("guesses-pan"), misread) == "read");
}

TEST_CASE(
    "a stripe is good to the last day of its month; by a defect to the last of the month before (K01)") {
    // It is the 15th of June 2026.
    constexpr std::string_view this_month = "6210948000000011=26061010000012345";
    constexpr std::string_view last_month = "6210948000000011=26051010000012345";
    CHECK(sale("", this_month) == "approved");
    CHECK(sale("", last_month) == "expired_card");
    CHECK(sale(defect("expiry-by-day"), this_month) == "expired_card");
    CHECK(sale(defect("expiry-by-day"), good_track) == "approved");
}

TEST_CASE("a swipe after a chip failure is flagged in field 60, or not (K09)") {
    for (const auto& [defects, condition] :
         {std::pair(std::string(), "2"), {defect("fallback-unflagged"), "0"}}) {
        Rig rig(defects);
        rig.reader.mute = true;
        rig.start_sale();
        rig.reader.insert();
        REQUIRE(rig.until_prompt("remove_card"));
        rig.reader.remove();
        REQUIRE(rig.until_prompt("insert_again"));
        rig.reader.swipe(chip_track);
        REQUIRE(rig.until_prompt("pin"));
        rig.press("confirm");
        rig.until_idle();
        CHECK(iso8583::parse_field60(rig.host.last("0200").get(60)).value().ic_condition == condition);
    }
}

TEST_CASE("each PIN has a block of its own, or by a defect that of the first (K07)") {
    const auto [first, second] = pin_blocks("");
    CHECK(first != second);
    const auto [kept, again] = pin_blocks(defect("reuses-pin-block"));
    CHECK(kept == first);
    CHECK(again == kept);
}

TEST_CASE("a stripe of which nothing is left does not become the card before, or by a defect (K03)") {
    for (const bool mixes : {false, true}) {
        MachineRig rig(mixes ? defect("mixes-swipes") : "");
        rig.stripe_sale();
        rig.start_sale("500");
        rig.reader.swipe_erased();
        if (!mixes) {
            CHECK(rig.until_prompt("swipe_again"));
            CHECK(rig.last(Kind::terminal_stripe).text("outcome") == "error");
            CHECK(rig.host.count("0200") == 1);
            continue;
        }
        REQUIRE(rig.until_prompt("pin"));
        rig.press("confirm");
        rig.until_idle();
        CHECK(rig.host.last("0200").get(2) == "6210948000000011");
        CHECK(rig.host.book() == 1734);
    }
}
