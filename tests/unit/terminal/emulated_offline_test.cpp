// Offline sales, tips, adjustments: stored, uploaded after the next online transaction, never twice.

#include "tests/support/catch.hpp"
#include "tests/unit/terminal/emulated_rig.hpp"

using namespace posbench;
using namespace posbench::terminal::testing;
using terminal::Function;
using trace::Kind;

namespace {

/// Returns its STAN.
std::string offline_sale(Rig& rig, std::string_view minor = "2000") {
    rig.start(Function::offline_sale, {{"amount", minor}, {"auth_code", "654321"}});
    REQUIRE(rig.until_prompt("card"));
    rig.reader.swipe(good_track);
    rig.until_idle();
    return std::string(rig.last(Kind::terminal_outcome).text("stan"));
}

std::vector<std::string> advices(const Rig& rig) {
    std::vector<std::string> stans;
    for (const iso8583::Message& request : rig.host.requests)
        if (request.mti() == "0220") stans.emplace_back(request.get(11));
    return stans;
}

}  // namespace

TEST_CASE("an offline sale asks no host, prints, and goes out after the next online transaction") {
    Rig rig;
    rig.until_idle();
    rig.host.way = ScriptedHost::Way::refused;
    const std::string stan = offline_sale(rig);
    CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "approved");
    CHECK(rig.last(Kind::terminal_journal).text("state") == "pending");
    CHECK(rig.count(Kind::terminal_printed, "transaction", "offline_sale") == 2);
    CHECK(advices(rig).empty());
    rig.host.way = ScriptedHost::Way::open;
    rig.stripe_sale();
    CHECK(advices(rig) == std::vector{stan});
    const iso8583::Message& advice = rig.host.last("0220");
    CHECK(advice.get(38) == "654321");
    CHECK(advice.get(60).substr(0, 2) == "30");
    CHECK(advice.get(4) == "000000002000");
    CHECK(rig.host.book() == 2000 + 1234);
    rig.stripe_sale();
    CHECK(advices(rig).size() == 1);
}

TEST_CASE("an advice is sent again until it is answered, across power cuts, and then never more") {
    Rig rig;
    rig.until_idle();
    const std::string stan = offline_sale(rig);
    rig.host.silent_to_advices = true;
    rig.stripe_sale();  // goes on without that answer
    CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "approved");
    rig.power_off();
    rig.power_on();
    rig.until_idle();
    rig.host.silent_to_advices = false;
    rig.stripe_sale();
    rig.stripe_sale();
    CHECK(advices(rig) == std::vector<std::string>(3, stan));
    CHECK(rig.host.book() == 2000 + 3 * 1234);
}

TEST_CASE("an advice that the host refuses is told in the journal and not sent again") {
    Rig rig;
    rig.until_idle();
    offline_sale(rig);
    rig.host.advice_code = "14";
    rig.stripe_sale();
    rig.stripe_sale();
    CHECK(advices(rig).size() == 1);
    CHECK(rig.count(Kind::terminal_journal, "state", "declined") >= 1);
}

TEST_CASE("94 to an advice: it arrived before, and its answer was lost") {
    Rig rig;
    rig.until_idle();
    offline_sale(rig);
    rig.host.advice_code = "94";
    rig.stripe_sale();
    CHECK(rig.count(Kind::terminal_journal, "entry", "offline_sale") == 2);
    CHECK(rig.count(Kind::terminal_journal, "state", "declined") == 0);
}

TEST_CASE("a tip is added to a sale of this batch, up to its limit, once") {
    Rig rig;
    rig.stripe_sale();  // 12.34, STAN 000002
    rig.start(Function::tip, {{"voucher", "2"}, {"tip", "186"}});
    rig.run_for(200ms);
    CHECK(rig.shown("金额超限"));  // 15 % are 1.85
    rig.press("clear 1 00 confirm");
    rig.until_idle();
    CHECK(rig.last(Kind::terminal_outcome).text("transaction") == "tip");
    CHECK(rig.last(Kind::terminal_outcome).integer("amount") == 100);
    CHECK(rig.last(Kind::terminal_printed).integer("amount") == 100);
    CHECK(rig.last(Kind::terminal_printed).text("text").find("总计: RMB 13.34") != std::string_view::npos);
    rig.start(Function::tip, {{"voucher", "2"}});
    rig.until_idle();
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "not_allowed");
    rig.stripe_sale();
    const iso8583::Message& advice = rig.host.last("0220");
    CHECK(advice.get(4) == "000000001334");
    CHECK(advice.get(37) == "061500000001");
    CHECK(advice.get(60).substr(0, 2) == "34");
    CHECK(advice.get(61) == "000007000002");
}

TEST_CASE("an offline sale is adjusted to more or to less; the difference moves") {
    struct Case {
        std::string amount, entry;
        std::int64_t moved;
    };
    for (const Case& check : {Case{"2500", "adjustment", 500}, Case{"1500", "adjustment_down", 500}}) {
        Rig rig;
        rig.until_idle();
        const std::string stan = offline_sale(rig);
        rig.start(Function::adjustment, {{"voucher", stan}, {"amount", check.amount}});
        rig.until_idle();
        CHECK(rig.last(Kind::terminal_outcome).text("transaction") == check.entry);
        CHECK(rig.last(Kind::terminal_outcome).integer("amount") == check.moved);
        CHECK(rig.last(Kind::terminal_printed).text("transaction") == check.entry);
        rig.stripe_sale();
        const auto sent = advices(rig);
        REQUIRE(sent.size() == 2);
        CHECK(sent.front() == stan);
        CHECK(rig.host.last("0220").get(4) == "00000000" + check.amount);
        CHECK(rig.host.last("0220").get(37) == "061500000001");  // known since the original went out
        CHECK(rig.host.last("0220").get(60).substr(0, 2) == "32");
    }
    Rig rig;
    rig.until_idle();
    const std::string stan = offline_sale(rig);
    rig.start(Function::adjustment, {{"voucher", stan}, {"amount", "2000"}});
    rig.until_idle();
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "not_allowed");
}
