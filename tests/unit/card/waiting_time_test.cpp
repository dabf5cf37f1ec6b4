// How long a reader waits for a card, and how long octets take to it.

#include "tests/unit/card/slot_rig.hpp"

using namespace posbench;
using namespace posbench::card;
using namespace posbench::test;
using namespace std::chrono_literals;

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
    Powered plain(Interface::contact, "unionpay-credit", timing + "atr = '3B20 00'");
    Powered guarded(Interface::contact, "unionpay-credit", timing + "atr = '3B60 00 0C'");  // 12 etu more
    Powered least(Interface::contact, "unionpay-credit", timing + "atr = '3B60 00 FF'");
    for (CardRig* rig :
         {static_cast<CardRig*>(&plain), static_cast<CardRig*>(&guarded), static_cast<CardRig*>(&least)})
        good(rig->send(hex("00E2000000")));
    CHECK(plain.passed() == 7 * 12ms);
    CHECK(guarded.passed() == (2 * 5 + 2) * 12ms);
    CHECK(least.passed() == plain.passed());
}
