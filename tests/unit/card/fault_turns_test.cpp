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

TEST_CASE("T=0: a rule acts where the data go back, not on the 6Cxx before them") {
    // Record 1 of file 2 as a reader of T=0 gets it: what comes of Le 00, then of the Le that 6Cxx tells.
    const auto read = [](CardRig& rig) {
        std::vector<std::string> answers{outcome(rig.send(hex("00B2011400")))};
        while (answers.back().size() == 4 && answers.back().starts_with("6C"))
            answers.push_back(outcome(rig.send(hex("00B20114" + answers.back().substr(2)))));
        return answers;
    };
    const auto with = [&](const std::string& keys) {
        auto rig = std::make_unique<Powered>(Interface::contact, "unionpay-credit-t0",
                                             keys.empty() ? "" : fault("on = 'READ RECORD'\n" + keys));
        REQUIRE(outcome(rig->send(select_application)).starts_with("61"));
        REQUIRE(outcome(rig->send(options)).starts_with("61"));
        return rig;
    };
    const auto sound = read(*with(""));
    REQUIRE(sound.size() == 2);
    const std::string& record = sound[1];
    const std::string length = fmt::format("6C{:02X}", record.size() / 2 - 2);
    REQUIRE(sound[0] == length);

    SECTION("corrupt: the number of octets is told as it is, and the fault once the record goes") {
        for (const auto& [at, altered] : {std::pair{"0", "8F" + record.substr(2)},
                                          std::pair{"-1", record.substr(0, record.size() - 2) + "FF"}}) {
            const auto rig = with(fmt::format("do = 'corrupt'\nxor = 'FF'\nat = {}", at));
            CHECK(outcome(rig->send(hex("00B2011400"))) == length);
            CHECK(acted(*rig).empty());
            CHECK(outcome(rig->send(hex("00B20114" + length.substr(2)))) == altered);
            CHECK(rig->last().text("response") == fmt::format("<{} bytes>", record.size() / 2 - 2));
            CHECK(acted(*rig).size() == 1);
            CHECK(read(*rig) == sound);
        }
    }
    SECTION("truncate and append: the number is that of the altered record, and the fault comes before it") {
        const auto shorter = with("do = 'truncate'\nlength = 12");
        CHECK(outcome(shorter->send(hex("00B2011400"))) == "6C0A");
        CHECK(acted(*shorter).size() == 1);
        CHECK(outcome(shorter->send(hex("00B201140A"))) == record.substr(0, 24));
        const auto longer = with("do = 'append'\noctets = '9000'");
        CHECK(read(*longer) ==
              std::vector<std::string>{fmt::format("6C{:02X}", record.size() / 2), record + "9000"});
        for (const auto* rig : {shorter.get(), longer.get()}) CHECK(acted(*rig).size() == 1);
    }
    SECTION("a status word without data goes at once; silence is the command's, whatever its Le") {
        CHECK(read(*with("do = 'status'\nsw = '6A83'")) == std::vector<std::string>{"6A83"});
        CHECK(read(*with("do = 'status'\nsw = '6A83'\nafter = true")) == std::vector<std::string>{"6A83"});
        CHECK(read(*with("do = 'mute'")) == std::vector<std::string>{"mute"});
        CHECK(read(*with("do = 'mute'\nafter = true")) == std::vector<std::string>{length, "mute"});
        CHECK(read(*with("do = 'remove'\nwhen = 'during'")) == std::vector<std::string>{length, "removed"});
    }
    SECTION("the command that comes again is the same to nth, however often") {
        const auto rig = with("do = 'corrupt'\nat = 0\nxor = 'FF'\nnth = 3");
        CHECK(read(*rig) == sound);
        for (const char* wrong : {"01", "02", "03"})
            CHECK(outcome(rig->send(hex("00B20114" + std::string(wrong)))) == length);
        CHECK(read(*rig) == sound);
        CHECK(acted(*rig).empty());
        CHECK(read(*rig).at(1).starts_with("8F"));
    }
    SECTION("a command that does not come again leaves its rule idle, and another one is another") {
        const auto rig = with("do = 'corrupt'\nat = 0\nxor = 'FF'");
        CHECK(outcome(rig->send(hex("00B2011400"))) == length);
        CHECK(outcome(rig->send(hex("80CA9F3600"))).starts_with("6C"));
        CHECK(read(*rig) == sound);
        CHECK(acted(*rig).empty());
        rig->card->conclude();
        CHECK(rig->last().text("text").starts_with("card fault 1 never acted"));
    }
}

TEST_CASE("T=0: rules on GET DATA and on GET RESPONSE with a wrong Le wait for the right one too") {
    Powered rig(Interface::contact, "unionpay-credit-t0",
                "[[fault]]\non = 'GET DATA'\ndo = 'corrupt'\nat = 3\nxor = 'FF'\n"
                "[[fault]]\non = 'GET RESPONSE'\ndo = 'corrupt'\nat = 0\nxor = 'FF'");
    const std::string announced = outcome(rig.send(select_application));
    REQUIRE(announced.starts_with("61"));
    CHECK(outcome(rig.send(hex("00C0000000"))) == "6C" + announced.substr(2));
    CHECK(acted(rig).empty());
    CHECK(outcome(rig.send(hex("00C00000" + announced.substr(2)))).starts_with("90"));  // 6F by FF
    CHECK(outcome(rig.send(hex("80CA9F3600"))) == "6C05");
    CHECK(outcome(rig.send(hex("80CA9F3605"))) == "9F3602FF009000");
    CHECK(acted(rig) == std::vector<std::int64_t>{2, 1});
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

TEST_CASE("data that a fault altered are told by their number wherever they go back, also behind 61xx") {
    // "621094…" in 9F12 with one character changed is no PAN that a mask would find.
    const std::string fault =
        "[application.credit.fci]\n'9F12' = '36323130393438303030303030303131'\n"
        "[[fault]]\non = 'SELECT'\ndo = 'corrupt'\nat = 62\nxor = '40'\n";
    const auto responses = [&](const char* image) {
        Powered rig(Interface::contact, image, fault);
        const std::string first = outcome(rig.send(select_application));
        if (first.starts_with("61")) rig.send(hex("00C00000" + first.substr(2)));
        rig.send(hex("80CA9F3600"));
        std::vector<std::string> told;
        for (const trace::Event& event : rig.recorder.events())
            if (event.kind == trace::Kind::card_apdu)
                told.push_back(std::string(event.text("response")) +
                               (event.flag("altered") ? " altered" : ""));
        return told;
    };
    const auto at_once = responses("unionpay-credit");
    REQUIRE(at_once.size() == 2);
    CHECK_THAT(at_once[0], Catch::Matchers::EndsWith("bytes> altered"));
    CHECK(at_once[1] == "9F36020000");
    const auto in_two = responses("unionpay-credit-t0");
    REQUIRE(in_two.size() == 3);
    CHECK(in_two[0].empty());
    CHECK(in_two[1] == at_once[0]);
    CHECK(in_two[2].find("altered") == std::string::npos);
}
