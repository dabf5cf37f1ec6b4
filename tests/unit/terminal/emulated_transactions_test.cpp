// Voids, refunds, pre-authorisations and what becomes of them, balance inquiries.

#include "tests/support/catch.hpp"
#include "tests/unit/terminal/emulated_rig.hpp"

using namespace posbench;
using namespace posbench::terminal::testing;
using terminal::Function;
using trace::Kind;

namespace {

std::string last_stan(const Rig& rig) {
    return std::string(rig.last(Kind::terminal_outcome).text("stan"));
}

std::string outcome(const Rig& rig) {
    const trace::Event& event = rig.last(Kind::terminal_outcome);
    return std::string(event.text("transaction")) + " " + std::string(event.text("outcome")) +
           (event.text("reason").empty() ? "" : " " + std::string(event.text("reason")));
}

/// Voids the transaction of that STAN by the menu.
void undo(Rig& rig, std::string_view stan, Function function = Function::sale_void) {
    rig.start(function, {{"voucher", stan}});
    if (rig.until_prompt_or_idle("confirm")) rig.press("confirm");
    rig.until_idle();
}

}  // namespace

TEST_CASE("a void names its original, moves the whole amount and marks the sale") {
    Rig rig;
    rig.stripe_sale();
    const std::string sale = last_stan(rig);
    undo(rig, "2");  // leading zeros need not be typed
    CHECK(outcome(rig) == "void approved");
    const iso8583::Message& request = rig.host.last("0200");
    CHECK(request.get(3) == "200000");
    CHECK(request.get(4) == "000000001234");
    CHECK(request.get(25) == "00");
    CHECK(request.get(37) == "061500000001");
    CHECK(request.get(60).substr(0, 2) == "23");
    CHECK(request.get(61) == "000007" + sale);
    CHECK_FALSE(request.has(35));
    CHECK(rig.count(Kind::terminal_printed, "transaction", "void") == 2);
    CHECK(rig.last(Kind::terminal_printed).text("text").find("消费撤销") != std::string_view::npos);
    CHECK(rig.last(Kind::terminal_printed).text("text").find("原凭证号: " + sale) != std::string_view::npos);
    CHECK(rig.host.book() == 0);

    undo(rig, sale);
    CHECK(outcome(rig) == "void failed not_allowed");
    CHECK(rig.shown("该笔交易已撤销"));
    CHECK(rig.host.count("0200") == 2);
}

TEST_CASE("what the journal does not hold is not voided: unknown, or reversed (O03)") {
    Rig rig;
    rig.host.silent_to_sales = true;
    rig.stripe_sale();
    const std::string failed = last_stan(rig);
    rig.host.silent_to_sales = false;
    rig.application->choose(Function::sign_in);
    rig.until_idle();
    CHECK(rig.host.count("0400") == 1);
    for (const std::string& stan : {failed, std::string("000099")}) {
        undo(rig, stan);
        CHECK(outcome(rig) == "void failed not_found");
    }
    CHECK(rig.shown("无此交易"));
    CHECK(rig.host.count("0200") == 1);
}

TEST_CASE("a void without a reply is reversed, and the sale stands and can be voided again") {
    Rig rig;
    rig.stripe_sale();
    const std::string sale = last_stan(rig);
    rig.host.silent_to_sales = true;
    undo(rig, sale);
    CHECK(outcome(rig) == "void failed no_reply");
    CHECK(rig.reversal_pending());
    rig.host.silent_to_sales = false;
    undo(rig, sale);
    CHECK(rig.host.last("0400").get(3) == "200000");
    CHECK(rig.host.last("0400").get(61) == "000007" + sale);
    CHECK(outcome(rig) == "void approved");
    CHECK(rig.host.book() == 0);
}

TEST_CASE("a power cut in a void leaves a sale that is voided with its void, or neither") {
    int cuts = 0;
    for (std::uint64_t steps = 1; steps < 10'000; ++steps) {
        Rig rig;
        rig.stripe_sale();
        rig.start(Function::sale_void, {{"voucher", last_stan(rig)}});
        REQUIRE(rig.until_prompt_or_idle("confirm"));
        rig.application->press("confirm");
        if (!rig.run_steps(steps)) break;
        ++cuts;
        rig.power_off();
        rig.power_on();
        rig.until_idle();
        INFO("cut after " << steps << " steps");
        CHECK(rig.host.book() == rig.journal_book());
        CHECK_FALSE(rig.reversal_pending());
    }
    CHECK(cuts > 20);
}

