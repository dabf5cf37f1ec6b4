// What is told to the host later: when it goes, what a refusal means, which batch it is of, refunds without
// an answer; and what the terminal does when its working keys go between two exchanges.

#include "tests/support/catch.hpp"
#include "tests/unit/terminal/emulated_rig.hpp"

using namespace posbench;
using namespace posbench::terminal::testing;
using terminal::Function;
using trace::Kind;

namespace {

void swipe_for(Rig& rig, Function function,
               std::initializer_list<std::pair<std::string_view, std::string_view>> answers) {
    rig.start(function, answers);
    if (rig.until_prompt_or_idle("card")) rig.reader.swipe(good_track);
    rig.until_idle();
}

std::string offline_sale(Rig& rig) {
    swipe_for(rig, Function::offline_sale, {{"amount", "2000"}, {"auth_code", "654321"}});
    return std::string(rig.last(Kind::terminal_outcome).text("stan"));
}

void refund(Rig& rig, std::string_view minor = "1000") {
    swipe_for(rig, Function::refund, {{"reference", "061500000001"}, {"date", "0615"}, {"amount", minor}});
}

/// Of the same sale, where the terminal does not come to ask for the amount.
void refund_in_vain(Rig& rig) {
    rig.start(Function::refund, {{"reference", "061500000001"}, {"date", "0615"}});
    rig.until_idle();
}

void choose(Rig& rig, Function function) {
    rig.until_idle();
    rig.application->choose(function);
    rig.until_idle();
}

std::string outcome(const Rig& rig) {
    const trace::Event& event = rig.last(Kind::terminal_outcome);
    std::string text(event.text("transaction"));
    text += " " + std::string(event.text("outcome"));
    if (!event.text("reason").empty()) text += " " + std::string(event.text("reason"));
    return text;
}

int printed(const Rig& rig, std::string_view transaction) {
    return rig.count(Kind::terminal_printed, "transaction", transaction);
}

}  // namespace

// ---- working keys that go between two exchanges
// ------------------------------------------------------------

TEST_CASE("an advice answered 77, 99 or A0 costs the keys: the next sale signs in and is made (N06)") {
    for (const std::string code : {"77", "99", "A0"}) {
        INFO(code);
        Rig rig;
        rig.until_idle();
        offline_sale(rig);
        rig.host.advice_code = code;
        rig.stripe_sale();  // decided before the advice goes
        CHECK(outcome(rig) == "sale approved");
        rig.host.advice_code = "00";
        rig.stripe_sale();
        CHECK(outcome(rig) == "sale approved");
        CHECK(rig.host.count("0800") == 2);
        CHECK(rig.host.book() == 2000 + 2 * 1234);
    }
}

TEST_CASE("without keys a reversal waits for the next sign-in, and nothing is sent") {
    Rig rig("defects = ['reversal-after-next-sale']");
    rig.until_idle();
    rig.host.silent_to_sales = true;
    rig.stripe_sale();
    rig.host.silent_to_sales = false;
    rig.host.code = "77";
    rig.stripe_sale();
    CHECK(outcome(rig) == "sale declined host_code");
    CHECK(rig.reversal_pending());
    CHECK(rig.host.count("0400") == 0);
}

TEST_CASE("a second request of the same confirm key is not made without keys") {
    Rig rig("defects = ['double-key-two-sales']");
    rig.until_idle();
    rig.host.code = "77";
    rig.start_sale();
    rig.reader.swipe(good_track);
    REQUIRE(rig.until_prompt("pin"));
    rig.press("confirm confirm");
    rig.until_idle();
    CHECK(rig.host.count("0200") == 1);
    CHECK(rig.host.count("0800") == 1);
}

// ---- the batch an advice is of
// -----------------------------------------------------------------------------

TEST_CASE("an offline sale after a settlement signs in first and is of the next batch (H04)") {
    Rig rig;
    choose(rig, Function::settlement);
    rig.host.batch = "000008";
    offline_sale(rig);
    CHECK(outcome(rig) == "offline_sale approved");
    choose(rig, Function::settlement);
    CHECK(rig.host.last("0220").get(60).substr(2, 6) == "000008");
    CHECK(rig.last(Kind::terminal_settlement).text("outcome") == "agreed");
    CHECK(rig.last(Kind::terminal_settlement).integer("debits") == 1);
}

