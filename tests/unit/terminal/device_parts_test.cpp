#include "drivers/terminal/emulated/driver.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/terminal/device_rig.hpp"

using namespace posbench;
using namespace posbench::terminal;
using namespace posbench::terminal::testing;
using trace::Kind;

TEST_CASE("without SIM or modem each trouble has its own text and nothing is tried") {
    struct Case {
        std::string_view change, text, part;
    };
    for (const auto& [change, text, part] :
         {Case{"sim = 'absent'", "SIM卡不存在", "sim"}, Case{"sim = 'locked'", "检查SIM卡", "sim"},
          Case{"modem = 'searching'", "正在查找网络", "modem"},
          Case{"modem = 'no_signal'", "信号太弱", "modem"},
          Case{"modem = 'no_carrier'", "网络无载波", "modem"},
          Case{"modem = 'disconnected'", "已断开无线网络", "modem"},
          Case{"modem = 'no_antenna'", "未检测到天线", "modem"}}) {
        INFO(change);
        MachineRig rig;
        rig.until_idle();
        rig.set(change);
        const auto attempts = rig.all(Kind::terminal_connecting).size();
        rig.chip_sale();
        CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "failed");
        CHECK(rig.last(Kind::terminal_outcome).text("reason") == "connect_failed");
        CHECK(rig.last(Kind::terminal_outcome).text("text") == text);
        CHECK(rig.faults(part) == 1);
        CHECK(rig.all(Kind::terminal_connecting).size() == attempts);
        CHECK(rig.all(Kind::terminal_journal).empty());
        rig.set("sim = 'present'\nmodem = 'registered'");
        rig.chip_sale();
        CHECK(rig.book() == 1234);
    }
}

TEST_CASE("a terminal that searches its network waits for it as long as for a connection") {
    MachineRig rig;
    rig.start_sale();
    rig.set("modem = 'searching'");
    rig.reader.insert();
    REQUIRE(rig.until(Kind::terminal_display,
                      [](const auto& event) { return event.text("text") == "正在查找网络"; }));
    rig.run_for(9s);
    CHECK(rig.all(Kind::terminal_outcome).empty());
    rig.set("modem = 'registered'");
    REQUIRE(rig.until_prompt("remove_card"));
    CHECK(rig.book() == 1234);
    CHECK(rig.faults("modem") == 0);
}

TEST_CASE("a dead card reader is named, the other one is offered and works") {
    MachineRig rig;
    rig.until_idle();
    rig.set("reader = { stripe = 'dead' }");
    rig.start_sale();
    CHECK(rig.last(Kind::terminal_display).text("text").find("磁条读卡器故障\n请插卡") == 0);
    CHECK(rig.faults("reader") == 1);
    rig.reader.swipe(good_track);
    rig.run_for(5s);
    CHECK(rig.all(Kind::terminal_stripe).empty());
    rig.reader.insert();
    REQUIRE(rig.until_prompt("remove_card"));
    rig.reader.remove();
    rig.until_idle();
    CHECK(rig.book() == 1234);

    rig.set("reader = { stripe = 'fine', chip = 'dead' }");
    rig.start_sale();
    CHECK(rig.last(Kind::terminal_display).text("text").find("芯片读卡器故障\n请刷卡") == 0);
    rig.reader.insert();
    rig.run_for(5s);
    CHECK(rig.count(Kind::terminal_state, "state", "reading") == 1);
    rig.reader.remove();
    rig.reader.swipe(good_track);
    REQUIRE(rig.until_prompt("pin"));
    rig.press("confirm");
    rig.until_idle();
    CHECK(rig.book() == 2 * 1234);
}

TEST_CASE("behind a dead chip reader the stripe of a chip card is a fallback, and told as one") {
    MachineRig rig;
    rig.until_idle();
    rig.set("reader = { chip = 'dead' }");
    rig.start_sale();
    rig.reader.swipe(chip_track);
    REQUIRE(rig.until_prompt("pin"));
    rig.press("confirm");
    rig.until_idle();
    CHECK(rig.last(Kind::terminal_outcome).text("entry") == "fallback");
    CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "approved");
}

