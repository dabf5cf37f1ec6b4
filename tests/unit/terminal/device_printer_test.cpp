#include "tests/support/catch.hpp"
#include "tests/unit/terminal/device_rig.hpp"

using namespace posbench;
using namespace posbench::terminal::testing;
using trace::Kind;

namespace {

struct Trouble {
    std::string_view state, text;
};
constexpr Trouble troubles[]{{"no_paper", "打印机缺纸"},
                             {"cover_open", "打印机盖未合"},
                             {"overheated", "打印头过热"},
                             {"motor_fault", "打印机故障"}};

std::string printer(std::string_view state) {
    return "printer = '" + std::string(state) + "'";
}

std::vector<std::string_view> copies(const Scene& rig) {
    std::vector<std::string_view> copies;
    for (const trace::Event* printed : rig.all(Kind::terminal_printed))
        copies.push_back(printed->text("copy"));
    return copies;
}

bool marked_again(const trace::Event& printed) {
    return printed.text("text").find("重打印") != std::string_view::npos;
}

}  // namespace

TEST_CASE("a printer that is unfit before a sale: nothing is sent, and the text says what is wrong") {
    for (const Trouble& trouble : troubles) {
        INFO(trouble.state);
        MachineRig rig;
        rig.until_idle();
        rig.set(printer(trouble.state));
        CHECK(rig.refuses_sale("device", trouble.text));
        CHECK(rig.faults("printer") == 1);
        CHECK(rig.host.count("0200") == 0);
        rig.set(printer("fine"));
        rig.chip_sale();
        CHECK(rig.book() == 1234);
    }
}

TEST_CASE("a printer that fails before the receipt: the sale stands and the receipt is offered again") {
    for (const Trouble& trouble : troubles) {
        INFO(trouble.state);
        MachineRig rig;
        rig.approve_chip_sale();
        rig.set(printer(trouble.state));
        REQUIRE(rig.until_prompt("reprint"));
        CHECK(rig.shown(trouble.text));
        CHECK(rig.all(Kind::terminal_printed).empty());
        rig.set(printer("fine"));
        rig.press("confirm");
        REQUIRE(rig.until_prompt("remove_card"));
        rig.reader.remove();
        rig.until_idle();
        REQUIRE(copies(rig) == std::vector<std::string_view>{"merchant", "cardholder"});
        CHECK(marked_again(*rig.all(Kind::terminal_printed)[0]));
        CHECK_FALSE(marked_again(*rig.all(Kind::terminal_printed)[1]));
        CHECK(rig.host.count("0200") == 1);
        CHECK(rig.host.book() == rig.book());
    }
}

TEST_CASE("a printer that fails in the middle of a copy: that copy is printed once more, and no other") {
    MachineRig rig;
    rig.approve_chip_sale();
    REQUIRE(rig.until(Kind::terminal_printed, [](const auto&) { return true; }));
    rig.run_for(600ms);
    rig.set(printer("no_paper"));
    REQUIRE(rig.until_prompt("reprint"));
    CHECK(copies(rig) == std::vector<std::string_view>{"merchant"});
    rig.press("confirm");  // the paper is not in yet
    CHECK(rig.count(Kind::terminal_prompt, "what", "reprint") == 2);
    rig.set(printer("fine"));
    rig.press("confirm");
    REQUIRE(rig.until_prompt("remove_card"));
    CHECK(copies(rig) == std::vector<std::string_view>{"merchant", "cardholder"});
    CHECK(marked_again(rig.last(Kind::terminal_printed)));
    CHECK(rig.faults("printer") == 2);
}

TEST_CASE(
    "a receipt that the operator leaves is kept, over a power cycle too, and comes before the next sale") {
    for (const bool power_cycle : {false, true}) {
        MachineRig rig;
        rig.approve_chip_sale();
        rig.set(printer("motor_fault"));
        REQUIRE(rig.until_prompt("reprint"));
        rig.reader.remove();
        if (power_cycle) {
            rig.machine.supply_off();
            rig.machine.supply_on();
            REQUIRE(rig.until_prompt("reprint"));
        }
        rig.press("cancel");
        rig.until_idle();
        CHECK(rig.refuses_sale("device", "打印机故障"));
        CHECK(rig.all(Kind::terminal_printed).empty());
        rig.set(printer("fine"));
        rig.chip_sale();
        CHECK(rig.all(Kind::terminal_printed).size() == 4);
        CHECK(rig.book() == 2 * 1234);
        CHECK(rig.host.book() == rig.book());
    }
}

TEST_CASE("nobody at the printer: after the operator's time the terminal is idle, the receipt still owed") {
    MachineRig rig("operator_wait = '20s'");
    rig.approve_chip_sale();
    rig.set(printer("cover_open"));
    REQUIRE(rig.until_prompt("reprint"));
    rig.reader.remove();
    rig.until_idle();
    rig.set(printer("fine"));
    rig.chip_sale();
    CHECK(rig.all(Kind::terminal_printed).size() == 4);
}

TEST_CASE("a settlement report that the printer refuses is owed, and comes before the next transaction") {
    MachineRig rig;
    rig.chip_sale();
    rig.set("printer = 'no_paper'\nstorage = 'full'");
    rig.start(terminal::Function::settlement, {});
    REQUIRE(rig.until_prompt("reprint"));
    CHECK(rig.last(Kind::terminal_settlement).text("outcome") == "agreed");
    rig.press("cancel");
    rig.until_idle();
    CHECK(rig.count(Kind::terminal_printed, "copy", "report") == 0);
    rig.set("printer = 'fine'\nstorage = 'fine'");
    rig.chip_sale();
    CHECK(copies(rig) ==
          std::vector<std::string_view>{"merchant", "cardholder", "report", "merchant", "cardholder"});
}

TEST_CASE("a reprint that the printer refuses ends as failed when the operator leaves it") {
    MachineRig rig;
    rig.chip_sale();
    rig.set(printer("cover_open"));
    rig.start(terminal::Function::reprint, {});
    REQUIRE(rig.until_prompt("reprint"));
    rig.press("cancel");
    rig.until_idle();
    const trace::Event& outcome = rig.last(Kind::terminal_outcome);
    CHECK(outcome.text("transaction") == "reprint");
    CHECK(outcome.text("outcome") == "failed");
    CHECK(outcome.text("reason") == "device");
    CHECK(outcome.text("text") == "打印机盖未合");
    CHECK(copies(rig).size() == 2);
}

TEST_CASE("repeats-sale-after-printer-fault charges twice for one receipt that was torn") {
    for (const bool defect : {false, true}) {
        MachineRig rig(defect ? "defects = ['repeats-sale-after-printer-fault']" : "");
        rig.approve_chip_sale();
        rig.set(printer("no_paper"));
        rig.reader.remove();
        rig.run_for(30s);
        CHECK(rig.host.count("0200") == (defect ? 2 : 1));
    }
}
