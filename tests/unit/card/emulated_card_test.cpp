#include "drivers/card/emulated/emulated_card.hpp"

#include <optional>
#include <string>

#include "bench/trace/jsonl.hpp"
#include "drivers/protocols/magstripe/stripe.hpp"
#include "tests/unit/card/card_rig.hpp"

using namespace posbench;
using namespace posbench::card;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using posbench::test::apdu;
using posbench::test::CardRig;
using posbench::test::good;
using posbench::test::transmit;
using Kind = trace::Kind;

namespace {

/// Everything of an event that is text.
std::string text_of(const trace::Event& event) {
    std::string text;
    for (const auto& field : event.fields)
        if (const auto* value = std::get_if<std::string>(&field.value)) text += *value + "\n";
    return text;
}

}  // namespace

TEST_CASE("Reader: a reset takes its time and gives the answer to reset") {
    CardRig rig("unionpay-credit");
    CHECK(rig.reset().error() == ReaderError::removed);
    rig.card->insert(Card::How::chip);
    CHECK(rig.last().text("how") == "chip");
    CHECK(rig.last().text("image") == "unionpay-credit");
    CHECK(rig.reader.present());
    CHECK(to_hex(good(rig.reset())) == "3BE000008131FE45EB");
    CHECK(rig.last().text("interface") == "contact");
    CHECK(rig.last().kind == Kind::card_reset);
    CHECK(rig.clock.now().time_since_epoch() == 50ms);
    CHECK(rig.card->holder_pin() == "123456");
}

TEST_CASE("Reader: a card the wrong way round, a dead chip and a stripe card are present and mute") {
    CardRig reversed("unionpay-credit");
    reversed.card->insert(Card::How::reversed);
    CHECK(reversed.reader.present());
    CHECK(reversed.reset().error() == ReaderError::mute);
    CHECK(reversed.last().kind == Kind::card_reset);
    CHECK(reversed.last().text("atr").empty());
    CHECK(reversed.send(apdu("00A40400", hex("A000000333"))).error() == ReaderError::mute);

    CardRig dead("unionpay-credit", "chip = false");
    dead.card->insert(Card::How::chip);
    CHECK(dead.reset().error() == ReaderError::mute);

    CardRig stripe("unionpay-stripe-only");
    stripe.card->insert(Card::How::chip);
    CHECK(stripe.reset().error() == ReaderError::mute);
}

TEST_CASE("Reader: a chip without power is mute, and inserting again begins anew") {
    CardRig rig("unionpay-credit");
    rig.card->insert(Card::How::chip);
    CHECK(rig.send(apdu("00A40400", hex("A000000333"))).error() == ReaderError::mute);
    good(rig.reset());
    CHECK(rig.send(apdu("00A40400", hex("A000000333"))).has_value());
    rig.card->insert(Card::How::chip);
    CHECK(rig.recorder.events()[rig.recorder.events().size() - 2].kind == Kind::card_removed);
    CHECK(rig.send(apdu("80CA9F36")).error() == ReaderError::mute);
}

TEST_CASE("Reader: a command takes latency and transfer time") {
    CardRig rig("unionpay-credit", "timing = { command = '7ms', per_octet = '1ms' }");
    rig.card->insert(Card::How::chip);
    good(rig.reset());
    const auto before = rig.clock.now();
    good(rig.send(apdu("00E20000")));  // five octets there, two back, each in a block of T=1
    CHECK(rig.clock.now() - before == 7ms + (5 + 4) * 1ms + (2 + 4) * 1ms);
}

TEST_CASE("Reader: a card pulled out in an exchange ends it at that instant") {
    for (const auto moment : {1ms, 35ms}) {  // while the command goes over; while the answer comes back
        CardRig rig("unionpay-credit");
        rig.card->insert(Card::How::chip);
        good(rig.reset());
        const auto start = rig.clock.now();
        std::optional<ReaderResult<Bytes>> result;
        const runtime::Job job(rig.clock, transmit(rig.reader, apdu("00A40400", hex("A000000333")), result));
        runtime::CallbackTimer pull([&] { rig.card->remove(); });
        rig.clock.arm(pull, start + moment);
        rig.clock.run_until([&] { return result.has_value(); });
        CHECK(result->error() == ReaderError::removed);
        CHECK(rig.clock.now() == start + moment);
        CHECK(rig.last().kind == Kind::card_apdu);
        CHECK(rig.last().text("command") == "SELECT");
        CHECK(rig.last().find("sw") == nullptr);
        CHECK_FALSE(rig.reader.present());
        CHECK(rig.send(apdu("80CA9F36")).error() == ReaderError::removed);
    }
}

