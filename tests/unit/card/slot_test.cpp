// A card in slot and field: protocols, waiting times and faults, through the reader's interface.

#include <set>
#include <utility>

#include "bench/trace/jsonl.hpp"
#include "drivers/card/field_reader.hpp"
#include "tests/unit/card/card_rig.hpp"

using namespace posbench;
using namespace posbench::card;
using namespace std::chrono_literals;
using posbench::test::apdu;
using posbench::test::CardOutcome;
using posbench::test::CardRig;
using posbench::test::good;
using Kind = trace::Kind;

namespace {

const Bytes select_pse = apdu("00A40400", as_bytes("1PAY.SYS.DDF01"));
const Bytes select_application = apdu("00A40400", hex("A000000333010102"));
const std::string challenge = "0084000000";

/// "card.apdu" after "card.apdu": names of the kinds since `from`.
std::vector<std::string> kinds(const CardRig& rig, std::size_t from) {
    std::vector<std::string> names;
    for (std::size_t i = from; i < rig.recorder.events().size(); ++i)
        names.emplace_back(trace::spec(rig.recorder.events()[i].kind).name);
    return names;
}

/// A card that has power, in slot or field.
struct Powered : CardRig {
    Powered(Interface interface, const std::string& name, std::string_view overrides = {},
            std::uint64_t seed = 7)
        : CardRig(name, overrides, seed) {
        if (interface == Interface::contact) {
            card->insert(Card::How::chip);
            good(reset());
        } else {
            card->tap(Card::Field::one_card);
            good(activate());
        }
        started = clock.now();
        begin = recorder.events().size();
    }
    runtime::Duration passed() const { return clock.now() - started; }

    runtime::TimePoint started;
    std::size_t begin;  ///< events before the test's own
};

/// A step of a scenario: takes the card out on the first card.fault.
class PulledOnFault {
  public:
    explicit PulledOnFault(CardRig& rig) : pull_([&rig] { rig.card->remove(); }) {
        rig.recorder.observe([this, &rig](const trace::Event& event) {
            if (event.kind == Kind::card_fault && !std::exchange(done_, true)) rig.clock.post(pull_);
        });
    }
    PulledOnFault(const PulledOnFault&) = delete;
    PulledOnFault& operator=(const PulledOnFault&) = delete;

  private:
    runtime::CallbackTimer pull_;
    bool done_ = false;
};

std::string fault(std::string_view keys) {
    return "[[fault]]\n" + std::string(keys);
}

/// As the reader has it.
std::string outcome(const ReaderResult<Bytes>& result) {
    if (result) return to_hex(*result);
    constexpr std::array<std::string_view, 3> names{"mute", "removed", "collision"};
    return std::string(names[static_cast<std::size_t>(result.error())]);
}

}  // namespace

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
    FieldReader shown(rig.reader);
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

TEST_CASE("T=0: the same sale, fetched piece by piece, and the trace names every answer") {
    Powered rig(Interface::contact, "unionpay-credit-t0");
    const Bytes announced = good(rig.send(select_application));
    REQUIRE(announced.size() == 2);
    CHECK(announced[0] == 0x61);
    CHECK(rig.last().text("sw") == to_hex(announced));
    CHECK(rig.last().text("response").empty());
    const Bytes fci = good(rig.send(hex("00C00000" + to_hex(Bytes{announced[1]}))));
    CHECK(rig.last().text("command") == "GET RESPONSE");
    CHECK(rig.last().text("response") == to_hex(ByteView(fci).first(fci.size() - 2)));

    Powered other(Interface::contact, "unionpay-credit");
    CHECK(good(other.send(select_application)) == fci);

    // A card number that comes in two pieces cannot be masked: only its length is told.
    good(rig.send(hex("80A8000007 8305 0156 0156 00")));
    const Bytes wrong_length = good(rig.send(hex("00B2011400")));
    REQUIRE(wrong_length.size() == 2);
    CHECK(wrong_length[0] == 0x6C);
    CHECK(good(rig.send(Bytes{0x00, 0xB2, 0x01, 0x14, wrong_length[1]})).size() == wrong_length[1] + 2u);
    CHECK(rig.last().text("response").find("621094******0011") != std::string::npos);
}