TEST_CASE("a chip reader that dies within a transaction ends it like a mute card") {
    MachineRig rig;
    rig.start_sale();
    rig.reader.insert();
    REQUIRE(rig.until(Kind::terminal_request, [](const auto& event) { return event.text("mti") == "0200"; }));
    rig.set("reader = { chip = 'dead' }");
    rig.until_idle();
    CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "failed");
    CHECK(rig.reversal_pending());
    rig.machine.choose(terminal::Function::sign_in);
    rig.until_idle();
    CHECK(rig.host.book() == 0);
    CHECK(rig.book() == 0);
}

TEST_CASE("with both card readers dead no sale is begun") {
    MachineRig rig;
    rig.until_idle();
    rig.set("reader = { chip = 'dead', stripe = 'dead' }");
    CHECK(rig.refuses_sale("device", "读卡器故障"));
    CHECK(rig.faults("reader") == 1);
}

TEST_CASE("blames-wrong-reader sends the cardholder to the dead reader") {
    MachineRig rig("defects = ['blames-wrong-reader']");
    rig.until_idle();
    rig.set("reader = { stripe = 'dead' }");
    rig.start_sale();
    CHECK(rig.shown("芯片读卡器故障"));
    CHECK_FALSE(rig.shown("磁条读卡器故障"));
}

TEST_CASE("a stuck key ends what is asked and counts for nothing until it is free") {
    for (const std::string_view key : {"1", "confirm", "sale", "clear", "cancel"}) {
        INFO(key);
        MachineRig rig;
        rig.start_sale();
        rig.set("stuck_key = '" + std::string(key) + "'");
        REQUIRE(rig.until(Kind::terminal_outcome, [](const auto&) { return true; }));
        CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "cancelled");
        rig.run_for(5min);
        CHECK(rig.faults("keypad") >= 1);
        CHECK(rig.all(Kind::terminal_outcome).size() <= 2);
        CHECK(rig.host.count("0200") == 0);
        if (key != "sale") CHECK(rig.refuses_sale("device", "按键故障"));
        rig.set("stuck_key = 'none'");
        rig.run_for(2s);
        rig.chip_sale();
        CHECK(rig.book() == 1234);
        CHECK(rig.host.count("0200") == 1);
    }
}

TEST_CASE("a key that sticks while the host is asked changes nothing of the sale") {
    MachineRig rig;
    rig.start_sale();
    rig.reader.insert();
    REQUIRE(rig.until(Kind::terminal_request, [](const auto& event) { return event.text("mti") == "0200"; }));
    rig.set("stuck_key = 'confirm'");
    REQUIRE(rig.until_prompt("remove_card"));
    rig.reader.remove();
    rig.run_for(5min);
    CHECK(rig.book() == 1234);
    CHECK(rig.host.count("0200") == 1);
}

TEST_CASE("quick fingers are no stuck key: a digit typed eight times") {
    MachineRig rig;
    rig.start_sale("11111111");
    CHECK(rig.faults("keypad") == 0);
    rig.reader.insert();
    REQUIRE(rig.until_prompt("remove_card"));
    CHECK(rig.book() == 11'111'111);
}

TEST_CASE("stuck-key-sells-twice charges once more for the repeats of confirm") {
    MachineRig rig("defects = ['stuck-key-sells-twice']");
    rig.start_sale();
    rig.set("stuck_key = 'confirm'");
    rig.reader.swipe(good_track);
    rig.run_for(2min);
    CHECK(rig.host.count("0200") == 2);
}