TEST_CASE("Reader: what the scenario does on a command's event comes before the terminal's next step") {
    CardRig rig("unionpay-credit");
    rig.card->insert(Card::How::chip);
    good(rig.reset());
    runtime::CallbackTimer pull([&] { rig.card->remove(); });
    rig.recorder.observe([&](const trace::Event& event) {
        if (event.kind == Kind::card_apdu) rig.clock.post(pull);
    });
    CHECK(rig.send(apdu("00A40400", hex("A000000333"))).has_value());
    CHECK_FALSE(rig.reader.present());
}

TEST_CASE("Trace: commands are named, with cryptogram, counter, TVR and application") {
    CardRig rig("unionpay-credit");
    rig.card->insert(Card::How::chip);
    good(rig.reset());
    auto terminal = rig.terminal();
    terminal.start(hex("A000000333010102"));
    terminal.generate_ac("80", 0x8C);
    const trace::Event& event = rig.last();
    CHECK(event.text("command") == "GENERATE AC");
    CHECK(event.text("header") == "80AE8000");
    CHECK(event.text("sw") == "9000");
    CHECK(event.text("cryptogram") == "ARQC");
    CHECK(event.integer("atc") == 1);
    CHECK(event.text("aid") == "A000000333010102");
    CHECK(std::get<std::vector<std::string>>(*event.find("tvr")) ==
          std::vector<std::string>{"offline data authentication not performed", "expired application",
                                   "online PIN entered"});
}

TEST_CASE("Trace: no event repeats the card's PAN, tracks, name or PIN") {
    for (const std::string name : {"unionpay-credit", "unionpay-debit", "visa-credit", "mastercard-credit"}) {
        // A DOL that asks for what a terminal must not give away.
        CardRig rig(name, "pin = '847291'");
        const auto track2 = magstripe::parse_track2(rig.read_track(2)).value();
        rig.card->insert(Card::How::chip);
        good(rig.reset());
        auto terminal = rig.terminal();
        terminal.absorb(terminal.send("00A40400", as_bytes("1PAY.SYS.DDF01")));
        terminal.absorb(terminal.send("00B2010C"));
        terminal.start(*terminal.data.find(0x4F));
        terminal.send("00200080", hex("26847291FFFFFFFF"));
        terminal.generate_ac("80", 0x8C);
        terminal.send("00820000", Bytes(10, 0x30));
        terminal.generate_ac("40", 0x8D);
        terminal.send("00D60000", hex(track2.pan));  // a command the card does not know

        const std::string holder = to_hex(terminal.data.get(0x5F20));
        for (const auto& event : rig.recorder.events()) {
            const std::string text = text_of(event);
            CHECK(text.find(track2.pan) == std::string::npos);
            CHECK(text.find(track2.pan.substr(6, 6)) == std::string::npos);
            CHECK(text.find("D" + track2.expiry + track2.service_code) == std::string::npos);
            CHECK(text.find("847291") == std::string::npos);
            CHECK(text.find(holder) == std::string::npos);
        }
    }
}

TEST_CASE("Trace: no PIN of a broken VERIFY") {
    CardRig rig("unionpay-credit");
    rig.card->insert(Card::How::chip);
    good(rig.reset());
    for (const char* command :
         {"26847291FFFFFFFF", "26847291", "2684729101FF", "0026847291FF", "080826847291FFFF",
          "002026847291FFFF", "0020008026847291", "00200080082684729 1"}) {
        CHECK(rig.send(hex(command)).has_value());
        INFO(command << ' ' << text_of(rig.last()));
        CHECK(rig.last().kind == Kind::card_apdu);
        for (const char* digits : {"8472", "4729", "7291"})
            CHECK(text_of(rig.last()).find(digits) == std::string::npos);
    }
    CHECK(rig.send(hex("26847291FFFFFFFF")).has_value());
    CHECK(rig.last().text("command") == "malformed");
    CHECK(rig.last().text("header") == "********");
}

TEST_CASE("Trace: a fault tells which rule acts and what it does") {
    CardRig rig("unionpay-credit", "fault = [{ on = 'SELECT', do = 'status', sw = '6F00', after = true }]");
    rig.card->insert(Card::How::chip);
    good(rig.reset());
    CHECK(rig.send(apdu("00A40400", hex("A000000333"))).has_value());
    const auto& events = rig.recorder.events();
    const auto fault = std::ranges::find(events, Kind::card_fault, &trace::Event::kind);
    REQUIRE(fault != events.end());
    CHECK(fault->integer("rule") == 1);
    CHECK(fault->text("detail") == "status 6F00 after the chip has run it");
}