TEST_CASE("a profile may want the card for a void, and it must be the original's") {
    Rig rig("void_asks_card = true");
    rig.stripe_sale();
    rig.start(Function::sale_void, {{"voucher", "2"}});
    REQUIRE(rig.until_prompt("confirm"));
    rig.application->press("confirm");
    REQUIRE(rig.until_prompt("card"));
    rig.reader.swipe("6210948000000029=30121010000012345");
    rig.until_idle();
    CHECK(outcome(rig) == "void failed not_allowed");
    CHECK(rig.shown("卡号与原交易不符"));
    CHECK(rig.host.count("0200") == 1);
}

TEST_CASE("a refund names reference number and date, needs the card, and is not reversed") {
    Rig rig;
    rig.stripe_sale();
    rig.start(Function::refund, {{"reference", "061500000001"}, {"date", "0615"}, {"amount", "1000"}});
    REQUIRE(rig.until_prompt("card"));
    rig.reader.swipe(good_track);
    rig.until_idle();
    CHECK(outcome(rig) == "refund approved");
    const iso8583::Message request = rig.host.last("0220");
    CHECK(request.get(3) == "200000");
    CHECK(request.get(4) == "000000001000");
    CHECK(request.get(37) == "061500000001");
    CHECK(request.get(60).substr(0, 2) == "25");
    CHECK(request.get(61) == "0000000000000615");
    CHECK(rig.host.book() == 234);
    CHECK(rig.count(Kind::terminal_printed, "transaction", "refund") == 2);

    rig.host.silent_to_advices = true;
    rig.start(Function::refund, {{"reference", "061500000001"}, {"date", "0615"}, {"amount", "100"}});
    REQUIRE(rig.until_prompt("card"));
    rig.reader.swipe(good_track);
    rig.until_idle();
    CHECK(outcome(rig) == "refund failed no_reply");
    CHECK_FALSE(rig.reversal_pending());
    undo(rig, "000002");
    CHECK(outcome(rig) == "void failed not_allowed");
    CHECK(rig.shown("该笔交易已退货"));
}

TEST_CASE("no more is refunded than was charged, nor what was voided, of a sale of this batch") {
    Rig rig;
    rig.stripe_sale();
    rig.start(Function::refund, {{"reference", "061500000001"}, {"date", "0615"}, {"amount", "1235"}});
    rig.run_for(200ms);
    CHECK(rig.shown("金额超限"));
    rig.press("cancel");
    rig.until_idle();
    undo(rig, "000002");
    rig.start(Function::refund, {{"reference", "061500000001"}, {"date", "0615"}});
    rig.until_idle();
    CHECK(outcome(rig) == "refund failed not_allowed");
    CHECK(rig.host.count("0220") == 0);
}

