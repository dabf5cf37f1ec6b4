// A sign-in with 004: the third key is checked and kept, and no track leaves the terminal in clear.

#include "drivers/protocols/iso8583/track_cipher.hpp"
#include "drivers/terminal/emulated/keys.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/terminal/emulated_rig.hpp"

using namespace posbench;
using namespace posbench::terminal::testing;
using iso8583::Message;
using terminal::Function;
using trace::Kind;

namespace {

// The known sign-in of scripted_host.cpp and a track key behind it (openssl,
// tests/unit/host/sign_in_test.cpp).
constexpr std::string_view with_track_key =
    "6701EAD6A9AD51E51AA406E2C27FCFA98D0A74B8B651F9E9BACE9AE10000000000000000AB7153CA"
    "0D91A36424BF31424E18144161FE435ACDB8A734";
constexpr std::string_view sent_track = "6210948000000011D30121010000012345";
constexpr std::string_view sent_enciphered = "62109480000000117FD0569FDC2012B945";

const crypto::DesCipher& track_key() {
    static const crypto::DesCipher key{ByteView(hex("2FD6894C3B9E5E7AB5D0573ECE9107F2"))};
    return key;
}

/// A terminal whose host gives it a track key.
struct TrackRig : Rig {
    explicit TrackRig(std::string_view more = "") : Rig("sign_in_key_type = '004'\n" + std::string(more)) {
        host.field62 = hex(with_track_key);
        until_idle();
    }
    /// Answers what is asked for until the stripe is read, and passes the PIN by.
    void swipe_into(Function function,
                    std::initializer_list<std::pair<std::string_view, std::string_view>> answers) {
        start(function, answers);
        REQUIRE(until_prompt("card"));
        reader.swipe(good_track);
        if (until_prompt_or_idle("pin")) press("confirm");
        until_idle();
    }
};

}  // namespace

TEST_CASE("working keys: a sign-in with track key brings three, each with its check value") {
    const terminal::Defects none;
    terminal::WorkingKeys keys(hex("CA5D92598DCA48CE8A4C76361A9269E9"), none);
    REQUIRE(keys.load("004", hex(with_track_key)));
    REQUIRE(keys.track_key() != nullptr);
    const crypto::Block8 block{1, 2, 3, 4, 5, 6, 7, 8};
    CHECK(keys.track_key()->encrypt(block) == track_key().encrypt(block));
    keys.forget();
    CHECK(keys.track_key() == nullptr);

    REQUIRE(keys.load("004", hex(with_track_key)));
    REQUIRE(keys.load("003", hex(with_track_key.substr(0, 80))));
    CHECK(keys.track_key() == nullptr);
    CHECK_FALSE(keys.load("003", hex(with_track_key)));
    CHECK_FALSE(keys.load("004", hex(with_track_key.substr(0, 80))));
    CHECK_FALSE(keys.load("004", {}));
    for (std::size_t octet = 0; octet < 60; ++octet) {
        INFO(octet);
        Bytes damaged = hex(with_track_key);
        damaged[octet] ^= 0x40;
        CHECK_FALSE(keys.load("004", damaged));
        CHECK_FALSE(keys.ready());
        CHECK(keys.track_key() == nullptr);
    }
}

TEST_CASE("a sign-in that brings no right track key is no sign-in") {
    Bytes wrong_check = hex(with_track_key);
    wrong_check.back() ^= 0x01;
    for (const Bytes& field62 : {wrong_check, hex(with_track_key.substr(0, 80))}) {
        Rig rig("sign_in_key_type = '004'");
        rig.host.field62 = field62;
        rig.until_idle();
        CHECK(rig.host.last("0800").get(60) == "00000001004");
        CHECK(rig.last(Kind::terminal_sign_in).text("outcome") == "bad_keys");
        CHECK(rig.shown("下载工作密钥失败"));
        rig.start_sale();
        rig.reader.swipe(good_track);
        rig.until_idle();
        CHECK(rig.last(Kind::terminal_outcome).text("reason") == "sign_in");
        CHECK(rig.host.count("0200") == 0);
    }
}

TEST_CASE("a swiped sale: the track goes out enciphered, and field 53 says so with a PIN and without one") {
    TrackRig rig;
    rig.stripe_sale();
    CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "approved");
    const Message sale = rig.host.last("0200");
    CHECK(sale.get(35) == sent_enciphered);
    CHECK(sale.get(53) == "0610000000000000");
    CHECK(sale.get(2) == "6210948000000011");
    CHECK(rig.last(Kind::terminal_request).text("tracks") == "enciphered");

    rig.start_sale();
    rig.reader.swipe(good_track);
    REQUIRE(rig.until_prompt("pin"));
    rig.press("1 2 3 4 5 6 confirm");
    rig.until_idle();
    CHECK(rig.host.last("0200").get(35) == sent_enciphered);
    CHECK(rig.host.last("0200").get(53) == "2610000000000000");
}