TEST_CASE("a card that needs longer than the waiting time asks for it, or is given up") {
    struct Case {
        Interface interface;
        std::string_view name, transport;
        runtime::Duration waiting;
        int asked;  ///< in 10 s
    };
    const auto atr = emv::parse_atr(hex("3BE000008131FE45EB")).value();
    const auto ats = emv::parse_ats(hex("0578807002")).value();
    for (const Case& one :
         {Case{Interface::contact, "unionpay-credit-t0", "T=0", 1s, 10},
          Case{Interface::contact, "unionpay-credit", "T=1", atr.block_waiting_time(), 1},
          Case{Interface::contactless, "unionpay-credit", "ISO/IEC 14443-4", ats.frame_waiting_time(), 5}}) {
        INFO(one.transport);
        const std::string delay = "on = 'GET CHALLENGE'\ndo = 'delay'\ntime = '10s'\n";
        Powered patient(one.interface, std::string(one.name), fault(delay));
        good(patient.send(select_application));
        const auto before = patient.clock.now();
        CHECK(patient.send(hex("0084000008")).has_value());
        CHECK(patient.clock.now() - before > 10s);
        CHECK(patient.clock.now() - before < 10s + 300ms);
        CHECK(patient.last().integer("extensions") == one.asked);

        Powered hasty(one.interface, std::string(one.name), fault(delay + "extension = false"));
        good(hasty.send(select_application));
        const auto start = hasty.clock.now();
        CHECK(outcome(hasty.send(hex("0084000008"))) == "mute");
        const auto waited = hasty.clock.now() - start;
        CHECK(waited >= one.waiting);
        CHECK(waited < one.waiting + 20ms);  // and the command's own octets
        CHECK(hasty.last().find("sw") == nullptr);
        // The reader took the power away.
        CHECK(outcome(hasty.send(select_application)) == "mute");

        Powered within(one.interface, std::string(one.name),
                       fault("on = 'GET CHALLENGE'\ndo = 'delay'\ntime = '10ms'\nextension = false"));
        good(within.send(select_application));
        CHECK(within.send(hex("0084000008")).has_value());
        CHECK(within.last().find("extensions") == nullptr);
    }
}

TEST_CASE("the reader's patience begins anew with every request for more time") {
    const auto atr = emv::parse_atr(hex("3BE000008131FE45EB")).value();
    const auto ats = emv::parse_ats(hex("0578807002")).value();
    struct Case {
        Interface interface;
        std::string_view name;
        runtime::Duration waiting;
    };
    for (const Case& one : {Case{Interface::contact, "unionpay-credit-t0", 1s},
                            Case{Interface::contact, "unionpay-credit", atr.block_waiting_time()},
                            Case{Interface::contactless, "unionpay-credit", ats.frame_waiting_time()}}) {
        INFO(to_string(one.interface) << ' ' << one.name);
        // Silent at the end of three waiting times and a half: the last request lasts until the fourth is
        // over.
        const std::string work = fmt::format("'{}ns'", (one.waiting * 7 / 2).count());
        Powered rig(one.interface, std::string(one.name),
                    fmt::format("timing = {{ command = {0}, contactless = {{ command = {0} }} }}\n", work) +
                        fault("on = 'any'\ndo = 'mute'\nafter = true"));
        CHECK(outcome(rig.send(hex("00E2000000"))) == "mute");
        CHECK(rig.passed() >= one.waiting * 4);
        CHECK(rig.passed() < one.waiting * 4 + 30ms);  // octets of the command and of the requests
    }

    // Pulled out of the field while the first request lasts, the longest that there is: noticed at its end,
    // though the card had more to do.
    const auto fwt = ats.frame_waiting_time();
    Powered gone(Interface::contactless, "unionpay-credit", "timing = { contactless = { command = '10s' } }");
    CardOutcome result;
    const runtime::Job job(gone.clock, test::transmit(gone.reader, hex("00E2000000"), result));
    runtime::CallbackTimer pull([&] { gone.card->remove(); });
    gone.clock.arm(pull, gone.started + 1s);
    gone.clock.run_until([&] { return result.has_value(); });
    CHECK(outcome(*result) == "removed");
    CHECK(gone.last().at == gone.started + 1s);
    CHECK(gone.passed() == (8 + 8) * 85us + 60 * fwt);
}