TEST_CASE("a pre-authorisation, its void and its completions bear their codes and name their original") {
    struct Case {
        Function function;
        std::string mti, processing_code, type, title;
        bool reversible;
    };
    const Case cases[] = {
        {Function::pre_authorisation_void, "0100", "200000", "11", "预授权撤销", true},
        {Function::completion, "0200", "000000", "20", "预授权完成", true},
        {Function::completion_advice, "0220", "000000", "24", "预授权完成通知", false},
    };
    for (const Case& check : cases) {
        INFO(check.type);
        Rig rig;
        rig.start(Function::pre_authorisation, {{"amount", "5000"}});
        REQUIRE(rig.until_prompt("card"));
        rig.reader.swipe(good_track);
        REQUIRE(rig.until_prompt("pin"));
        rig.press("confirm");
        rig.until_idle();
        CHECK(outcome(rig) == "pre_authorisation approved");
        CHECK(rig.host.last("0100").get(3) == "030000");
        CHECK(rig.host.last("0100").get(25) == "06");
        CHECK(rig.host.last("0100").get(60).substr(0, 2) == "10");
        CHECK(rig.last(Kind::terminal_printed).text("auth_code") == "123456");
        CHECK(rig.last(Kind::terminal_printed).text("date") == "0615");

        rig.start(check.function, {{"auth_code", "123456"}, {"date", "0615"}, {"amount", "4000"}});
        REQUIRE(rig.until_prompt("card"));
        rig.reader.swipe(good_track);
        rig.until_idle();
        CHECK(outcome(rig) == std::string(to_string(check.function)) + " approved");
        const iso8583::Message request = rig.host.last(check.mti);
        CHECK(request.get(3) == check.processing_code);
        CHECK(request.get(25) == "06");
        CHECK(request.get(38) == "123456");
        CHECK(request.get(60).substr(0, 2) == check.type);
        CHECK(request.get(61) == "0000000000000615");
        CHECK(rig.last(Kind::terminal_printed).text("text").find(check.title) != std::string_view::npos);
        CHECK((rig.count(Kind::terminal_journal, "entry", "reversal") > 2) == check.reversible);
    }
}

TEST_CASE("a completion is voided by its voucher number") {
    Rig rig;
    rig.start(Function::completion, {{"auth_code", "123456"}, {"date", "0615"}, {"amount", "4000"}});
    REQUIRE(rig.until_prompt("card"));
    rig.reader.swipe(good_track);
    rig.until_idle();
    const std::string completion = last_stan(rig);
    undo(rig, completion);
    CHECK(outcome(rig) == "void failed not_found");  // it is no sale
    undo(rig, completion, Function::completion_void);
    CHECK(outcome(rig) == "completion_void approved");
    CHECK(rig.host.last("0200").get(60).substr(0, 2) == "21");
    CHECK(rig.host.last("0200").get(25) == "06");
    CHECK(rig.host.book() == 0);
}

TEST_CASE("an advice that was not answered is approved, and sent again under its STAN until it is") {
    Rig rig;
    rig.host.silent_to_advices = true;
    rig.start(Function::completion_advice, {{"auth_code", "123456"}, {"date", "0615"}, {"amount", "4000"}});
    REQUIRE(rig.until_prompt("card"));
    rig.reader.swipe(good_track);
    rig.until_idle();
    CHECK(outcome(rig) == "completion_advice approved");
    CHECK(rig.last(Kind::terminal_journal).text("state") == "pending");
    const std::string stan = last_stan(rig);
    rig.host.silent_to_advices = false;
    rig.stripe_sale();
    CHECK(rig.host.count("0220") == 2);
    CHECK(rig.host.last("0220").get(11) == stan);
    CHECK(rig.host.book() == 4000 + 1234);
}

TEST_CASE("a balance is shown, not printed, not kept and not reversed") {
    for (const bool silent : {false, true}) {
        Rig rig;
        rig.host.silent_to_sales = silent;
        rig.host.change = [](iso8583::Message& reply) {
            if (reply.get(3) == "310000") reply.set(54, std::string("1002156C000000123456"));
        };
        rig.start(Function::inquiry, {});
        REQUIRE(rig.until_prompt("card"));
        rig.reader.swipe(good_track);
        REQUIRE(rig.until_prompt("pin"));
        rig.press("confirm");
        rig.until_idle();
        CHECK(rig.host.last("0200").get(3) == "310000");
        CHECK_FALSE(rig.host.last("0200").has(4));
        CHECK(rig.shown("RMB 1234.56") != silent);
        CHECK(outcome(rig) == (silent ? "inquiry failed no_reply" : "inquiry approved"));
        CHECK(rig.all(Kind::terminal_printed).empty());
        CHECK(rig.all(Kind::terminal_journal).empty());
    }
}

TEST_CASE("a balance whose MAC is wrong is not shown") {
    Rig rig;
    rig.host.bad_mac = true;
    rig.start(Function::inquiry, {});
    REQUIRE(rig.until_prompt("card"));
    rig.reader.swipe(good_track);
    REQUIRE(rig.until_prompt("pin"));
    rig.press("confirm");
    rig.until_idle();
    CHECK(outcome(rig) == "inquiry failed mac");
}