TEST_CASE("Trace: what INTERNAL AUTHENTICATE signs, as the DDOL says") {
    CardRig rig("unionpay-credit-dda", "[application.credit]\nddol = '9F3704 DF7E02'");
    rig.card->insert(Card::How::chip);
    good(rig.reset());
    auto terminal = rig.terminal();
    terminal.start(hex("A000000333010102"));
    terminal.send("00880000", hex("11223344 ABCD"));
    CHECK(rig.last().text("data") == "11223344**");
    terminal.send("00880000", hex("11223344"));
    CHECK(rig.last().text("data") == "<4 bytes>");
}

TEST_CASE("Trace: sensitive objects that a CDOL asks for are hidden, also when nobody knows the tag") {
    CardRig rig("unionpay-credit", R"(
        [application.credit]
        cdol1 = "9F0206 9F0306 9F1A02 9505 5F2A02 9A03 9C01 9F3704 9908 DF7E02")");
    rig.card->insert(Card::How::chip);
    good(rig.reset());
    auto terminal = rig.terminal();
    terminal.data.set(0x99, hex("1122334455667788"));
    terminal.data.set(0xDF7E, hex("ABCD"));
    terminal.start(hex("A000000333010102"));
    terminal.generate_ac("80", 0x8C);
    CHECK(std::string(rig.last().text("data")).ends_with("52BF4585**********"));
}

TEST_CASE("Trace: the card's own PAN is hidden wherever the image or a fault puts it") {
    const std::string pan = "6210948000000011";
    CardRig rig("unionpay-credit", R"(
        atr = "3BE0000081 31FE45EB"
        fault = [{ on = "READ RECORD", nth = 3, do = "append", octets = "5A086210948000000011" }]
        [application.credit]
        fci = { "9F0A" = "6210948000000011", "BF0C" = "9F4D026210" }
        tags = { "9F63" = "6210948000000011D30122200000000000", "9F6E" = "6210948000000011D30122200000" }
        [[application.credit.record]]
        sfi = 1
        number = 1
        raw = "701C 5A086210948000000011 5F2403301231 820A06210948000000011F5A"
        [[application.credit.record]]
        sfi = 2
        number = 1
        holds = ["5F25", "8C", "8D", "8E", "9F63", "9F6E"])");
    rig.card->insert(Card::How::chip);
    good(rig.reset());
    auto terminal = rig.terminal();
    terminal.start(hex("A000000333010102"));
    rig.send(hex("00B2010C00"));
    rig.send(hex("00B2011400"));
    rig.send(hex("00B2010C00"));
    std::string all;
    for (const auto& event : rig.recorder.events()) trace::append_json(all, event);
    CHECK_THAT(all, ContainsSubstring("card.fault"));
    CHECK_THAT(all, ContainsSubstring("621094******0011"));
    CHECK_THAT(all, !ContainsSubstring(pan));
}

TEST_CASE("Trace: the PAN of every account of the image is hidden, also the sm table's and the stripe's") {
    CardRig rig("unionpay-credit-dual", R"(
        account.pan = "6210948000000912"
        stripe.pan = "6210948000000920"
        [application.credit]
        pan = "6210948000000938"
        contactless.pan = "6210948000000946"
        sm.pan = "6210948000000953"
        [[application.credit.record]]
        sfi = 11
        number = 1
        in_locator = false
        raw = "70219F1008 6210948000000912 9F1008 6210948000000920 9F1008 6210948000000938"
        [[application.credit.record]]
        sfi = 11
        number = 2
        in_locator = false
        raw = "70169F1008 6210948000000946 9F1008 6210948000000953")");
    rig.card->insert(Card::How::chip);
    good(rig.reset());
    for (const std::string_view indicator : {"00", "01"}) {
        auto terminal = rig.terminal();
        terminal.data.set(0xDF69, hex(indicator));
        terminal.start(hex("A000000333010102"));
        good(rig.send(hex("00B2015C00")));
        good(rig.send(hex("00B2025C00")));
        std::string all;
        for (const auto& event : rig.recorder.events()) trace::append_json(all, event);
        for (const std::string_view end : {"0912", "0920", "0938", "0946", "0953"}) {
            INFO("DF69 " << indicator << ", account " << end);
            CHECK_THAT(all, ContainsSubstring("621094******" + std::string(end)));
            CHECK_THAT(all, !ContainsSubstring("621094800000" + std::string(end)));
        }
    }
}