TEST_CASE("an offline sale needs a sign-in: without one it is not made") {
    Rig rig;
    choose(rig, Function::settlement);
    rig.host.way = ScriptedHost::Way::refused;
    offline_sale(rig);
    CHECK(outcome(rig) == "offline_sale failed refused");
    CHECK(printed(rig, "offline_sale") == 0);
}

TEST_CASE("an advice of a batch that the host has closed goes as one of the batch in force, under its STAN") {
    Rig rig;
    rig.until_idle();
    const std::string stan = offline_sale(rig);
    swipe_for(rig, Function::adjustment, {{"voucher", stan}, {"amount", "2500"}});
    rig.host.batch = "000008";  // cut over on its own
    choose(rig, Function::sign_in);
    std::vector<std::string> sent;
    for (const iso8583::Message& request : rig.host.requests)
        if (request.mti() == "0220")
            sent.push_back(std::string(request.get(11)) + " " + std::string(request.get(60).substr(2, 6)));
    const std::string adjusted(rig.host.last("0220").get(11));
    CHECK(sent == std::vector<std::string>{stan + " 000007", stan + " 000008", adjusted + " 000007",
                                           adjusted + " 000008"});
    CHECK(rig.host.last("0220").get(61) == "000008" + stan);
    choose(rig, Function::settlement);
    CHECK(rig.last(Kind::terminal_settlement).text("outcome") == "agreed");
    CHECK(rig.last(Kind::terminal_settlement).integer("debits") == 2);
}

// ---- when advices go, and what a refusal means
// -------------------------------------------------------------

TEST_CASE("advices go after the customer's sale, not before it") {
    Rig rig;
    rig.until_idle();
    offline_sale(rig);
    rig.host.silent_to_advices = true;
    const auto begun = rig.clock.now();
    rig.start_sale();
    rig.reader.swipe(good_track);
    REQUIRE(rig.until_prompt("pin"));
    rig.press("confirm");
    REQUIRE(rig.until(Kind::terminal_outcome, [](const trace::Event&) { return true; }));
    CHECK(rig.clock.now() - begun < 20s);
    CHECK(rig.host.count("0220") == 0);
    rig.until_idle();
    CHECK(rig.host.count("0220") == 1);
}

TEST_CASE("without a network a sale tries to connect as often as its profile says, and no advice is tried") {
    Rig rig;
    rig.until_idle();
    offline_sale(rig);
    const auto before = rig.all(Kind::terminal_connecting).size();
    rig.host.way = ScriptedHost::Way::refused;
    rig.stripe_sale();
    CHECK(rig.all(Kind::terminal_connecting).size() - before == 3);
}

TEST_CASE("a refusal that may pass leaves an advice due, and a settlement waits for it") {
    for (const std::string code : {"68", "90", "91", "92", "96", "98"}) {
        INFO(code);
        Rig rig;
        rig.until_idle();
        offline_sale(rig);
        rig.host.advice_code = code;
        choose(rig, Function::settlement);
        CHECK(outcome(rig) == "settlement failed host_code");
        CHECK(rig.host.count("0500") == 0);
        rig.host.advice_code = "00";
        choose(rig, Function::settlement);
        CHECK(rig.last(Kind::terminal_settlement).text("outcome") == "agreed");
        CHECK(rig.last(Kind::terminal_settlement).integer("debit_amount") == 2000);
    }
}

TEST_CASE("a refusal that lasts does not hold up the settlement; the report and nothing else tells of it") {
    for (const std::string code : {"30", "12", "14"}) {
        INFO(code);
        Rig rig;
        rig.stripe_sale();
        const std::string stan = offline_sale(rig);
        rig.host.advice_code = code;
        rig.host.settlement_answer = '2';
        choose(rig, Function::settlement);
        CHECK(rig.host.count("0220") == 1);
        CHECK(rig.last(Kind::terminal_settlement).text("outcome") == "differs");
        CHECK(rig.last(Kind::terminal_settlement).integer("debits") == 1);
        CHECK(rig.last(Kind::terminal_settlement).integer("uploaded") == 1);
        const std::string named = "上送被拒: 凭证号 " + stan + " RMB 20.00 [" + code + "]";
        CHECK(rig.last(Kind::terminal_printed).text("text").find(named) != std::string_view::npos);
    }
}

