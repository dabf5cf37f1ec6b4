#include "tests/support/catch.hpp"
#include "tests/unit/terminal/device_rig.hpp"

using namespace posbench;
using namespace posbench::terminal::testing;
using trace::Kind;

namespace {

void request_sent(MachineRig& rig) {
    rig.start_sale();
    rig.reader.insert();
    REQUIRE(rig.until(Kind::terminal_request, [](const auto& event) { return event.text("mti") == "0200"; }));
}

}  // namespace

TEST_CASE("a low battery begins no sale; on external power it does") {
    MachineRig rig;
    rig.until_idle();
    rig.set("battery = 9");
    CHECK(rig.refuses_sale("device", "电量低,请充电"));
    CHECK(rig.faults("battery") >= 1);
    CHECK(rig.host.count("0200") == 0);
    rig.set("mains = true");
    rig.chip_sale();
    CHECK(rig.book() == 1234);
    rig.set("mains = false\nbattery = 10");
    rig.chip_sale();
    CHECK(rig.book() == 2 * 1234);
}

TEST_CASE("a sale that was begun goes on at a low battery") {
    MachineRig rig;
    rig.start_sale();
    rig.set("battery = 5");
    rig.reader.insert();
    REQUIRE(rig.until_prompt("remove_card"));
    CHECK(rig.book() == 1234);
}

TEST_CASE("a flat battery and too much heat are power cuts; afterwards the books agree") {
    struct Case {
        std::string_view off, on;
    };
    for (const auto& [off, on] :
         {Case{"battery = 2", "battery = 3"}, Case{"temperature = 75", "temperature = 30"}}) {
        INFO(off);
        MachineRig rig;
        request_sent(rig);
        rig.set(off);
        CHECK(rig.last(Kind::terminal_power).text("state") == "off");
        CHECK(rig.last(Kind::terminal_state).text("state") == "off");
        CHECK_FALSE(rig.machine.powered());
        const auto events = rig.trace.events().size();
        rig.reader.remove();
        rig.machine.press("sale");
        rig.run_for(60s);
        CHECK(rig.trace.events().size() == events);
        rig.set(on);
        CHECK(rig.last(Kind::terminal_power).text("state") == "on");
        rig.until_idle();
        CHECK(rig.host.count("0400") == 1);
        CHECK(rig.host.book() == 0);
        CHECK(rig.book() == 0);
        CHECK_FALSE(rig.reversal_pending());
    }
}

TEST_CASE("without its supply no battery or cooling starts the terminal") {
    MachineRig rig;
    rig.until_idle();
    rig.machine.supply_off();
    rig.set("temperature = 80");
    rig.set("temperature = 20");
    CHECK_FALSE(rig.machine.powered());
    rig.set("battery = 0");
    rig.machine.supply_on();
    CHECK_FALSE(rig.machine.powered());
    CHECK(rig.last(Kind::terminal_power).text("state") == "off");
}

TEST_CASE("a warm terminal warns at once and before each sale, and sells") {
    MachineRig rig;
    rig.until_idle();
    rig.set("temperature = 60");
    rig.run_for(1s);
    CHECK(rig.faults("thermal") == 1);
    CHECK(rig.last(Kind::terminal_display).text("text") == "温度过高");
    rig.chip_sale();
    CHECK(rig.book() == 1234);
    CHECK(rig.faults("thermal") >= 2);
}

TEST_CASE("sells-on-low-battery begins a sale that the battery may not last") {
    MachineRig rig("defects = ['sells-on-low-battery']");
    rig.until_idle();
    rig.set("battery = 4");
    rig.chip_sale();
    CHECK(rig.host.count("0200") == 1);
}

TEST_CASE("an application that is blocked or stopped at any step is restarted by the watchdog, books whole") {
    for (const std::string_view how : {"blocked", "stopped"}) {
        int stages = 0;
        for (std::uint64_t steps = 1; steps < 10'000; steps += 3) {
            MachineRig rig;
            rig.host.icc = "910A11223344556677883030";
            rig.start_sale();
            rig.reader.insert();
            if (!rig.run_steps(steps)) break;
            ++stages;
            INFO(how << " after " << steps << " steps");
            rig.set("application = '" + std::string(how) + "'");
            const runtime::TimePoint hung = rig.clock.now();
            rig.reader.remove();
            REQUIRE(rig.until(Kind::terminal_fault,
                              [](const auto& event) { return event.text("what") == "application"; }));
            CHECK(rig.clock.now() - hung == 30s);
            CHECK(rig.last(Kind::terminal_fault).text("detail") == how);
            rig.until_idle();
            CHECK(rig.host.book() == rig.book());
            CHECK_FALSE(rig.reversal_pending());
        }
        CHECK(stages > 15);
    }
}

