// Settlement: totals, batch upload, what an interruption leaves, the next batch.

#include "drivers/terminal/emulated/settlement.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/terminal/emulated_rig.hpp"

using namespace posbench;
using namespace posbench::terminal::testing;
using terminal::Function;
using trace::Kind;

namespace {

void settle(Rig& rig) {
    rig.until_idle();
    rig.application->choose(Function::settlement);
    rig.until_idle();
}

/// Two sales, one of them voided.
void trade(Rig& rig) {
    rig.stripe_sale();
    rig.stripe_sale();
    rig.start(Function::sale_void, {{"voucher", "2"}});
    REQUIRE(rig.until_prompt("confirm"));
    rig.press("confirm");
    rig.until_idle();
}

int settled(const Rig& rig) {
    return rig.count(Kind::terminal_journal, "state", "settled");
}

}  // namespace

TEST_CASE("totals agree: the journal is cleared, the report printed, the next batch begins") {
    Rig rig;
    trade(rig);
    settle(rig);
    const iso8583::Message request = rig.host.last("0500");
    CHECK(request.get(48) ==
          "000000002468"
          "002"
          "000000001234"
          "001"
          "0"
          "000000000000"
          "000"
          "000000000000"
          "000"
          "0");
    CHECK(request.get(60) == "00000007201");
    const trace::Event& event = rig.last(Kind::terminal_settlement);
    CHECK(event.text("outcome") == "agreed");
    CHECK(event.text("batch") == "000007");
    CHECK(event.integer("debits") == 2);
    CHECK(event.integer("debit_amount") == 2468);
    CHECK(event.integer("credits") == 1);
    CHECK(event.integer("credit_amount") == 1234);
    CHECK(settled(rig) == 3);
    CHECK(rig.host.count("0320") == 0);
    CHECK(rig.last(Kind::terminal_outcome).text("transaction") == "settlement");
    CHECK(rig.last(Kind::terminal_printed).text("copy") == "report");
    CHECK(rig.last(Kind::terminal_printed).text("text").find("借记 2笔 RMB 24.68") != std::string_view::npos);

    rig.host.batch = "000008";
    rig.stripe_sale();  // signs in first, and takes the batch number from there
    CHECK(rig.host.last("0200").get(60).substr(2, 6) == "000008");
}

TEST_CASE("totals differ, by the digit or by 95: the batch is uploaded, eight a message, to its end (H19)") {
    for (const bool by_code : {false, true}) {
        Rig rig;
        for (int i = 0; i < 9; ++i) rig.stripe_sale();
        rig.host.settlement_answer = by_code ? '0' : '2';
        rig.host.settlement_code = by_code ? "95" : "00";
        settle(rig);
        std::vector<std::string> uploads;
        for (const iso8583::Message& message : rig.host.requests)
            if (message.mti() == "0320") uploads.push_back(std::string(message.get(60).substr(8, 3)));
        CHECK(uploads == std::vector<std::string>{"201", "201", "202"});
        CHECK(rig.host.last("0320").get(48) == "0009");
        CHECK(rig.last(Kind::terminal_settlement).text("outcome") == "differs");
        CHECK(rig.last(Kind::terminal_settlement).integer("uploaded") == 9);
        CHECK(settled(rig) == 9);
        CHECK(rig.shown("对账不平"));
    }
}

TEST_CASE("field 48 of a batch upload: count, then 40 digits for each record") {
    terminal::TransactionRecord record;
    record.stan = "000012";
    record.pan = "6210948000000011";
    record.amount = Amount(1234, cny);
    CHECK(terminal::upload_records(std::span(&record, 1)) ==
          "01"
          "00"
          "000012"
          "00006210948000000011"
          "000000001234");
}

TEST_CASE("nothing is cleared before the host has answered the end; then it goes on where it was (H04)") {
    Rig rig;
    for (int i = 0; i < 9; ++i) rig.stripe_sale();
    rig.host.settlement_answer = '2';
    rig.host.uploads_answered = 1;  // then the platform is down
    settle(rig);
    CHECK(rig.last(Kind::terminal_settlement).text("outcome") == "failed");
    CHECK(settled(rig) == 0);
    rig.application->press("sale");
    rig.until_idle();
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "not_allowed");
    CHECK(rig.shown("结算未完成"));

    rig.host.uploads_answered = -1;
    rig.power_off();
    rig.power_on();
    rig.until_idle();  // signs in, and goes on
    CHECK(rig.last(Kind::terminal_settlement).text("outcome") == "differs");
    CHECK(rig.host.count("0500") == 1);
    CHECK(settled(rig) == 9);
    std::string second;
    int uploads = 0;
    for (const iso8583::Message& message : rig.host.requests)
        if (message.mti() == "0320" && message.get(60).substr(8, 3) == "201" && ++uploads > 1)
            second = message.get(48).substr(0, 2);
    CHECK(second == "01");  // the ninth alone: the eight that were answered are not sent again
}