TEST_CASE("extra guard time of the ATR lengthens what goes to the card, and nothing else") {
    const std::string timing = "timing = { command = '0ms', per_octet = '12ms' }\n";
    Powered plain(Interface::contact, "unionpay-credit", timing + "atr = '3B00'");
    Powered guarded(Interface::contact, "unionpay-credit", timing + "atr = '3B40 0C'");  // 12 etu more
    Powered least(Interface::contact, "unionpay-credit", timing + "atr = '3B40 FF'");
    for (CardRig* rig :
         {static_cast<CardRig*>(&plain), static_cast<CardRig*>(&guarded), static_cast<CardRig*>(&least)})
        good(rig->send(hex("00E2000000")));
    CHECK(plain.passed() == 7 * 12ms);
    CHECK(guarded.passed() == (2 * 5 + 2) * 12ms);
    CHECK(least.passed() == plain.passed());
}

namespace {

struct CommandFault {
    std::string_view keys;
    std::string (*outcome)(std::string answer);  ///< of the answer without the fault
    std::vector<std::string> events;
    bool chip_ran;
};

std::string mute(std::string) {
    return "mute";
}
std::string removed(std::string) {
    return "removed";
}
std::string unchanged(std::string answer) {
    return answer;
}

std::vector<CommandFault> command_faults() {
    const std::vector<std::string> told{"card.fault", "card.apdu"};
    const std::vector<std::string> pulled{"card.fault", "card.removed", "card.apdu"};
    const auto status = [](std::string) { return std::string("6F00"); };
    return {
        {"do = 'status'\nsw = '6F00'", status, told, false},
        {"do = 'status'\nsw = '6F00'\nafter = true", status, told, true},
        {"do = 'mute'", mute, told, false},
        {"do = 'mute'\nafter = true", mute, told, true},
        {"do = 'corrupt'\nat = -2\nxor = '01'",
         [](std::string answer) { return answer.substr(0, answer.size() - 4) + "9100"; }, told, true},
        {"do = 'truncate'\nlength = 3", [](std::string answer) { return answer.substr(0, 6); }, told, true},
        {"do = 'append'\noctets = 'AABB'", [](std::string answer) { return answer + "AABB"; }, told, true},
        {"do = 'delay'\ntime = '1ms'", unchanged, told, true},
        {"do = 'remove'\nwhen = 'before'", removed, pulled, false},
        {"do = 'remove'\nwhen = 'during'", removed, pulled, true},
        {"do = 'remove'\nwhen = 'after'", unchanged, {"card.fault", "card.apdu", "card.removed"}, true},
    };
}

}  // namespace

TEST_CASE("every fault of a command is told before it can be seen, and the chip ran it or not") {
    const Bytes options = hex("80A8000007 8305 0156 0156 00 00");
    Powered sound(Interface::contact, "unionpay-credit");
    good(sound.send(select_application));
    const std::string answer = outcome(sound.send(options));
    for (const CommandFault& one : command_faults()) {
        INFO(one.keys);
        Powered rig(Interface::contact, "unionpay-credit",
                    fault("on = 'GET PROCESSING OPTIONS'\n" + std::string(one.keys)));
        good(rig.send(select_application));
        const std::size_t from = rig.recorder.events().size();
        CHECK(outcome(rig.send(options)) == one.outcome(answer));
        CHECK(kinds(rig, from) == one.events);
        CHECK(rig.recorder.events()[from].text("command") == "GET PROCESSING OPTIONS");
        CHECK(rig.recorder.events()[from].integer("rule") == 1);
        // The transaction counter is in EEPROM.
        rig.card->insert(Card::How::chip);
        good(rig.reset());
        good(rig.send(select_application));
        CHECK(outcome(rig.send(hex("80CA9F3600"))) == (one.chip_ran ? "9F360200019000" : "9F360200009000"));
    }
}

TEST_CASE("every fault of a command acts in the field too") {
    const Bytes select_ppse = apdu("00A40400", as_bytes("2PAY.SYS.DDF01"));
    Powered sound(Interface::contactless, "unionpay-credit");
    const std::string answer = outcome(sound.send(select_ppse));
    CHECK(answer.ends_with("9000"));
    for (const CommandFault& one : command_faults()) {
        INFO(one.keys);
        Powered rig(Interface::contactless, "unionpay-credit",
                    fault("on = 'SELECT'\ninterface = 'contactless'\n" + std::string(one.keys)));
        CHECK(outcome(rig.send(select_ppse)) == one.outcome(answer));
        CHECK(kinds(rig, rig.begin) == one.events);
        Powered slot(Interface::contact, "unionpay-credit",
                     fault("on = 'SELECT'\ninterface = 'contactless'\n" + std::string(one.keys)));
        CHECK(outcome(slot.send(select_pse)).ends_with("9000"));
    }
}

