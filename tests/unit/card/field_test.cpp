// A card in the field, through the reader's interface.

#include "drivers/card/field_reader.hpp"
#include "tests/unit/card/slot_rig.hpp"

using namespace posbench;
using namespace posbench::card;
using namespace posbench::test;
using namespace std::chrono_literals;
using Kind = trace::Kind;

TEST_CASE("Field: a card in it is activated, not powered up, and one in the slot the other way round") {
    CardRig rig("unionpay-credit");
    CHECK(rig.activate().error() == ReaderError::removed);
    rig.card->tap(Card::Field::one_card);
    CHECK(rig.last().kind == Kind::card_tapped);
    CHECK(rig.last().integer("cards") == 1);
    CHECK(rig.reader.in_field() == 1);
    CHECK_FALSE(rig.reader.present());
    CHECK_FALSE(rig.card->inserted());
    CHECK(rig.reset().error() == ReaderError::removed);
    CHECK(rig.clock.now().time_since_epoch() == 0ms);
    CHECK(to_hex(good(rig.activate())) == "0578807002");
    CHECK(rig.clock.now().time_since_epoch() == 15ms);
    CHECK(rig.last().kind == Kind::card_reset);
    CHECK(rig.last().text("interface") == "contactless");
    CHECK(rig.last().text("ats") == "0578807002");
    CHECK(rig.last().text("atr").empty());

    rig.card->insert(Card::How::chip);  // out of the field first
    CHECK(rig.recorder.events()[rig.recorder.events().size() - 2].kind == Kind::card_removed);
    CHECK(rig.reader.in_field() == 0);
    CHECK(rig.activate().error() == ReaderError::removed);
    CHECK(to_hex(good(rig.reset())) == "3BE000008131FE45EB");
    rig.card->remove();
    CHECK_FALSE(rig.reader.present());
}

TEST_CASE("Field: two cards collide, a card without an antenna and a dead chip are mute") {
    CardRig two("unionpay-credit", fault("on = 'activation'\ndo = 'mute'"));
    two.card->tap(Card::Field::two_cards);
    CHECK(two.last().integer("cards") == 2);
    CHECK(two.reader.in_field() == 2);
    CHECK(two.activate().error() == ReaderError::collision);
    CHECK(two.last().kind == Kind::card_reset);  // no fault of the card
    CHECK(two.last().text("ats").empty());
    CHECK(outcome(two.send(select_pse)) == "mute");
    two.card->remove();
    two.card->tap(Card::Field::one_card);
    CHECK(two.reader.in_field() == 1);

    CardRig contact_only("unionpay-credit", "ats = ''");
    contact_only.card->tap(Card::Field::one_card);
    CHECK(contact_only.activate().error() == ReaderError::mute);
    CardRig dead("unionpay-credit", "chip = false");
    dead.card->tap(Card::Field::one_card);
    CHECK(dead.activate().error() == ReaderError::mute);
    CardRig stripe("unionpay-stripe-only");
    stripe.card->tap(Card::Field::one_card);
    CHECK(stripe.activate().error() == ReaderError::mute);
}

TEST_CASE(
    "Field: a command takes frames of 106 kbit/s, and the reader finds a card gone when it waited in vain") {
    Powered rig(Interface::contactless, "unionpay-credit");
    CHECK(outcome(rig.send(hex("00E2000000"))) == "6D00");
    CHECK(rig.passed() == 20ms + (5 + 3 + 2 + 3) * 85us);

    Powered gone(Interface::contactless, "unionpay-credit");
    CardOutcome result;
    const runtime::Job job(gone.clock, test::transmit(gone.reader, hex("00E2000000"), result));
    runtime::CallbackTimer pull([&] { gone.card->remove(); });
    gone.clock.arm(pull, gone.started + 10ms);
    gone.clock.run_until([&] { return result.has_value(); });
    CHECK(outcome(*result) == "removed");
    CHECK(gone.last().kind == Kind::card_apdu);
    CHECK(gone.last().at == gone.started + 10ms);
    CHECK(gone.passed() == 8 * 85us + emv::parse_ats(hex("0578807002")).value().frame_waiting_time());
}

TEST_CASE("Field: PC/SC sees a card in it like one in a slot") {
    CardRig rig("unionpay-credit", "ats = '08 78 80 70 02 8031FE'");
    FieldReader shown(rig.reader, runtime::Random(1));
    CHECK_FALSE(shown.present());
    rig.card->tap(Card::Field::one_card);
    CHECK(shown.present());
    CardOutcome result;
    const runtime::Job job(rig.clock, test::power_up(shown, result));
    rig.clock.run_until([&] { return result.has_value(); });
    CHECK(to_hex(good(*result)) == "3B8380018031FE4D");
    CHECK(rig.send(select_pse).has_value());
    shown.power_down();
    CHECK(outcome(rig.send(select_pse)) == "mute");
}

TEST_CASE("Field: a command of class FF is the reader's, and no card hears it (PC/SC part 3)") {
    CardRig rig("unionpay-credit", "ats = '08 78 80 70 02 8031FE'");
    FieldReader shown(rig.reader, runtime::Random(1));
    rig.card->tap(Card::Field::one_card);
    CardOutcome result;
    const runtime::Job job(rig.clock, test::power_up(shown, result));
    rig.clock.run_until([&] { return result.has_value(); });
    const std::size_t events = rig.recorder.events().size();
    const auto ask = [&](std::string_view command) {
        CardOutcome answer;
        const Bytes octets = hex(command);
        const runtime::Job asking(rig.clock, test::transmit(shown, octets, answer));
        rig.clock.run_until([&] { return answer.has_value(); });
        return to_hex(good(*answer));
    };
    const std::string identifier = ask("FFCA000000");
    CHECK(identifier.size() == 12);
    CHECK(identifier.starts_with("08"));
    CHECK(identifier.ends_with("9000"));
    CHECK(ask("FFCA000000") == identifier);
    CHECK(ask("FFCA010000") == "8031FE9000");
    CHECK(ask("FFCA000004") == identifier);
    CHECK(ask("FFCA000002") == "6C04");
    CHECK(ask("FFCA000007") == identifier.substr(0, 8) + "6282");
    CHECK(ask("FFCA020000") == "6A81");
    CHECK(ask("FFB0000010") == "6D00");
    CHECK(ask("FFCA") == "6700");
    CHECK(rig.recorder.events().size() == events);
    rig.card->remove();
    CardOutcome gone;
    const Bytes octets = hex("FFCA000000");
    const runtime::Job asking(rig.clock, test::transmit(shown, octets, gone));
    rig.clock.run_until([&] { return gone.has_value(); });
    CHECK(outcome(*gone) == "removed");
}
