#include "tests/support/catch.hpp"
#include "tests/support/program.hpp"

using namespace posbench::tests;

namespace {

struct Caught {
    std::string defect;
    std::string by;  ///< a case, or a glob of cases
};

int exit_code_of(const std::string& cases, const std::string& defects) {
    return run_posbench({"run", "--only", cases, "--set", "terminal.defects=" + defects, "--no-report", "-q"})
        .exit_code;
}

}  // namespace

TEST_CASE(
    "the scenario that drivers/terminal/README.md names for a defect fails with it and passes without") {
    const auto [defect, by] = GENERATE(
        values<Caught>({{"forgets-reversal", "network.cut-after-authorisation"},
                        {"reversal-new-stan", "network.cut-after-authorisation"},
                        {"reversal-lost-at-power-off", "terminal.power-lost-after-sending"},
                        {"reversal-after-sending", "network.cut-after-authorisation"},
                        {"ignores-expiry", "card.expired-chip"},
                        {"ignores-expiry", "card.expired-stripe"},
                        {"ignores-lrc", "card.bad-stripe*lrc*"},
                        {"swipes-chip-cards", "card.chip-card-swiped"},
                        {"approves-91", "host.maintenance-codes*91*"},
                        {"repeats-sale-after-printer-fault", "terminal.printer-fails-before-receipt*"},
                        {"sells-on-low-battery", "terminal.battery-low"},
                        {"ignores-tamper", "terminal.tampered"},
                        {"no-watchdog", "terminal.application-hangs*"},
                        {"stuck-key-sells-twice", "terminal.stuck-key*confirm*"},
                        {"blames-wrong-reader", "terminal.chip-reader-dead"},
                        {"blames-wrong-reader", "terminal.stripe-reader-dead"}}));
    INFO(defect << ", " << by);
    CHECK(exit_code_of(by, "[]") == 0);
    CHECK(exit_code_of(by, "[\"" + defect + "\"]") == 1);
}