TEST_CASE("a stored refund: a refusal that may pass is no answer, one that lasts is") {
    Rig rig;
    rig.stripe_sale();
    rig.host.advice_code = "91";
    refund(rig);
    CHECK(outcome(rig) == "refund failed host_code");
    const std::string stan(rig.last(Kind::terminal_outcome).text("stan"));
    choose(rig, Function::settlement);
    CHECK(outcome(rig) == "settlement failed host_code");
    CHECK(rig.host.last("0220").get(11) == stan);
    rig.host.advice_code = "30";
    choose(rig, Function::settlement);
    CHECK(rig.host.last("0220").get(11) == stan);
    CHECK(rig.last(Kind::terminal_settlement).text("outcome") == "agreed");
    CHECK(rig.last(Kind::terminal_settlement).integer("credits") == 0);
    CHECK(printed(rig, "refund") == 0);
    CHECK(rig.last(Kind::terminal_printed).text("text").find("[30]") != std::string_view::npos);
}

TEST_CASE("an advice refused for good is told on the settlement report, over a power cut too") {
    Rig rig;
    rig.until_idle();
    const std::string stan = offline_sale(rig);
    rig.host.advice_code = "14";
    rig.application->choose(Function::settlement);
    REQUIRE(rig.until(Kind::terminal_settlement, [](const trace::Event&) { return true; }));
    rig.power_off();
    rig.power_on();
    rig.until_idle();
    const trace::Event& report = rig.last(Kind::terminal_printed);
    CHECK(report.text("copy") == "report");
    CHECK(report.text("text").find("上送被拒: 凭证号 " + stan + " RMB 20.00 [14]") != std::string_view::npos);
}

TEST_CASE("what the host refused is not printed again as approved") {
    Rig rig;
    rig.stripe_sale();
    offline_sale(rig);
    rig.host.advice_code = "14";
    choose(rig, Function::sign_in);
    choose(rig, Function::reprint);
    CHECK(rig.last(Kind::terminal_printed).text("transaction") == "sale");
    Rig other;
    other.until_idle();
    offline_sale(other);
    other.host.advice_code = "14";
    choose(other, Function::sign_in);
    choose(other, Function::reprint);
    CHECK(outcome(other) == "reprint failed not_found");
}

TEST_CASE("a tip that the host refused does not stay upon its sale") {
    for (const bool cut : {false, true}) {
        Rig rig;
        rig.stripe_sale();
        rig.start(Function::tip, {{"voucher", "2"}, {"tip", "100"}});
        rig.until_idle();
        rig.host.advice_code = "61";
        choose(rig, Function::sign_in);
        if (cut) {
            rig.power_off();
            rig.power_on();
            rig.until_idle();
        }
        rig.start(Function::refund, {{"reference", "061500000001"}, {"date", "0615"}, {"amount", "1235"}});
        rig.run_for(200ms);
        CHECK(rig.shown("金额超限"));
        rig.press("cancel");
        rig.until_idle();
        rig.start(Function::sale_void, {{"voucher", "2"}});
        REQUIRE(rig.until_prompt("confirm"));
        rig.press("confirm");
        rig.until_idle();
        CHECK(outcome(rig) == "void approved");
    }
}

// ---- refunds
// -----------------------------------------------------------------------------------------------

TEST_CASE("a refund without an answer is kept, not made twice, and repeated under its STAN (N06)") {
    Rig rig;
    rig.stripe_sale();
    rig.host.silent_to_advices = true;
    refund(rig);
    CHECK(outcome(rig) == "refund failed no_reply");
    CHECK(rig.shown("请勿重复退货"));
    const std::string stan(rig.last(Kind::terminal_outcome).text("stan"));
    CHECK(printed(rig, "refund") == 0);
    refund_in_vain(rig);
    CHECK(outcome(rig) == "refund failed not_allowed");
    CHECK(rig.host.count("0220") == 1);
    rig.host.silent_to_advices = false;
    rig.stripe_sale();
    CHECK(rig.host.count("0220") == 2);
    CHECK(rig.host.last("0220").get(11) == stan);
    CHECK(printed(rig, "refund") == 2);
    CHECK(rig.shown("前笔退货: 交易成功"));
    CHECK(rig.host.count("0400") == 0);
    rig.stripe_sale();
    CHECK(rig.host.count("0220") == 2);
    CHECK(rig.host.book() == 3 * 1234 - 1000);
    CHECK(rig.journal_book() == rig.host.book());
}

