#include <fmt/format.h>

#include "tests/support/catch.hpp"
#include "tests/support/dialect.hpp"
#include "tests/unit/terminal/emulated_rig.hpp"

using namespace posbench;
using namespace posbench::terminal::testing;
using trace::Kind;

namespace {

/// Runs a chip sale for so many steps of the clock, then cuts the power. False when the sale was over before.
bool cut_in_chip_sale(Rig& rig, std::uint64_t steps) {
    rig.start_sale();
    rig.reader.insert();
    const bool within = rig.run_steps(steps);
    rig.power_off();
    rig.reader.remove();
    return within;
}

}  // namespace

TEST_CASE("power cut between any two instructions of a sale: afterwards host and terminal agree") {
    std::uint64_t cuts = 0;
    for (std::uint64_t steps = 1; steps < 10'000; ++steps) {
        Rig rig;
        rig.host.icc = "910A11223344556677883030";
        if (!cut_in_chip_sale(rig, steps)) break;
        ++cuts;
        rig.power_on();
        rig.until_idle();
        INFO("cut after " << steps << " steps");
        CHECK(rig.host.book() == rig.book());
        CHECK_FALSE(rig.reversal_pending());
        // What was approved is printed, if need be after the restart.
        CHECK((rig.book() == 0 || rig.count(Kind::terminal_printed, "copy", "cardholder") >= 1));
    }
    CHECK(cuts > 50);
    CHECK(cuts < 1'000);
}

TEST_CASE("after a power cut behind the request the reversal goes out once the terminal is signed in") {
    Rig rig;
    rig.start_sale();
    rig.reader.insert();
    REQUIRE(rig.until(Kind::terminal_request, [](const auto& event) { return event.text("mti") == "0200"; }));
    const std::string stan(rig.host.last("0200").get(11));
    rig.power_off();
    CHECK(rig.host.book() == 1234);
    rig.run_for(20s);
    rig.power_on();
    rig.until_idle();
    CHECK(rig.host.last("0400").get(11) == stan);
    CHECK(rig.host.last("0400").get(39) == "98");
    CHECK(rig.host.book() == 0);
    CHECK_FALSE(rig.shown("交易成功"));
}

TEST_CASE("a receipt that was not finished is printed again after the restart, and says so") {
    Rig rig;
    rig.start_sale();
    rig.reader.insert();
    REQUIRE(rig.until(Kind::terminal_outcome, [](const auto&) { return true; }));
    rig.power_off();
    CHECK(rig.all(Kind::terminal_printed).empty());
    rig.power_on();
    rig.until_idle();
    REQUIRE(rig.all(Kind::terminal_printed).size() == 2);
    CHECK(rig.last(Kind::terminal_printed).text("text").find("重打印") != std::string_view::npos);
    CHECK(rig.last(Kind::terminal_printed).integer("amount") == 1234);
}

TEST_CASE("STANs go on after a power cycle and wrap from 999999 to 000001") {
    Rig rig;
    rig.until_idle();
    rig.power_off();
    constexpr std::string_view nearly =
        "stan=999998\nbatch=000001\nkeys=\nclock_offset_ns=0\npassword_failures=0\n";
    rig.flash.write({{"state", Bytes(nearly.begin(), nearly.end())}});
    rig.power_on();
    rig.until_idle();
    CHECK(rig.host.last("0800").get(11) == "999999");
    rig.stripe_sale();
    CHECK(rig.host.last("0200").get(11) == "000001");
}

namespace {

std::string reversal_cell(std::string_view attempts, const iso8583::Message& message) {
    return fmt::format("attempts={}\nmessage={}\n", attempts,
                       to_hex(iso8583::encode(posbench::tests::unionpay(), message)));
}

iso8583::Message whole_reversal(std::string mti = "0400") {
    iso8583::Message message(std::move(mti));
    message.set(3, "000000");
    message.set(4, "000000001234");
    message.set(11, "000002");
    message.set(39, "98");
    message.set(49, "156");
    return message;
}

/// Records that are whole to the letter, and no reversal that could be sent.
std::vector<std::string> damaged_reversals() {
    std::vector<std::string> damaged;
    for (const char* attempts : {"-1", "2147483647", "2147483648", "4294967296", "9223372036854775807"})
        damaged.push_back(reversal_cell(attempts, whole_reversal()));
    for (const char* mti : {"0200", "0410", "0800"})
        damaged.push_back(reversal_cell("0", whole_reversal(mti)));
    for (const int field : {4, 11, 49}) {
        iso8583::Message message = whole_reversal();
        message.clear(field);
        damaged.push_back(reversal_cell("0", message));
    }
    iso8583::Message unknown_currency = whole_reversal();
    unknown_currency.set(49, "999");
    damaged.push_back(reversal_cell("0", unknown_currency));
    return damaged;
}

}  // namespace

TEST_CASE("a reversal that was stored whole is owed after the power cycle, however often it was sent") {
    for (const char* attempts : {"0", "2147483646"}) {
        Rig rig;
        rig.until_idle();
        rig.power_off();
        const std::string cell = reversal_cell(attempts, whole_reversal());
        rig.flash.write({{"reversal", Bytes(cell.begin(), cell.end())}});
        rig.power_on();
        rig.until_idle();
        CHECK(rig.all(Kind::terminal_fault).empty());
    }
}

TEST_CASE("a terminal that cannot read its storage refuses to trade and to sign in, and writes nothing") {
    constexpr std::string_view sale =
        "type=sale\nstan=000002\nbatch=000007\namount=1234\ncurrency=156\npan=6210948000000011\nentry="
        "stripe\n"
        "rrn=\nauth_code=\ntime=\nchip=\n";
    struct Case {
        std::string cell, content;
    };
    std::vector<Case> cases;
    for (const std::string_view cell : {"state", "reversal", "receipt", "transaction/000001"})
        for (const std::string_view damage :
             {"", "garbage", "stan=abc\n", "attempts=1\nmessage=FFFF\n", "=\n"})
            cases.push_back({std::string(cell), std::string(damage)});
    cases.push_back({"transaction/000001", std::string(sale)});  // ends too early
    cases.push_back({"transaction/000002",
                     "type=sale\nstan=000002\namount=1\ncurrency=156\ndown=0\ntotal=1\nsignature=1\nvoided="
                     "0\nupload=none\n"});  // the first is missing
    for (const std::string& reversal : damaged_reversals()) cases.push_back({"reversal", reversal});
    for (const auto& [cell, content] : cases) {
        INFO(cell << " " << content);
        Rig rig;
        rig.until_idle();
        rig.power_off();
        rig.flash.write({{std::string(cell), Bytes(content.begin(), content.end())}});
        const auto state = rig.flash.read("state");
        const auto requests = rig.host.requests.size();
        rig.power_on();
        rig.until_idle();
        CHECK(rig.shown("存储数据损坏"));
        CHECK(rig.last(Kind::terminal_display).text("text") == "存储数据损坏");
        REQUIRE(rig.all(Kind::terminal_fault).size() == 1);
        CHECK(rig.last(Kind::terminal_fault).text("what") == "storage");
        CHECK(rig.last(Kind::terminal_fault).text("detail") == cell);

        rig.application->press("sale");
        REQUIRE(rig.until(Kind::terminal_outcome, [](const auto&) { return true; }));
        CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "failed");
        CHECK(rig.last(Kind::terminal_outcome).text("reason") == "storage");
        rig.until_idle();
        const auto sign_ins = rig.all(Kind::terminal_sign_in).size();
        rig.application->choose(terminal::Function::sign_in);
        rig.until_idle();
        CHECK(rig.all(Kind::terminal_sign_in).size() == sign_ins + 1);
        CHECK(rig.last(Kind::terminal_sign_in).text("outcome") == "failed");
        CHECK(rig.host.requests.size() == requests);
        CHECK(rig.flash.read("state") == state);
        CHECK(rig.flash.read(cell) == Bytes(content.begin(), content.end()));
    }
}

TEST_CASE("storage whose first cell is gone is damaged: the terminal would count its STANs anew") {
    Rig rig;
    rig.stripe_sale();
    rig.power_off();
    rig.flash.write({{"state", std::nullopt}});
    rig.power_on();
    rig.until_idle();
    CHECK(rig.last(Kind::terminal_fault).text("detail") == "state");
}

TEST_CASE("whole storage is no fault, whatever the power cycle left in it") {
    Rig rig;
    rig.stripe_sale();
    rig.chip_sale();
    rig.host.silent_to_sales = true;
    rig.host.silent_to_reversals = true;
    rig.stripe_sale();
    rig.power_off();
    rig.power_on();
    rig.until_idle();
    CHECK(rig.all(Kind::terminal_fault).empty());
}