TEST_CASE(
    "every request that carries a track carries it enciphered, and no other has a field 53 without a PIN") {
    TrackRig rig;
    rig.chip_sale();
    CHECK(iso8583::decipher_track(rig.host.last("0200").get(35), track_key()) ==
          "6210948000000011D30122010000012345");
    rig.swipe_into(Function::pre_authorisation, {{"amount", "5000"}});
    CHECK(rig.host.last("0100").get(35) == sent_enciphered);
    rig.swipe_into(Function::completion, {{"auth_code", "123456"}, {"date", "0615"}, {"amount", "4000"}});
    rig.swipe_into(Function::inquiry, {});
    CHECK(rig.host.last("0200").get(35) == sent_enciphered);
    rig.swipe_into(Function::refund, {{"reference", "061500000009"}, {"date", "0615"}, {"amount", "1000"}});
    rig.swipe_into(Function::offline_sale, {{"amount", "2000"}, {"auth_code", "654321"}});
    rig.stripe_sale();
    int enciphered = 0;
    for (const Message& request : rig.host.requests) {
        INFO(request.mti() << " " << request.get(3));
        CHECK(request.has(35) == iso8583::says_enciphered(request));
        CHECK((request.has(52) || request.has(35) || !request.has(53)));
        if (!request.has(35)) continue;
        ++enciphered;
        CHECK(iso8583::decipher_track(request.get(35), track_key())->starts_with("6210948000000011D3012"));
        CHECK_FALSE(request.get(35).starts_with("6210948000000011D3012"));
    }
    CHECK(enciphered >= 5);
    CHECK(rig.host.count("0220") == 2);  // an upload has no track
}

TEST_CASE("a sale is not reversed under another track: the reversal carries none") {
    TrackRig rig;
    rig.host.silent_to_sales = true;
    rig.stripe_sale();
    rig.host.silent_to_sales = false;
    rig.stripe_sale();
    for (const int field : {35, 36, 52, 53}) CHECK_FALSE(rig.host.last("0400").has(field));
    CHECK(rig.host.last("0200").get(35) == sent_enciphered);
    CHECK(rig.host.book() == 1234);
}

TEST_CASE("the track key outlives a power cut, before a sale and within one") {
    {
        TrackRig rig("sign_in_at_start = false");
        rig.stripe_sale();  // signs in
        rig.power_off();
        rig.power_on();
        rig.stripe_sale();
        CHECK(rig.host.count("0800") == 1);
        CHECK(rig.host.last("0200").get(35) == sent_enciphered);
        CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "approved");
    }
    TrackRig rig("sign_in_at_start = false");
    rig.stripe_sale();
    rig.start_sale();
    rig.reader.swipe(good_track);
    REQUIRE(rig.until_prompt("pin"));
    rig.application->press("confirm");
    REQUIRE(rig.until(Kind::terminal_request, [](const auto& event) { return event.text("mti") == "0200"; }));
    rig.power_off();
    rig.power_on();
    rig.stripe_sale();
    CHECK_FALSE(rig.host.last("0400").has(35));
    CHECK(rig.host.last("0200").get(35) == sent_enciphered);
    CHECK(rig.host.count("0800") == 1);
    CHECK(rig.host.book() == 2 * 1234);
}

TEST_CASE("a sign-in that a power cut ends leaves the keys of before, or the new ones whole") {
    for (std::uint64_t steps = 1; steps < 1'000; ++steps) {
        TrackRig rig("sign_in_at_start = false");
        rig.application->choose(Function::sign_in);
        rig.run_steps(steps);
        const bool over = rig.count(Kind::terminal_sign_in, "outcome", "done") == 1;
        rig.power_off();
        rig.power_on();
        rig.stripe_sale();
        INFO("cut after " << steps << " steps");
        CHECK(rig.host.last("0200").get(35) == sent_enciphered);
        CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "approved");
        if (over) return;
    }
    FAIL("the sign-in never ended");
}

TEST_CASE("the defect clear-track sends tracks in clear, and field 53 as without a track key") {
    for (const char* defects : {"", "defects = ['clear-track']"}) {
        const bool kept = std::string_view(defects).empty();
        TrackRig rig(defects);
        rig.stripe_sale();
        CHECK(rig.host.last("0200").get(35) == (kept ? sent_enciphered : sent_track));
        CHECK(rig.host.last("0200").has(53) == kept);
        rig.start_sale();
        rig.reader.swipe(good_track);
        REQUIRE(rig.until_prompt("pin"));
        rig.press("1 2 3 4 5 6 confirm");
        rig.until_idle();
        CHECK(rig.host.last("0200").get(53) == (kept ? "2610000000000000" : "2600000000000000"));
    }
}