TEST_CASE("power cut anywhere in a refund: it is made once, and its receipt printed (T06)") {
    int cuts = 0;
    for (auto after = 20ms;; after += 40ms) {
        Rig rig;
        rig.stripe_sale();
        rig.start(Function::refund, {{"reference", "061500000001"}, {"date", "0615"}, {"amount", "1000"}});
        REQUIRE(rig.until_prompt("card"));
        rig.reader.swipe(good_track);
        rig.run_for(after);
        if (rig.application->idle()) break;
        ++cuts;
        rig.power_off();
        rig.power_on();
        rig.until_idle();
        INFO("cut after " << after.count() << " ms");
        CHECK(rig.host.book() == rig.journal_book());
        CHECK(rig.host.count("0400") == 0);
        CHECK((rig.host.book() == 1234) == (printed(rig, "refund") == 0));
    }
    CHECK(cuts > 20);
}

TEST_CASE("a repeated refund that is refused is told; the original may then be refunded again") {
    Rig rig;
    rig.stripe_sale();
    rig.host.silent_to_advices = true;
    refund(rig);
    rig.host.silent_to_advices = false;
    rig.host.advice_code = "64";
    rig.stripe_sale();
    CHECK(rig.shown("前笔退货: 交易金额与原交易不匹配"));
    CHECK(printed(rig, "refund") == 0);
    rig.host.advice_code = "00";
    refund(rig);
    CHECK(outcome(rig) == "refund approved");
}

TEST_CASE("two refunds without an answer each get their receipt") {
    Rig rig;
    rig.stripe_sale();
    rig.host.silent_to_advices = true;
    refund(rig);
    swipe_for(rig, Function::refund, {{"reference", "061400000009"}, {"date", "0614"}, {"amount", "500"}});
    rig.host.silent_to_advices = false;
    choose(rig, Function::settlement);
    CHECK(printed(rig, "refund") == 4);
    CHECK(rig.last(Kind::terminal_settlement).integer("credit_amount") == 1500);
}

TEST_CASE("refunds of one sale come to no more than the sale together") {
    Rig rig;
    rig.stripe_sale();
    refund(rig, "1000");
    CHECK(outcome(rig) == "refund approved");
    rig.start(Function::refund, {{"reference", "061500000001"}, {"date", "0615"}, {"amount", "235"}});
    rig.run_for(200ms);
    CHECK(rig.shown("金额超限"));
    rig.press("cancel");
    rig.until_idle();
    refund(rig, "234");
    CHECK(outcome(rig) == "refund approved");
    refund_in_vain(rig);
    CHECK(outcome(rig) == "refund failed not_allowed");
    CHECK(rig.host.count("0220") == 2);
}

// ---- partial approvals
// -------------------------------------------------------------------------------------

TEST_CASE("a void is approved whole or not at all: 10 is reversed (N06)") {
    Rig rig;
    rig.stripe_sale();
    rig.host.code = "10";
    rig.host.change = [](iso8583::Message& reply) {
        if (reply.get(39) == "10") reply.set(4, std::string("000000000034"));
    };
    rig.start(Function::sale_void, {{"voucher", "2"}});
    REQUIRE(rig.until_prompt("confirm"));
    rig.press("confirm");
    rig.until_idle();
    CHECK(outcome(rig) == "void failed mismatch_amount");
    CHECK(rig.reversal_pending());
}

TEST_CASE("a partial approval without an amount: the terminal that looks at none takes what it asked for") {
    Rig rig("defects = ['reply-amount-unchecked']");
    rig.until_idle();
    rig.host.code = "10";
    rig.host.change = [](iso8583::Message& reply) { reply.clear(4); };
    rig.stripe_sale();
    CHECK(outcome(rig) == "sale approved");
    CHECK(rig.last(Kind::terminal_outcome).integer("amount") == 1234);
}

// ---- totals
// ------------------------------------------------------------------------------------------------

TEST_CASE("only 1 and 1 close a batch: what the host did not compare stays (H04)") {
    for (const char answer : {'0', ' ', '*', '3'}) {
        INFO(answer);
        Rig rig;
        rig.stripe_sale();
        rig.host.settlement_answer = answer;
        choose(rig, Function::settlement);
        CHECK(rig.last(Kind::terminal_settlement).text("outcome") == "failed");
        CHECK(rig.count(Kind::terminal_journal, "state", "settled") == 0);
        rig.host.settlement_answer = '1';
        choose(rig, Function::settlement);
        CHECK(rig.last(Kind::terminal_settlement).text("outcome") == "agreed");
    }
}

TEST_CASE("no transaction is so large that the totals of a batch have no room for 999 of them") {
    CHECK_NOTHROW(settings("amount_max = '10010010.01'"));
    CHECK_THROWS(settings("amount_max = '10010010.02'"));
}
