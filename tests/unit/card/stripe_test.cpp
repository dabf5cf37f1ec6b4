#include "drivers/card/emulated/stripe.hpp"

#include "tests/unit/card/card_rig.hpp"
#include "tests/unit/card/import_logs.hpp"

using namespace posbench;
using namespace posbench::card;
using Names = std::vector<std::string>;

namespace {

/// The message about an image; "accepted" without one.
std::string refusal(std::string_view overrides) {
    try {
        test::load_card("unionpay-stripe-only", overrides);
    } catch (const config::ConfigError& error) {
        return error.what();
    }
    return "accepted";
}

std::string faults(std::string_view keys) {
    return refusal("[stripe.faults]\n" + std::string(keys));
}

Names names_in(const trace::Event& event, std::string_view field) {
    const auto* value = event.find(field);
    return value ? std::get<Names>(*value) : Names{"absent"};
}

/// What the card tells at the end of the run.
Names notes(test::CardRig& rig) {
    rig.card->conclude();
    Names texts;
    for (const trace::Event& event : rig.recorder.events())
        if (event.kind == trace::Kind::bench_note && event.flag("unmet"))
            texts.emplace_back(event.text("text"));
    return texts;
}

}  // namespace

TEST_CASE("a track 2 that the account makes too long is refused, and by how much") {
    const std::string account = "[account]\npan = '6210948000000000110'\nas_is = ['pan']\ndiscretionary = '";
    CHECK(refusal(account + "1234567890'") == "accepted");
    CHECK(
        refusal(account + "1234567890123'") ==
        "override.toml:4:17: discretionary: 3 digits too long: PAN of 19 digits and discretionary data of 13 "
        "make 43 characters with LRC, track 2 holds 40");
    CHECK(refusal("[account]\ndiscretionary = '1234567890123'\n[stripe]\nas_is = ['pan']\n"
                  "pan = '6210948000000000110'")
              .starts_with("override.toml:5:7: pan: 3 digits too long"));
    // What is not derived is not made too long.
    CHECK(refusal(account + "1234567890123'\n[stripe]\ntrack2 = ';6210948000000011=30121200000000000?'") ==
          "accepted");
}

TEST_CASE("an image from a log has no more discretionary data than its stripe has room for") {
    const Bytes track2 = hex("6225880000000000002D301220100000000000");  // 11 digits of them
    const auto image = test::loaded(test::imported(
        test::log_of("A000000333010102",
                     {test::record_of({test::object(0x57, track2), test::object(0x5F24, hex("301231"))})})));
    CHECK(image.stripe.tracks[1] == ";6225880000000000002=30122010000000000?");
}

TEST_CASE("stripe faults of which nothing would be left are refused") {
    CHECK(faults("bad_lrc = true\ntracks = []") ==
          "override.toml:3:10: tracks: names no track: leave it out for all that are encoded");
    CHECK(
        faults("parity_at = 35\nno_end_sentinel = true\ntracks = [2]") ==
        "override.toml:2:13: parity_at: changes nothing on track 2 beside no_end_sentinel: leave it out, or "
        "limit it with 'tracks'");
    CHECK(faults("parity_at = 35\nno_end_sentinel = true").find("on track 2 beside") != std::string::npos);
    CHECK(faults("parity_at = 35\nno_end_sentinel = true\ntracks = [1]") == "accepted");
    CHECK(faults("bad_lrc = true\ntruncate_after = 20")
              .find("bad_lrc: changes nothing on track 1 beside "
                    "truncate_after") != std::string::npos);
    CHECK(faults("bad_lrc = true\nall_zeros = true").find("bad_lrc: changes nothing") != std::string::npos);
    CHECK(faults("parity_at = 0\nno_start_sentinel = true").find("beside no_start_sentinel") !=
          std::string::npos);
    CHECK(faults("bad_lrc = true\ndensity_bpi = 40\ntracks = [2]")
              .find("bad_lrc: changes nothing on track 2 "
                    "beside density_bpi") != std::string::npos);
    CHECK(faults("bad_lrc = true\nparity_at = 3\njitter = 0.1") == "accepted");
    // A scratch behind the end of track 1 is one of track 2.
    CHECK(faults("dropout = { from_mm = 60, length_mm = 1 }") == "accepted");
    CHECK(refusal("[stripe]\ntrack1 = ''\ntrack2 = ''\nfaults = { jitter = 0.1 }")
              .find("no track is encoded") != std::string::npos);
}

TEST_CASE("a swipe names the faults that changed something, and on which tracks") {
    test::CardRig rig("unionpay-stripe-only",
                      "[stripe.faults]\nbad_lrc = true\ndropout = { from_mm = 60, length_mm = 1 }\n"
                      "stop_and_go = 1\nmissing = 1e-9");
    rig.card->swipe();
    CHECK(names_in(rig.last(), "faults") == Names{"bad_lrc", "dropout", "stop_and_go"});
    CHECK(names_in(rig.last(), "track1_faults") == Names{"bad_lrc", "stop_and_go"});
    CHECK(names_in(rig.last(), "track2_faults") == Names{"bad_lrc", "dropout", "stop_and_go"});
    CHECK(names_in(rig.last(), "track3_faults") == Names{"absent"});
    CHECK(notes(rig) == Names{"stripe fault missing changed nothing, number of swipes: 1"});
}

TEST_CASE("what chance did on one swipe is what the head saw of it") {
    int changed = 0;
    constexpr int swipes = 60;
    test::CardRig sound("unionpay-stripe-only");
    sound.card->swipe();
    const auto whole = sound.reader.take_swipe()->track2;
    test::CardRig rig("unionpay-stripe-only", "[stripe.faults]\nmissing = 0.002\ntracks = [2]");
    for (int i = 0; i < swipes; ++i) {
        rig.card->swipe();
        const bool other = rig.reader.take_swipe()->track2 != whole;
        CHECK(names_in(rig.last(), "faults") == (other ? Names{"missing"} : Names{}));
        changed += other ? 1 : 0;
    }
    CHECK(changed > 0);
    CHECK(changed < swipes);
    CHECK(notes(rig).empty());  // it has acted in the run
}

TEST_CASE("a card that nobody swiped has no stripe fault to answer for") {
    test::CardRig rig("unionpay-credit", "stripe.faults = { missing = 1e-9 }");
    CHECK(notes(rig).empty());
    rig.card->swipe();
    CHECK(names_in(rig.last(), "faults").empty());
    CHECK(notes(rig).size() == 1);
}

TEST_CASE("each damaged fixture shows its damage on whatever swipe") {
    for (const std::string& name : test::card_names()) {
        const Names given = test::load_card(name).stripe.fault_names;
        for (std::uint64_t seed = 1; !given.empty() && seed <= 20; ++seed) {
            INFO(name << " with seed " << seed);
            test::CardRig rig(name, {}, seed);
            rig.card->swipe();
            CHECK(names_in(rig.last(), "faults") == given);
        }
    }
}