TEST_CASE("an idle terminal that is blocked is not at rest and takes no key until the watchdog has run out") {
    MachineRig rig;
    rig.until_idle();
    rig.set("application = 'blocked'");
    CHECK_FALSE(rig.machine.idle());
    rig.machine.press("sale");
    rig.run_for(29s);
    CHECK_FALSE(rig.machine.idle());
    CHECK(rig.count(Kind::terminal_prompt, "what", "amount") == 0);
    rig.until_idle();
    rig.chip_sale();
    CHECK(rig.book() == 1234);
}

TEST_CASE("no-watchdog: a blocked or stopped application stays so until the power is switched") {
    for (const std::string_view how : {"blocked", "stopped"}) {
        MachineRig rig("defects = ['no-watchdog']");
        request_sent(rig);
        rig.set("application = '" + std::string(how) + "'");
        rig.reader.remove();
        rig.run_for(10min);
        CHECK(rig.faults("application") == 0);
        CHECK_FALSE(rig.machine.idle());
        rig.machine.supply_off();
        rig.machine.supply_on();
        rig.until_idle();
        CHECK(rig.host.book() == rig.book());
    }
}

TEST_CASE("an application that crashed is restarted by the watchdog, and pays its debts (T10)") {
    for (const bool watched : {true, false}) {
        MachineRig rig(watched ? "defects = ['crashes-on-empty-field']"
                               : "defects = ['crashes-on-empty-field', 'no-watchdog']");
        rig.host.change = [](iso8583::Message& reply) {
            if (reply.mti() == "0210") reply.set(44, std::string());
        };
        rig.start_sale();
        rig.reader.insert();
        REQUIRE(rig.until(Kind::terminal_state,
                          [](const auto& event) { return event.text("state") == "crashed"; }));
        const runtime::TimePoint crashed = rig.clock.now();
        rig.reader.remove();
        CHECK_FALSE(rig.machine.idle());
        if (!watched) {
            rig.run_for(10min);
            CHECK(rig.faults("application") == 0);
            CHECK_FALSE(rig.machine.idle());
            continue;
        }
        REQUIRE(rig.until(Kind::terminal_fault,
                          [](const auto& event) { return event.text("what") == "application"; }));
        CHECK(rig.clock.now() - crashed < 31s);
        CHECK(rig.clock.now() - crashed >= 30s);
        CHECK(rig.last(Kind::terminal_fault).text("detail") == "crashed");
        rig.until_idle();
        CHECK_FALSE(rig.reversal_pending());
        CHECK(rig.host.book() == 0);
        rig.set("application = 'blocked'");  // the next one is told by its own name
        REQUIRE(rig.until(Kind::terminal_fault,
                          [](const auto& event) { return event.text("what") == "application"; }));
        CHECK(rig.last(Kind::terminal_fault).text("detail") == "blocked");
    }
}

TEST_CASE(
    "an opened case erases the keys and locks the terminal; after service it signs in and pays its debts") {
    MachineRig rig;
    request_sent(rig);
    REQUIRE(as_text(*rig.flash.read("state")).find("keys=\n") == std::string_view::npos);
    rig.set("tamper = true");
    CHECK(as_text(*rig.flash.read("state")).find("keys=\n") != std::string_view::npos);
    rig.reader.remove();
    const auto requests = rig.host.requests.size();
    rig.until_idle();
    CHECK(rig.last(Kind::terminal_state).text("state") == "locked");
    CHECK(rig.last(Kind::terminal_display).text("text") == "终端已被触发\n请联系厂家");
    CHECK(rig.refuses_sale("locked", "终端已被触发"));
    rig.machine.choose(terminal::Function::sign_in);
    rig.until_idle();
    CHECK(rig.last(Kind::terminal_sign_in).text("outcome") == "failed");
    rig.machine.supply_off();
    rig.machine.supply_on();
    CHECK(rig.refuses_sale("locked", "终端已被触发"));
    CHECK(rig.host.requests.size() == requests);

    rig.set("tamper = false");
    rig.until_idle();
    CHECK(rig.host.count("0400") == 1);
    CHECK(rig.host.book() == rig.book());
    rig.chip_sale();
    CHECK(rig.book() == 1234);
}

TEST_CASE("the keys go without power too") {
    MachineRig rig;
    rig.until_idle();
    rig.machine.supply_off();
    rig.set("tamper = true");
    CHECK(as_text(*rig.flash.read("state")).find("keys=\n") != std::string_view::npos);
}

TEST_CASE("keys that are still there when a machine begins with an opened case go at once") {
    MachineRig rig;
    rig.until_idle();
    rig.machine.supply_off();
    const terminal::Machine next(
        {rig.clock, rig.trace, &rig.reader, rig.host, {"10.0.0.2", 40001}, rig.flash, runtime::Random(1)},
        settings("condition = { tamper = true }"));
    CHECK(as_text(*rig.flash.read("state")).find("keys=\n") != std::string_view::npos);
}

TEST_CASE("ignores-tamper sells on with the keys it had") {
    MachineRig rig("defects = ['ignores-tamper']");
    rig.until_idle();
    rig.set("tamper = true");
    rig.chip_sale();
    CHECK(rig.host.count("0200") == 1);
    CHECK(rig.host.count("0800") == 1);
}