TEST_CASE("a lost answer to the totals: they are sent again under their STAN") {
    Rig rig;
    rig.stripe_sale();
    rig.host.silent_to_settlements = true;
    settle(rig);
    CHECK(rig.last(Kind::terminal_settlement).text("outcome") == "failed");
    const std::string stan(rig.host.last("0500").get(11));
    rig.host.silent_to_settlements = false;
    settle(rig);
    CHECK(rig.host.count("0500") == 2);
    CHECK(rig.host.last("0500").get(11) == stan);
    CHECK(rig.last(Kind::terminal_settlement).text("outcome") == "agreed");
    CHECK(settled(rig) == 1);
}

TEST_CASE("power cut between any two instructions of a settlement: each transaction is settled once") {
    std::uint64_t cuts = 0;
    for (std::uint64_t steps = 1; steps < 10'000; ++steps) {
        Rig rig;
        rig.stripe_sale();
        rig.stripe_sale();
        rig.host.settlement_answer = '2';
        rig.application->choose(Function::settlement);
        if (!rig.run_steps(steps)) break;
        ++cuts;
        rig.power_off();
        rig.power_on();
        settle(rig);
        INFO("cut after " << steps << " steps");
        CHECK(settled(rig) == 2);
        // One report of the two sales, and one of the empty batch when the first had been settled before the
        // cut.
        CHECK(rig.count(Kind::terminal_printed, "copy", "report") >= 1);
    }
    CHECK(cuts > 50);
}

TEST_CASE("a pending reversal and advices go before the totals, and count in them") {
    Rig rig;
    rig.host.silent_to_sales = true;
    rig.stripe_sale();
    rig.host.silent_to_sales = false;
    rig.start(Function::offline_sale, {{"amount", "2000"}, {"auth_code", "654321"}});
    REQUIRE(rig.until_prompt("card"));
    rig.reader.swipe(good_track);
    settle(rig);
    std::vector<std::string> types;
    for (const iso8583::Message& message : rig.host.requests) types.push_back(message.mti());
    CHECK(types == std::vector<std::string>{"0800", "0200", "0400", "0220", "0500"});
    CHECK(rig.last(Kind::terminal_settlement).integer("debit_amount") == 2000);
    CHECK(rig.last(Kind::terminal_settlement).integer("debits") == 1);
}

TEST_CASE("advices that nobody answers: no settlement") {
    Rig rig;
    rig.until_idle();
    rig.start(Function::offline_sale, {{"amount", "2000"}, {"auth_code", "654321"}});
    REQUIRE(rig.until_prompt("card"));
    rig.reader.swipe(good_track);
    rig.until_idle();
    rig.host.silent_to_advices = true;
    settle(rig);
    CHECK(rig.last(Kind::terminal_settlement).text("outcome") == "failed");
    CHECK(rig.host.count("0500") == 0);
}

TEST_CASE("pre-authorisations are in no total and leave the journal with the batch") {
    Rig rig;
    rig.start(Function::pre_authorisation, {{"amount", "5000"}});
    REQUIRE(rig.until_prompt("card"));
    rig.reader.swipe(good_track);
    REQUIRE(rig.until_prompt("pin"));
    rig.press("confirm");
    settle(rig);
    CHECK(rig.last(Kind::terminal_settlement).integer("debits") == 0);
    CHECK(settled(rig) == 1);
}

TEST_CASE("a profile may want a sign-off after the settlement") {
    Rig rig("sign_off_after_settlement = true");
    rig.stripe_sale();
    settle(rig);
    CHECK(rig.host.last("0820").get(60) == "00000007002");
    CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "approved");
}

TEST_CASE("cards of other organisations are totalled by themselves, by field 63.1 of the replies") {
    Rig rig;
    rig.stripe_sale();
    rig.host.change = [](iso8583::Message& reply) {
        if (reply.mti() == "0210") reply.set(63, Bytes{'V', 'I', 'S'});
    };
    rig.stripe_sale();
    rig.host.change = nullptr;
    settle(rig);
    const std::string half =
        "000000001234001000000000000000"
        "0";
    CHECK(rig.host.last("0500").get(48) == half + half);
    CHECK(rig.last(Kind::terminal_settlement).integer("debits") == 2);
}

TEST_CASE("a host that has another number of uploads at the end gets them all again at the next settlement") {
    Rig rig;
    rig.stripe_sale();
    rig.host.settlement_answer = '2';
    rig.host.change = [](iso8583::Message& reply) {
        if (reply.mti() == "0330" && reply.get(60).substr(8, 3) == "202") reply.set(39, std::string("95"));
    };
    settle(rig);
    CHECK(rig.last(Kind::terminal_settlement).text("outcome") == "failed");
    CHECK(settled(rig) == 0);
    rig.host.change = nullptr;
    settle(rig);
    CHECK(rig.host.count("0320") == 4);
    CHECK(settled(rig) == 1);
}
