// A card in the slot and its faults, through the reader's interface.

#include <set>

#include "bench/trace/jsonl.hpp"
#include "tests/unit/card/slot_rig.hpp"

using namespace posbench;
using namespace posbench::card;
using namespace posbench::test;
using namespace std::chrono_literals;
using Kind = trace::Kind;

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
        {"do = 'remove'\nwhen = 'working'", removed, pulled, false},
        {"do = 'remove'\nwhen = 'during'", removed, pulled, true},
        {"do = 'append'\noctets = 'AABB'\ndelay = '1ms'", [](std::string answer) { return answer + "AABB"; },
         told, true},
        {"do = 'status'\nsw = '6F00'\ndelay = '1ms'", status, told, false},
        {"do = 'mute'\nafter = true\ndelay = '1ms'", mute, told, true},
        {"do = 'remove'\ndelay = '1ms'", removed, pulled, true},
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
        {"do = 'garbage_atr'\noctets = '010203'\ndelay = '4ms'", "010203", told},
        {"do = 'remove'\ndelay = '4ms'", "removed", {"card.fault", "card.removed"}},
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
          "override.toml:1:7: atr: octet 8 (TCK): is EC, must be EB (as_is = [\"atr\"] takes it)");
    CHECK(refusal("atr = '3B800E8E'") ==
          "override.toml:1:7: atr: leads to T=14, which this card does not speak (as_is = [\"atr\"] "
          "takes it)");
    CHECK(refusal("atr = '3BE000008131FE45EC'\nas_is = ['atr']") == "accepted");
    CHECK(refusal("ats = '0678807002'") ==
          "override.toml:1:7: ats: octet 0 (TL): says 6 octets, there are 5");
    CHECK(refusal("ats = ''") == "accepted");
    Powered rig(Interface::contact, "unionpay-credit", "atr = '1234'\nas_is = ['atr']");
    CHECK(rig.recorder.events()[1].text("atr") == "1234");
    CHECK(outcome(rig.send(select_pse)).starts_with("61"));  // T=0 behind it
}

TEST_CASE("an answer to the warm reset of its own leads to a protocol of its own (EMV book 1 clause 8.1)") {
    CardRig rig("unionpay-credit", "atr_warm = '3B00'");
    const auto reset = [&rig](bool warm) {
        CardOutcome result;
        const runtime::Job job(
            rig.clock, warm ? test::warm_reset(rig.reader, result) : test::power_up(rig.reader, result));
        rig.clock.run_until([&] { return result.has_value(); });
        return outcome(*result);
    };
    rig.card->insert(Card::How::chip);
    CHECK(reset(false) == "3BE000008131FE45EB");
    CHECK(outcome(rig.send(select_pse)).starts_with("6F"));  // T=1: the answer itself
    CHECK(reset(true) == "3B00");
    CHECK(outcome(rig.send(select_pse)).starts_with("61"));  // T=0: what waits
    CHECK(reset(false) == "3BE000008131FE45EB");
}

TEST_CASE("a warm reset is one of a card with power: what it was at is gone, what it keeps is not") {
    CardRig rig("unionpay-credit", fault("on = 'reset'\ndo = 'garbage_atr'\noctets = '3B10'"));
    const auto warm = [&rig] {
        CardOutcome result;
        const runtime::Job job(rig.clock, test::warm_reset(rig.reader, result));
        rig.clock.run_until([&] { return result.has_value(); });
        return *result;
    };
    CHECK(outcome(warm()) == "removed");
    rig.card->insert(Card::How::chip);
    CHECK(outcome(warm()) == "3B10");  // without power it is a cold one
    CHECK(rig.last().text("reset") == "cold");
    const auto before = rig.clock.now();
    CHECK(outcome(warm()) == "3BE000008131FE45EB");  // the rule was for the first reset
    CHECK(rig.last().text("reset") == "warm");
    CHECK(rig.clock.now() - before == 50ms);

    good(rig.send(select_application));
    good(rig.send(hex("80A8000007 8305 0156 0156 00 00")));
    good(warm());
    CHECK(outcome(rig.send(hex("80A8000007 8305 0156 0156 00 00"))) == "6985");
    good(rig.send(select_application));
    CHECK(outcome(rig.send(hex("80CA9F3600"))) == "9F360200019000");  // EEPROM
    rig.reader.power_down();
    good(warm());
    CHECK(rig.last().text("reset") == "cold");
}

