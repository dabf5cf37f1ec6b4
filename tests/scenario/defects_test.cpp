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
                        {"voids-reversed-sale", "operator.void-reversed-sale"},
                        {"reversal-after-next-sale", "operator.sale-again-after-failure"},
                        {"abandons-reversal-at-once", "operator.sale-again-after-failure"},
                        {"retries-sale", "operator.sale-again-after-failure"},
                        {"reversal-with-pin", "operator.sale-again-after-failure"},
                        {"double-key-two-sales", "operator.confirm-twice"},
                        {"approves-unknown-code", "host.unknown-code"},
                        {"late-reply-approves", "host.late-reply"},
                        {"keeps-keys-when-told-to-renew", "host.sign-in-wanted*77*"},
                        {"accepts-zero-amount", "terminal.amount-zero"},
                        {"sells-with-full-journal", "terminal.journal-full"},
                        {"receipt-amount-differs", "terminal.receipt"},
                        {"clear-pan-on-receipt", "terminal.receipt"},
                        {"reverses-inquiries", "terminal.inquiry-without-reply"},
                        {"connects-for-ever", "network.connection-refused"},
                        {"reuses-stan", "operator.void-sale"},
                        {"skips-offline-authentication", "card.bad-signature*"},
                        {"accepts-bad-signature", "card.bad-signature*"},
                        {"ignores-scripts", "card.script-changes-pin*"},
                        {"ignores-blocked-application", "card.blocked-chip*application*"},
                        {"ignores-pin-tries", "card.offline-pin-wrong"},
                        {"tvr-bit-missing", "card.expired-chip"},
                        {"crashes-on-truncated-tlv", "card.corrupt-chip*tlv*"},
                        {"hangs-on-mute-card", "card.mute-chip"},
                        {"fallback-unflagged", "card.mute-chip"},
                        {"ignores-removal", "card.pulled-after-approval"},
                        {"ignores-parity", "card.bad-stripe*parity*"},
                        {"expiry-by-day", "card.stripe-last-month"},
                        {"repeats-sale-after-printer-fault", "terminal.printer-fails-before-receipt*"},
                        {"sells-on-low-battery", "terminal.battery-low"},
                        {"ignores-tamper", "terminal.tampered"},
                        {"no-watchdog", "terminal.application-hangs*"},
                        {"stuck-key-sells-twice", "terminal.stuck-key*confirm*"},
                        {"blames-wrong-reader", "terminal.chip-reader-dead"},
                        {"blames-wrong-reader", "terminal.stripe-reader-dead"},
                        {"takes-unchecked-key", "host.authority-key-check"},
                        {"applies-half-download", "host.authority-keys-cut-short*#1*"},
                        {"accepts-expired-certificate", "host.certificate-expires"},
                        {"accepts-any-host-name", "network.intercepted*#1*"},
                        {"accepts-any-certificate", "network.intercepted*#2*"},
                        {"ignores-contactless-limit", "card.tap-above-limit"},
                        {"second-tap-pays-again", "card.tap-left-early"},
                        {"approves-declined-tap", "card.tap-declined"},
                        {"takes-pending-as-paid", "host.code-closed*never*"},
                        {"sends-code-twice", "host.code-lost-answer"},
                        {"forgets-order-at-power-cut", "host.code-power-cut"},
                        {"leaves-order-open", "host.code-closed*90s*"},
                        {"shows-old-code", "host.code-present"},
                        {"reply-mac-unchecked", "host.reply-mac-wrong*=wrong_mac*"},
                        {"reply-stan-unchecked", "host.reply-of-other-stan"},
                        {"reply-amount-unchecked", "host.reply-of-other-amount"},
                        {"reply-tid-unchecked", "host.reply-of-other-terminal"},
                        {"reply-mti-unchecked", "host.reply-of-other-type"},
                        {"reply-processing-code-unchecked", "host.reply-of-other-processing-code"},
                        {"never-sets-clock", "terminal.clock-wrong*2028-01*"},
                        {"prints-full-amount-on-partial", "host.partial-approval"},
                        {"acts-on-half-message", "network.cut-inside-reply*#1*"},
                        {"clear-track", "host.sign-in-track-key*sale*"}}));
    INFO(defect << ", " << by);
    CHECK(exit_code_of(by, "[]") == 0);
    CHECK(exit_code_of(by, "[\"" + defect + "\"]") == 1);
}