TEST_CASE("a dead display shows nothing, and the terminal goes on") {
    MachineRig rig;
    rig.until_idle();
    rig.set("display = 'dead'");
    const auto displays = rig.all(Kind::terminal_display).size();
    rig.chip_sale();
    CHECK(rig.all(Kind::terminal_display).size() == displays);
    CHECK(rig.book() == 1234);
    rig.set("display = 'fine'");
    rig.chip_sale();
    CHECK(rig.all(Kind::terminal_display).size() > displays);
}

TEST_CASE("without room for a record no sale is begun; one that was begun has its room") {
    MachineRig rig;
    rig.until_idle();
    rig.set("storage = 'full'");
    CHECK(rig.refuses_sale("storage", "存储空间已满"));
    CHECK(rig.faults("storage") == 1);
    CHECK(rig.host.count("0200") == 0);
    rig.set("storage = 'fine'");
    rig.start_sale();
    rig.set("storage = 'full'");
    rig.reader.insert();
    REQUIRE(rig.until_prompt("remove_card"));
    CHECK(rig.book() == 1234);
}

TEST_CASE("each change is an event with part and value; what stays as it was is none") {
    MachineRig rig("condition = { printer = 'no_paper' }");
    rig.until_idle();
    CHECK(rig.all(Kind::terminal_condition).empty());
    rig.set("printer = 'no_paper'\nbattery = 7\nreader = { stripe = 'dead' }");
    const auto changes = rig.all(Kind::terminal_condition);
    REQUIRE(changes.size() == 2);
    CHECK(changes[0]->text("what") == "battery");
    CHECK(changes[0]->text("value") == "7");
    CHECK(changes[1]->text("what") == "stripe_reader");
    CHECK(changes[1]->text("value") == "dead");
}

TEST_CASE("a condition that does not exist is refused where it stands, with the nearest") {
    const auto refusal = [](std::string_view change) {
        try {
            read_condition(config::load_text(change, "c.toml"));
        } catch (const config::ConfigError& error) {
            return std::string(error.what());
        }
        return std::string("taken");
    };
    CHECK(refusal("batery = 4").find("did you mean 'battery'") != std::string::npos);
    CHECK(refusal("printer = 'no-paper'").find("did you mean 'no_paper'") != std::string::npos);
    CHECK(refusal("battery = 101").find("c.toml:1") == 0);
    CHECK(refusal("reader = { chip = 'broken' }").find("chip") != std::string::npos);
    CHECK(refusal("reader = { chips = 'dead' }").find("did you mean 'chip'") != std::string::npos);
    CHECK(refusal("temperature = -41") != "taken");
    CHECK(refusal("tamper = true") == "taken");
}

TEST_CASE("every part of a condition can be changed, and its value is a word the trace knows") {
    const auto changed = describe(read_condition(config::load_text(
        "battery = 1\nmains = true\ntemperature = 99\nsim = 'locked'\nmodem = 'no_antenna'\nprinter = "
        "'motor_fault'\n"
        "reader = { chip = 'dead', stripe = 'dead', contactless = 'dead' }\nstuck_key = 'menu'\n"
        "display = 'dead'\napplication = 'stopped'\ntamper = true\nstorage = 'full'",
        "all")));
    const auto sound = describe(Condition{});
    const auto& parts = trace::find_field(Kind::terminal_condition, "what")->words;
    REQUIRE(changed.size() == parts.size());
    for (std::size_t i = 0; i < changed.size(); ++i) {
        CHECK(changed[i].first == parts[i]);
        CHECK(changed[i].second != sound[i].second);
    }
}

TEST_CASE("the emulated terminal names the part that it does not have") {
    const std::vector<std::string> verbs{"terminal.condition"};
    CHECK(lacks(config::load_text("condition = { reader = { chip = 'dead' } }", "settings"), verbs).empty());
    CHECK(lacks(config::load_text("condition = { reader = { contactless = 'dead' } }", "settings"), verbs) ==
          std::vector<std::string>{"a contactless reader"});
    CHECK(
        lacks(config::load_text(
                  "contactless_reader = true\ncondition = { reader = { contactless = 'dead' } }", "settings"),
              verbs)
            .empty());
}