TEST_CASE("T=1 and field: a command that gives more than it was asked for is refused and was not performed") {
    for (const Interface interface : {Interface::contact, Interface::contactless}) {
        INFO(to_string(interface));
        Powered rig(interface, "unionpay-credit");
        CHECK(outcome(rig.send(hex("00A4040008 A000000333010102"))) == "6700");
        CHECK(rig.last().text("sw") == "6700");
        CHECK(outcome(rig.send(hex("0084000000"))) == "6985");  // nothing is selected
        const std::string told = outcome(rig.send(hex("00A4040008 A000000333010102 05")));
        CHECK(told.substr(0, 2) == "6C");
        CHECK(outcome(rig.send(hex("0084000000"))) == "6985");
        const std::string fci = outcome(rig.send(hex("00A4040008 A000000333010102" + told.substr(2))));
        CHECK(fci.ends_with("9000"));
        CHECK(fci == outcome(rig.send(select_application)));
        CHECK(fci.size() / 2 - 2 == hex(told.substr(2)).front());
    }
    // What would be counted is not: no transaction was begun.
    const std::string options = "80A8000007 8305 0156 0156 00";
    Powered rig(Interface::contact, "unionpay-credit");
    good(rig.send(select_application));
    CHECK(outcome(rig.send(hex(options))) == "6700");
    const std::string told = outcome(rig.send(hex(options + "05")));
    CHECK(outcome(rig.send(hex("80CA9F3600"))) == "9F360200009000");
    CHECK(outcome(rig.send(hex(options + told.substr(2)))).ends_with("9000"));
    CHECK(outcome(rig.send(hex("80CA9F3600"))) == "9F360200019000");
    // No data to give: no Le is right.
    CHECK(outcome(rig.send(hex("0020008008 2612 3456 FFFFFFFF"))) == "9000");
    // More is given only when a fault says so.
    Powered fault_rig(Interface::contact, "unionpay-credit",
                      fault("on = 'SELECT'\ndo = 'append'\noctets = '9000'"));
    const std::string more = outcome(fault_rig.send(hex("00A4040002 FFFF")));
    CHECK(more == "67009000");
}

TEST_CASE("what comes damaged comes again, so often as its protocol allows, and then the card has no power") {
    struct Line {
        Interface interface;
        std::string image;
        int most;
        runtime::Duration repetition;
        runtime::Duration rest{};  ///< of the answer, behind the part that is damaged
    };
    const Line line = GENERATE(
        // 6D00 in a block with prologue and LRC, and the R-block that asks for it
        Line{Interface::contact, "unionpay-credit", 3, (2 + 4 + 4) * 1250us},
        // its first character
        Line{Interface::contact, "unionpay-credit-t0", 3, 1250us, 1250us},
        // in a frame with PCB and CRC, and the R(NAK)
        Line{Interface::contactless, "unionpay-ecash", 2, (2 + 3 + 3) * 85us});
    const Bytes unknown = hex("00E2000000");
    const auto damaged = [&](int times) {
        return Powered(line.interface, line.image,
                       fault(fmt::format("on = 'any'\ndo = 'corrupt_block'\ntimes = {}", times)));
    };
    Powered sound(line.interface, line.image);
    good(sound.send(unknown));
    for (int times = 1; times <= line.most; ++times) {
        Powered rig = damaged(times);
        CHECK(outcome(rig.send(unknown)) == "6D00");
        CHECK(rig.passed() == sound.passed() + times * line.repetition);
        CHECK(kinds(rig, rig.begin) == std::vector<std::string>{"card.fault", "card.apdu"});
        CHECK(rig.recorder.events()[rig.begin].text("do") == "corrupt_block");
        CHECK(rig.last().integer("retransmissions") == times);
        CHECK(outcome(rig.send(unknown)) == "6D00");
        CHECK(rig.last().find("retransmissions") == nullptr);
    }
    Powered lost = damaged(line.most + 1);
    CHECK(outcome(lost.send(unknown)) == "mute");
    CHECK(lost.passed() == sound.passed() + line.most * line.repetition - line.rest);
    CHECK(lost.last().find("sw") == nullptr);
    CHECK(lost.last().integer("retransmissions") == line.most);
    CHECK(outcome(lost.send(unknown)) == "mute");  // without power
}