TEST_CASE("a card that a step takes out when a fault of a command is told answers no more") {
    const Bytes select_ppse = apdu("00A40400", as_bytes("2PAY.SYS.DDF01"));
    for (const Interface interface : {Interface::contact, Interface::contactless})
        for (const CommandFault& one : command_faults()) {
            INFO(to_string(interface) << ' ' << one.keys);
            Powered rig(interface, "unionpay-credit", fault("on = 'SELECT'\n" + std::string(one.keys)));
            const PulledOnFault step(rig);
            const bool contact = interface == Interface::contact;
            CHECK(outcome(rig.send(contact ? select_pse : select_ppse)) == "removed");
            CHECK(kinds(rig, rig.begin) ==
                  std::vector<std::string>{"card.fault", "card.removed", "card.apdu"});
            CHECK(rig.last().find("sw") == nullptr);
            // Without power until the next reset.
            rig.card->insert(Card::How::chip);
            CHECK(outcome(rig.send(select_pse)) == "mute");
        }
}

TEST_CASE("every fault of a reset and of an activation") {
    struct ResetFault {
        std::string_view keys, outcome;
        std::vector<std::string> events;
    };
    const std::vector<std::string> told{"card.fault", "card.reset"};
    const std::vector<ResetFault> faults{
        {"do = 'mute'", "mute", told},
        {"do = 'delay'\ntime = '4ms'", "whole", told},
        {"do = 'delay'\ntime = '5s'", "mute", told},
        {"do = 'truncate'\nlength = 2", "whole 2", told},
        {"do = 'append'\noctets = '00'", "whole 00", told},
        {"do = 'garbage_atr'\noctets = '010203'", "010203", told},
        {"do = 'remove'\nwhen = 'before'", "removed", {"card.fault", "card.removed"}},
        {"do = 'remove'\nwhen = 'during'", "removed", {"card.fault", "card.removed"}},
        {"do = 'remove'\nwhen = 'after'", "whole", {"card.fault", "card.reset", "card.removed"}},
    };
    for (const bool contact : {true, false})
        for (const ResetFault& one : faults) {
            INFO(contact << one.keys);
            const std::string whole = contact ? "3BE000008131FE45EB" : "0578807002";
            std::string expected(one.outcome);
            if (expected == "whole") expected = whole;
            if (expected == "whole 2") expected = whole.substr(0, 4);
            if (expected == "whole 00") expected = whole + "00";
            CardRig rig("unionpay-credit",
                        fault(std::string(contact ? "on = 'reset'\n" : "on = 'activation'\n") +
                              std::string(one.keys)));
            if (contact)
                rig.card->insert(Card::How::chip);
            else
                rig.card->tap(Card::Field::one_card);
            CHECK(outcome(contact ? rig.reset() : rig.activate()) == expected);
            CHECK(kinds(rig, 1) == one.events);
            CHECK(rig.recorder.events()[1].text("command") == (contact ? "reset" : "activation"));
        }
}

TEST_CASE("a card that a step takes out when a fault of its reset is told has no answer to reset") {
    for (const bool contact : {true, false})
        for (const char* keys :
             {"do = 'mute'", "do = 'delay'\ntime = '4ms'", "do = 'truncate'\nlength = 2",
              "do = 'append'\noctets = '00'", "do = 'garbage_atr'", "do = 'remove'\nwhen = 'before'",
              "do = 'remove'\nwhen = 'during'", "do = 'remove'\nwhen = 'after'"}) {
            INFO(contact << keys);
            CardRig rig("unionpay-credit",
                        fault((contact ? "on = 'reset'\n" : "on = 'activation'\n") + std::string(keys)));
            const PulledOnFault step(rig);
            if (contact)
                rig.card->insert(Card::How::chip);
            else
                rig.card->tap(Card::Field::one_card);
            CHECK(outcome(contact ? rig.reset() : rig.activate()) == "removed");
            CHECK(kinds(rig, 1) == std::vector<std::string>{"card.fault", "card.removed"});
            // Without power until the next reset, though there is a card again.
            rig.card->insert(Card::How::chip);
            CHECK(outcome(rig.send(select_pse)) == "mute");
        }
}

