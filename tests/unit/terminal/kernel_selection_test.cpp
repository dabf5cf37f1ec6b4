// Application selection (EMV book 1 clauses 12.3 and 12.4).

#include "tests/support/catch.hpp"
#include "tests/unit/terminal/kernel_rig.hpp"

using namespace posbench;
using namespace posbench::terminal;
using namespace posbench::terminal::testing;

namespace {

constexpr std::string_view chooses = "cardholder_selection = true";

std::string selected(KernelRig& rig) {
    rig.run();
    return rig.object(0x84);
}

}  // namespace

TEST_CASE("without the cardholder's choice the highest priority is taken, and none that is to be confirmed") {
    KernelRig rig("multi-application");
    CHECK(selected(rig) == "A000000333010101");
    CHECK(rig.prompts("confirm") == 0);

    KernelRig confirmed("multi-application", "application.debit.fci = { '87' = '81' }");
    CHECK(selected(confirmed) == "A000000333010102");

    KernelRig alone("unionpay-credit", "application.credit.fci = { '87' = '81' }");
    CHECK(reason(alone.run()) == "no_aid");

    KernelRig last("multi-application", "application.debit.priority = 9");
    CHECK(selected(last) == "A000000333010102");
}

TEST_CASE("the cardholder chooses among several applications, listed by priority") {
    KernelRig rig("multi-application", {}, chooses);
    rig.choices = {"3"};
    rig.pins = {""};
    CHECK(selected(rig) == "A0000000031010");
    CHECK(rig.prompts("confirm") == 1);
    CHECK(rig.shown("请选择应用\n1 UnionPay Debit\n2 UnionPay Credit\n3 VISA CREDIT"));

    KernelRig first("multi-application", {}, chooses);
    first.choices = {"confirm"};
    CHECK(selected(first) == "A000000333010101");
    KernelRig cancelled("multi-application", {}, chooses);
    cancelled.choices = {"cancel"};
    CHECK(reason(cancelled.run()) == "cancelled");
    KernelRig nobody("multi-application", {}, chooses);
    CHECK(reason(nobody.run()) == "no_input");
    KernelRig beyond("multi-application", {}, chooses);
    beyond.choices = {"4"};
    CHECK(reason(beyond.run()) == "no_input");
}

TEST_CASE("one application is confirmed only when the card asks for it") {
    KernelRig plain("unionpay-credit", {}, chooses);
    CHECK(selected(plain) == "A000000333010102");
    CHECK(plain.prompts("confirm") == 0);

    KernelRig rig("unionpay-credit", "application.credit.fci = { '87' = '81' }", chooses);
    rig.choices = {"confirm"};
    CHECK(selected(rig) == "A000000333010102");
    CHECK(rig.shown("请确认应用\n1 UnionPay Credit"));
}

TEST_CASE(
    "an application chosen that cannot be selected is taken off the list, and the choice is put again") {
    KernelRig rig("multi-application", "application.credit.blocked = true", chooses);
    rig.choices = {"2", "1"};
    rig.pins = {""};
    CHECK(selected(rig) == "A000000333010101");
    CHECK(rig.prompts("confirm") == 2);
    CHECK(rig.shown("请选择应用\n1 UnionPay Debit\n2 VISA CREDIT"));

    // The same where GET PROCESSING OPTIONS says 6985.
    KernelRig refused("multi-application",
                      "fault = [{ on = 'GET PROCESSING OPTIONS', do = 'status', sw = '6985' }]", chooses);
    refused.choices = {"1", "1"};
    CHECK(selected(refused) == "A000000333010102");
}

TEST_CASE("the preferred name is shown in the card's code table and language") {
    KernelRig chinese("unionpay-chinese-name", "application.debit.fci = { '87' = '81' }", chooses);
    chinese.choices = {"confirm"};
    chinese.run();
    CHECK(chinese.shown("请确认应用\n1 银联人民币卡"));

    KernelRig english(
        "unionpay-credit",
        "directory = false\napplication.credit.languages = 'en'\napplication.credit.fci = { '87' = '81' }",
        chooses);
    english.choices = {"confirm"};
    english.run();
    CHECK(english.shown("CONFIRM APPLICATION\n1 UnionPay Credit"));
}

TEST_CASE("a card without a directory, or with one that cannot be read, is asked for each AID") {
    KernelRig none("multi-application", "directory = false");
    CHECK(selected(none) == "A000000333010101");
    for (const std::string_view fault : {"fault = [{ on = 'READ RECORD', do = 'status', sw = '6A81' }]",
                                         "fault = [{ on = 'READ RECORD', do = 'truncate', length = 7 }]",
                                         "fault = [{ on = 'SELECT', do = 'status', sw = '6283' }]"}) {
        INFO(fault);
        KernelRig rig("multi-application", fault);
        CHECK(selected(rig) == "A000000333010101");
        CHECK(rig.count_commands("SELECT") > 3);
    }
    // 6A81 to the first SELECT: the card is blocked.
    KernelRig blocked("unionpay-credit", "blocked = true");
    CHECK(reason(blocked.run()) == "card_blocked");
}

TEST_CASE("partial names: every occurrence, and with an exact name only that one") {
    constexpr std::string_view two = R"(
        directory = false
        [application.second]
        aid = "A00000033301010201"
        label = "SECOND"
        issuer_key = "9E15204313F7318ACB79B90BD986AD29"
        priority = 2
    )";
    KernelRig rig("unionpay-credit", two,
                  "cardholder_selection = true\n[[application]]\naid = 'A0000003330101'\n");
    rig.choices = {"2"};
    CHECK(selected(rig) == "A00000033301010201");
    CHECK(rig.shown("1 UnionPay Credit\n2 SECOND"));

    KernelRig exact(
        "unionpay-credit", two,
        "cardholder_selection = true\n[[application]]\naid = 'A00000033301010201'\npartial = false\n");
    CHECK(selected(exact) == "A00000033301010201");
    KernelRig other("unionpay-credit", two, "[[application]]\naid = 'A0000003330101'\npartial = false\n");
    CHECK(reason(other.run()) == "no_aid");
}

TEST_CASE("a blocked application is no candidate; a terminal that ignores it goes on to its AAC") {
    KernelRig rig("unionpay-application-blocked");
    CHECK(reason(rig.run()) == "no_aid");
    CHECK(rig.count_commands("GENERATE AC") == 0);
    KernelRig careless("unionpay-application-blocked", {}, "defects = ['ignores-blocked-application']");
    CHECK(reason(careless.run()) == "offline_decline");
    CHECK(careless.count_commands("GENERATE AC") == 1);
}