TEST_CASE("Stripe: a swipe gives both tracks once") {
    CardRig rig("unionpay-credit");
    CHECK_FALSE(rig.reader.take_swipe().has_value());
    CHECK(rig.read_track(2) == ";6210948000000011=30122200000000000?");
    CHECK(rig.read_track(1) == "%B6210948000000011^TEST/CARD^30122200000000000?");
    CHECK_FALSE(rig.reader.take_swipe().has_value());
    rig.card->swipe();
    CHECK(rig.reader.take_swipe()->track3.empty());
    CHECK(rig.last().kind == Kind::card_swiped);
    CHECK(std::get<std::vector<std::string>>(*rig.last().find("faults")).empty());
}

TEST_CASE("Stripe: each damaged fixture is read as what it is") {
    const auto reads = [](const std::string& name) { return CardRig(name).read_track(2); };
    CHECK(reads("stripe-bad-lrc") == "lrc at 36");
    CHECK(reads("stripe-bad-parity") == "parity at 12");
    CHECK(reads("stripe-truncated") == "no_end_sentinel at 20");
    CHECK(reads("stripe-no-end-sentinel").starts_with("no_end_sentinel"));
    // Behind the lost sentinel, the first one-bit of the PAN and what follows it look like another.
    CHECK(reads("stripe-no-start-sentinel") == "parity at 1");
    CHECK(reads("stripe-all-zeros") == "no_start_sentinel at 0");
    CHECK(reads("stripe-dropout") == "clocking at 6");
    CHECK(reads("stripe-wrong-density") == "no_end_sentinel at 21");
    for (const std::string name : {"stripe-jitter", "stripe-missing"}) {
        INFO(name);
        CHECK(reads(name).find(" at ") != std::string::npos);
    }
    CardRig rig("stripe-bad-lrc");
    rig.card->swipe();
    CHECK(std::get<std::vector<std::string>>(*rig.last().find("faults")) ==
          std::vector<std::string>{"bad_lrc"});
}

TEST_CASE("Stripe: what a good reader must still read is read on both tracks") {
    for (const std::string name : {"stripe-worn", "stripe-noise", "stripe-dense", "stripe-backwards",
                                   "stripe-acceleration", "stripe-stop-and-go"}) {
        INFO(name);
        CHECK(CardRig(name).read_track(2) == ";6210948000000011=30121200000000000?");
        CHECK(CardRig(name).read_track(1).starts_with("%B6210948000000011^"));
    }
}

TEST_CASE("Stripe: the trace knows every fault that an image names") {
    const auto& faults = *trace::find_field(Kind::card_swiped, "faults");
    std::size_t named = 0;
    for (const std::string keys :
         {"bad_lrc = true\nparity_at = 3\nno_start_sentinel = true\nno_end_sentinel = true\njitter = 0.1",
          "truncate_after = 30\nspurious = 0.1\nmissing = 0.1\ndensity_bpi = 100\nstop_and_go = 1",
          "all_zeros = true\ndropout = { from_mm = 1, length_mm = 2 }\nacceleration = 2\nbackwards = true"}) {
        const CardImage image = test::load_card("unionpay-stripe-only", "[stripe.faults]\n" + keys);
        named += image.stripe.fault_names.size();
        for (const std::string& name : image.stripe.fault_names) CHECK(faults.takes(name));
    }
    CHECK(named == faults.words.size());
}

TEST_CASE("Stripe: faults can be on one track alone") {
    CardRig rig("unionpay-credit", "stripe.faults = { bad_lrc = true, tracks = [2] }");
    CHECK(rig.read_track(2) == "lrc at 36");
    CHECK(rig.read_track(1).starts_with("%B"));
}

TEST_CASE("Registry: what the driver can do and what it lacks") {
    const std::vector<std::string> verbs{"card.insert", "card.remove", "card.swipe", "card.tap", "card.bend"};
    CHECK(lacks({}, verbs) == std::vector<std::string>{"card.bend"});
    CHECK_THROWS_AS(prepare(config::load_text("pim = '1234'", "card.toml")), config::ConfigError);
}

TEST_CASE("Card: a run is the same for the same seed") {
    const auto challenge = [] {
        CardRig rig("unionpay-credit");
        rig.card->insert(Card::How::chip);
        good(rig.reset());
        good(rig.send(apdu("00A40400", hex("A000000333"))));
        return to_hex(good(rig.send(apdu("00840000"))));
    };
    CHECK(challenge() == challenge());
}