TEST_CASE("a rule without an effect on the answer it meets does not say that it acted") {
    Powered rig(Interface::contact, "unionpay-credit",
                fault("on = 'any'\nevery = true\ndo = 'corrupt'\nat = 100\nxor = 'FF'"));
    CHECK(outcome(rig.send(hex("00E2000000"))) == "6D00");
    CHECK(kinds(rig, rig.begin) == std::vector<std::string>{"card.apdu"});
}

TEST_CASE("a fault changes what a T=0 card announces, whatever carries it") {
    const std::string keys = fault("on = 'SELECT'\ndo = 'append'\noctets = '9000'");
    Powered rig(Interface::contact, "unionpay-credit-t0", keys);
    Powered t1(Interface::contact, "unionpay-credit", keys);
    const Bytes whole = good(t1.send(select_pse));
    CHECK(whole.size() > 4);
    CHECK(outcome(rig.send(select_pse)) == fmt::format("61{:02X}", whole.size() - 2));
    CHECK(good(rig.send(Bytes{0x00, 0xC0, 0x00, 0x00, static_cast<std::uint8_t>(whole.size() - 2)})) ==
          whole);
    // On GET RESPONSE itself a rule acts on the octets that go over.
    Powered fetched(Interface::contact, "unionpay-credit-t0",
                    fault("on = 'GET RESPONSE'\ndo = 'status'\nsw = '6F00'"));
    const std::string announced = outcome(fetched.send(select_pse));
    CHECK(outcome(fetched.send(hex("00C00000" + announced.substr(2)))) == "6F00");
    CHECK(outcome(fetched.send(hex("00C00000" + announced.substr(2)))).ends_with("9000"));
}

TEST_CASE("what a fault changed is not shown: nobody can tell what in it is sensitive") {
    // The record's template becomes a primitive object, and its card number the value of nothing known.
    Powered rig(Interface::contact, "unionpay-credit",
                fault("on = 'READ RECORD'\nevery = true\ndo = 'corrupt'\nat = 0\nxor = '20'"));
    good(rig.send(select_application));
    good(rig.send(hex("80A8000007 8305 0156 0156 00 00")));
    const std::string record = outcome(rig.send(hex("00B2011400")));
    CHECK(record.find("6210948000000011") != std::string::npos);
    CHECK(rig.last().text("response").ends_with(" bytes>"));
}

TEST_CASE("a run with faults that are drawn is the same for the same seed") {
    const auto run = [](std::uint64_t seed) {
        CardRig rig(
            "unionpay-credit",
            "[[fault]]\non = 'reset'\ndo = 'garbage_atr'\n[[fault]]\non = 'SELECT'\ndo = 'corrupt'\nat = 5\n",
            seed);
        rig.card->insert(Card::How::chip);
        std::string seen = outcome(rig.reset()) + outcome(rig.send(select_pse));
        for (const auto& event : rig.recorder.events()) trace::append_json(seen, event);
        return seen;
    };
    std::set<std::string> runs;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        CHECK(run(seed) == run(seed));
        runs.insert(run(seed));
    }
    CHECK(runs.size() == 5);
}

TEST_CASE("an ATR that cannot be read is taken only when the image says so") {
    const auto refusal = [](std::string_view overrides) -> std::string {
        try {
            test::load_card("unionpay-credit", overrides);
        } catch (const config::ConfigError& error) {
            return error.what();
        }
        return "accepted";
    };
    CHECK(refusal("atr = '3BE000008131FE45EC'") ==
          "override.toml:1:7: atr: octet 8 (TCK): is EC, must be EB (atr_as_is = true takes any octets)");
    CHECK(refusal("atr = '3B800E8E'") ==
          "override.toml:1:7: atr: leads to T=14, which this card does not speak (atr_as_is = true takes any "
          "octets)");
    CHECK(refusal("atr = '3BE000008131FE45EC'\natr_as_is = true") == "accepted");
    CHECK(refusal("ats = '0678807002'") ==
          "override.toml:1:7: ats: octet 0 (TL): says 6 octets, there are 5");
    CHECK(refusal("ats = ''") == "accepted");
    Powered rig(Interface::contact, "unionpay-credit", "atr = '1234'\natr_as_is = true");
    CHECK(rig.recorder.events()[1].text("atr") == "1234");
    CHECK(outcome(rig.send(select_pse)).starts_with("61"));  // T=0 behind it
}
