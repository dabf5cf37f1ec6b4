#include "tests/unit/card/slot_rig.hpp"

using namespace posbench;
using namespace posbench::card;
using namespace posbench::test;
using namespace std::chrono_literals;

namespace {

const Bytes options = hex("80A8000007 8305 0156 0156 00 00");

/// When an event of this kind came, counted from the beginning of the test.
runtime::Duration when(const Powered& rig, trace::Kind kind) {
    for (std::size_t i = rig.begin; i < rig.recorder.events().size(); ++i)
        if (rig.recorder.events()[i].kind == kind) return rig.recorder.events()[i].at - rig.started;
    FAIL("no such event");
    return {};
}

/// Rules that acted, by number.
std::vector<std::int64_t> acted(const CardRig& rig) {
    std::vector<std::int64_t> numbers;
    for (const trace::Event& event : rig.recorder.events())
        if (event.kind == trace::Kind::card_fault) numbers.push_back(event.integer("rule").value());
    return numbers;
}

}  // namespace

TEST_CASE("a rule that changes nothing leaves the command to the next, and the chip runs it once") {
    const std::string none = "[[fault]]\non = 'GET PROCESSING OPTIONS'\ndo = 'corrupt'\nat = 200\n";
    const std::string status = "[[fault]]\non = 'GET PROCESSING OPTIONS'\ndo = 'status'\nsw = '6F00'\n";
    for (const bool runs : {false, true}) {
        Powered rig(Interface::contact, "unionpay-credit", none + status + (runs ? "after = true" : ""));
        good(rig.send(select_application));
        CHECK(outcome(rig.send(options)) == "6F00");
        CHECK(acted(rig) == std::vector<std::int64_t>{2});
        CHECK(outcome(rig.send(hex("80CA9F3600"))) == (runs ? "9F360200019000" : "9F360200009000"));
    }
}

TEST_CASE("the rule is chosen by the answer that it meets, also in parts with T=0") {
    Powered rig(Interface::contact, "unionpay-credit-t0",
                "[[fault]]\non = 'GET RESPONSE'\ndo = 'truncate'\nlength = 200\n"
                "[[fault]]\non = 'GET RESPONSE'\ndo = 'truncate'\nlength = 2\n");
    const std::string announced = outcome(rig.send(select_application));
    REQUIRE(announced.substr(0, 2) == "61");
    CHECK(outcome(rig.send(hex("00C00000" + announced.substr(2)))).size() == 4);
    CHECK(acted(rig) == std::vector<std::int64_t>{2});
}

TEST_CASE("a status word in the place of the chip loses the data that wait under T=0") {
    const auto after = [](const char* fault) {
        Powered rig(Interface::contact, "unionpay-credit-t0", fault);
        const std::string announced = outcome(rig.send(select_application));
        REQUIRE(announced.substr(0, 2) == "61");
        const std::string record = outcome(rig.send(hex("00B2010C00")));
        const std::string fetched = outcome(rig.send(hex("00C00000" + announced.substr(2))));
        return record + " " + fetched;
    };
    CHECK(after("[[fault]]\non = 'READ RECORD'\ndo = 'status'\nsw = '6F00'") == "6F00 6985");
    CHECK(after("").ends_with(" 6985"));
    // A GET RESPONSE that is refused in the card's place has not fetched them.
    Powered rig(Interface::contact, "unionpay-credit-t0",
                "[[fault]]\non = 'GET RESPONSE'\ndo = 'status'\nsw = '6F00'");
    const std::string announced = outcome(rig.send(select_application));
    const Bytes fetch = hex("00C00000" + announced.substr(2));
    CHECK(outcome(rig.send(fetch)) == "6F00");
    CHECK(outcome(rig.send(fetch)).ends_with("9000"));
}

TEST_CASE("a card is pulled out at the instant that its rule names") {
    constexpr auto octet = 1250us;
    Powered sound(Interface::contact, "unionpay-credit");
    good(sound.send(select_application));
    const auto before = sound.passed();
    const Bytes answer = good(sound.send(options));
    const auto whole = sound.passed() - before;
    const auto arrival = octet * (options.size() + 4), reply = octet * (answer.size() + 4);  // blocks of T=1
    REQUIRE(whole == arrival + 20ms + reply);
    const auto removal = [&](const char* moment) {
        Powered rig(
            Interface::contact, "unionpay-credit",
            fmt::format("[[fault]]\non = 'GET PROCESSING OPTIONS'\ndo = 'remove'\nwhen = '{}'", moment));
        good(rig.send(select_application));
        CHECK(outcome(rig.send(options)) == (moment == std::string("after") ? to_hex(answer) : "removed"));
        return when(rig, trace::Kind::card_removed) - before;
    };
    CHECK(removal("before") == 0ms);
    CHECK(removal("working") == arrival + 10ms);
    CHECK(removal("during") == arrival + 20ms + reply / 2);
    CHECK(removal("after") == whole);
}

TEST_CASE("a delay comes before the effect, and the card asks for the time") {
    const char* rule = "[[fault]]\non = 'SELECT'\ndo = 'corrupt'\nat = -1\nxor = '01'\ndelay = '3s'";
    Powered sound(Interface::contact, "unionpay-credit"), rig(Interface::contact, "unionpay-credit", rule);
    good(sound.send(select_pse));
    CHECK(outcome(rig.send(select_pse)).ends_with("9001"));
    CHECK(rig.passed() > sound.passed() + 3s);
    CHECK(rig.last().integer("extensions") == 1);
    CHECK(acted(rig) == std::vector<std::int64_t>{1});
    CHECK(when(rig, trace::Kind::card_fault) < rig.passed() - 3s);

    // Without asking it is beyond the waiting time, and nothing of the effect is seen.
    Powered silent(Interface::contact, "unionpay-credit", std::string(rule) + "\nextension = false");
    CHECK(outcome(silent.send(select_pse)) == "mute");
}
