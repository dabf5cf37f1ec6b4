// The rest of the menu: operators, sign-off, echo, reprint, what the host wants by a reply's header.

#include "drivers/terminal/emulated/parameters.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/terminal/emulated_rig.hpp"

using namespace posbench;
using namespace posbench::terminal::testing;
using terminal::Function;
using trace::Kind;

namespace {

constexpr std::string_view staff =
    "account = [{ number = '01', password = '1111' }, { number = '99', password = '9999', supervisor = true "
    "}]\n"
    "supervised = ['refund']\n";

std::string reason(const Rig& rig) {
    return std::string(rig.last(Kind::terminal_outcome).text("reason"));
}

void log_in(Rig& rig, std::string_view number, std::string_view password) {
    rig.start(Function::login, {{"operator", number}, {"password", password}});
    rig.until_idle();
}

}  // namespace

TEST_CASE("every function of the menu has a name of its own, which the trace and the verbs know") {
    const auto& transactions = *trace::find_field(Kind::terminal_outcome, "transaction");
    for (int i = 0; i < static_cast<int>(Function::count_); ++i) {
        const auto function = static_cast<Function>(i);
        CHECK(terminal::find_function(to_string(function)) == function);
        CHECK(transactions.takes(to_string(function)));
    }
    CHECK_FALSE(terminal::find_function("sales"));
}

TEST_CASE("with accounts in the profile nobody trades before he has logged in (T14)") {
    Rig rig{staff};
    rig.until_idle();
    CHECK(rig.shown("请先登录"));
    rig.application->press("sale");
    rig.until_idle();
    CHECK(reason(rig) == "login");
    log_in(rig, "01", "1112");
    CHECK(reason(rig) == "login");
    log_in(rig, "01", "1111");
    CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "approved");
    rig.stripe_sale();
    CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "approved");
    rig.application->choose(Function::logout);
    rig.until_idle();
    rig.application->press("sale");
    rig.until_idle();
    CHECK(reason(rig) == "login");
}

TEST_CASE("no digit of a password is in the trace") {
    Rig rig{staff};
    log_in(rig, "01", "1111");
    int stars = 0;
    for (const trace::Event* event : rig.all(Kind::terminal_key)) stars += event->text("key") == "*" ? 1 : 0;
    CHECK(stars == 4);
    CHECK_FALSE(rig.shown("1111"));
}

TEST_CASE("wrong passwords are counted over a power cut, lock the terminal, and a supervisor opens it") {
    Rig rig{staff};
    log_in(rig, "01", "2");
    log_in(rig, "01", "3");
    rig.power_off();
    rig.power_on();
    log_in(rig, "01", "4");
    CHECK(reason(rig) == "locked");
    log_in(rig, "01", "1111");
    CHECK(reason(rig) == "locked");
    rig.application->press("sale");
    rig.until_idle();
    CHECK(reason(rig) == "locked");
    log_in(rig, "99", "9999");
    CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "approved");
    log_in(rig, "01", "1111");
    CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "approved");
}

TEST_CASE("at a locked terminal each wrong log-in takes a minute, and unknown numbers count as wrong") {
    Rig rig{staff};
    for (int i = 0; i < 3; ++i) log_in(rig, "42", "1");
    CHECK(reason(rig) == "locked");
    for (const std::string number : {"99", "42"}) {
        const auto before = rig.clock.now();
        log_in(rig, number, "1");
        CHECK(reason(rig) == "locked");
        CHECK(rig.clock.now() - before > 1min);
    }
}

TEST_CASE("accounts without a supervisor are no profile: nobody could unlock the terminal") {
    CHECK_THROWS(settings("account = [{ number = '01', password = '1111' }]"));
}

TEST_CASE("a supervised function asks for a supervisor's password") {
    Rig rig{staff};
    log_in(rig, "01", "1111");
    rig.start(Function::refund, {{"password", "1111"}});
    rig.until_idle();
    CHECK(reason(rig) == "login");
    rig.start(Function::refund, {{"password", "9999"}, {"reference", "061500000001"}});
    REQUIRE(rig.until_prompt("date"));
}

TEST_CASE("who is logged in stands on receipts") {
    Rig rig{staff};
    log_in(rig, "99", "9999");
    rig.stripe_sale();
    CHECK(rig.last(Kind::terminal_printed).text("text").find("操作员号: 99") != std::string_view::npos);
}

TEST_CASE("sign-off: the keys are not used after it; echo changes nothing") {
    Rig rig;
    rig.until_idle();
    rig.application->choose(Function::echo);
    rig.until_idle();
    CHECK(rig.host.last("0820").get(60) == "00000007301");
    CHECK(rig.last(Kind::terminal_outcome).text("transaction") == "echo");
    rig.stripe_sale();
    CHECK(rig.host.count("0800") == 1);
    rig.application->choose(Function::sign_off);
    rig.until_idle();
    CHECK(rig.host.last("0820").get(60) == "00000007002");
    rig.stripe_sale();
    CHECK(rig.host.count("0800") == 2);
}

TEST_CASE("a reprint is marked, and counts nowhere") {
    Rig rig;
    rig.until_idle();
    rig.application->choose(Function::reprint);
    rig.until_idle();
    CHECK(reason(rig) == "not_found");
    rig.stripe_sale();
    const auto entries = rig.all(Kind::terminal_journal).size();
    rig.application->choose(Function::reprint);
    rig.until_idle();
    CHECK(rig.all(Kind::terminal_printed).size() == 4);
    CHECK(rig.last(Kind::terminal_printed).text("text").find("重打印") != std::string_view::npos);
    CHECK(rig.all(Kind::terminal_journal).size() == entries);
    rig.application->choose(Function::settlement);
    rig.until_idle();
    CHECK(rig.last(Kind::terminal_settlement).integer("debits") == 1);
}

TEST_CASE("a host that wants a sign-in by the header of a reply gets one before the next transaction") {
    Rig rig;
    rig.host.requirement = 3;
    rig.stripe_sale();
    rig.host.requirement = 0;
    rig.stripe_sale();
    std::vector<std::string> types;
    for (const iso8583::Message& message : rig.host.requests) types.push_back(message.mti());
    REQUIRE(types.size() >= 4);
    CHECK(types[2] == "0800");
    CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "approved");
}

TEST_CASE("of two functions chosen while the terminal is busy the later counts") {
    Rig rig;
    rig.application->choose(Function::echo);
    rig.application->choose(Function::sign_off);
    rig.until_idle();
    CHECK(rig.host.count("0820") == 1);
    CHECK(rig.host.last("0820").get(60).substr(8, 3) == "002");
}

TEST_CASE("downloaded parameters are in force at once and after a power cut (H24)") {
    Rig rig;
    rig.until_idle();
    rig.host.parameters =
        "310000000010003300011105" + std::string("21") + "Another merchant" + std::string(24, ' ');
    rig.application->choose(Function::parameters);
    rig.until_idle();
    CHECK(rig.host.last("0820").get(60) == "00000007360");
    CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "approved");
    for (const bool power_cut : {false, true}) {
        if (power_cut) {
            rig.power_off();
            rig.power_on();
        }
        rig.start(Function::pre_authorisation, {{"amount", "1001"}});
        rig.run_for(200ms);
        CHECK(rig.last(Kind::terminal_display).text("text") == "金额超限");
        rig.press("cancel");
        rig.until_idle();
    }
    rig.start_sale("1000");
    rig.reader.swipe(good_track);
    REQUIRE(rig.until_prompt("pin"));
    rig.press("confirm");
    rig.until_idle();
    CHECK(rig.last(Kind::terminal_printed).text("text").find("Another merchant\n") != std::string_view::npos);
    rig.application->press("sale");  // the journal has room for one
    rig.until_idle();
    CHECK(reason(rig) == "storage");
}

TEST_CASE("parameters of which one cannot be are not applied at all") {
    for (const char* wrong :
         {"3100000000100099", "310000000010001100", "31000000001000110", "31", "3300000",
          "310000000010002100000", "31000000000000", "31x00000001000", "32999999999999"}) {
        INFO(wrong);
        Rig rig;
        rig.until_idle();
        rig.host.parameters = wrong;
        rig.application->choose(Function::parameters);
        rig.until_idle();
        CHECK(reason(rig) == "bad_reply");
        rig.start_sale("1001");
        rig.power_off();
        rig.power_on();
        rig.until_idle();
        CHECK(rig.all(Kind::terminal_fault).empty());
    }
}

TEST_CASE("a merchant's name that no receipt could print is refused with all that came with it") {
    for (std::string name : {"Shop\x1B\x40", "Line\nbreak", "Caf\xC3\xA9", "Shop\x7F", ""}) {
        name.resize(40, ' ');
        auto changed = *settings();
        const std::string entries = "3100000000100021" + name;
        CHECK_FALSE(apply_parameters(as_bytes(entries), changed));
        CHECK(changed.amount_max == settings()->amount_max);
        CHECK(changed.merchant_name == settings()->merchant_name);
    }
}

TEST_CASE(
    "what an earlier download of parameters brought and a later does not name stays, over a power cut too") {
    Rig rig;
    rig.until_idle();
    for (const char* brought : {"310000000010001103", "31000000002000", ""}) {
        rig.host.parameters = brought;
        rig.application->choose(Function::parameters);
        rig.until_idle();
        CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "approved");
    }
    CHECK(rig.shown("无下载内容"));
    CHECK(as_text(*rig.flash.read("parameters")) == "110331000000002000");
    rig.power_off();
    rig.power_on();
    rig.until_idle();
    rig.host.silent_to_sales = true;
    const auto begun = rig.clock.now();
    rig.start_sale("2000");
    rig.reader.swipe(good_track);
    REQUIRE(rig.until_prompt("pin"));
    rig.press("confirm");
    rig.until_idle();
    CHECK(reason(rig) == "no_reply");
    CHECK(rig.clock.now() - begun < 10s);
}

TEST_CASE("a downloaded limit of refunds is kept to, and zero means that there are none") {
    Rig rig;
    rig.until_idle();
    rig.host.parameters = "32000000000500";
    rig.application->choose(Function::parameters);
    rig.start(Function::refund, {{"reference", "061500000001"}, {"date", "0615"}, {"amount", "501"}});
    rig.run_for(200ms);
    CHECK(rig.last(Kind::terminal_display).text("text") == "金额超限");
    rig.press("cancel");
    rig.host.parameters = "32000000000000";
    rig.until_idle();
    rig.application->choose(Function::parameters);
    rig.start(Function::refund, {{"reference", "061500000001"}, {"date", "0615"}});
    rig.until_idle();
    CHECK(reason(rig) == "not_allowed");
}

TEST_CASE("a card's number is typed where the parameters allow it, and shows nowhere") {
    for (const char allowed : {'0', '1'}) {
        Rig rig("defects = ['guesses-pan']");  // which is about stripes
        rig.until_idle();
        rig.host.parameters = std::string("19") + allowed;
        rig.application->choose(Function::parameters);
        rig.until_idle();
        rig.start_sale();
        rig.press("6");
        rig.run_for(100ms);
        if (allowed == '0') {
            CHECK(rig.count(Kind::terminal_prompt, "what", "card_number") == 0);
            continue;
        }
        rig.press("2 1 0 9 4 8 0 0 0 0 0 0 0 1 2 confirm");  // its check digit is wrong
        rig.run_for(100ms);
        CHECK(rig.shown("卡号有误"));
        rig.press("6 2 1 0 9 4 8 0 0 0 0 0 0 0 1 1 confirm 3 0 1 2 confirm");
        rig.run_for(100ms);
        rig.press("confirm");  // no PIN
        rig.until_idle();
        CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "approved");
        const iso8583::Message& request = rig.host.last("0200");
        CHECK(request.get(2) == "6210948000000011");
        CHECK(request.get(14) == "3012");
        CHECK(request.get(22) == "012");
        CHECK_FALSE(request.has(35));
        for (const trace::Event* event : rig.all(Kind::terminal_display))
            CHECK(event->text("text").find("62109") == std::string_view::npos);
        CHECK(rig.count(Kind::terminal_key, "key", "*") >= 16 + 16 + 4);
    }
}

TEST_CASE("a host that wants new parameters by the header of a reply: fetched before the next transaction") {
    Rig rig;
    rig.until_idle();
    rig.host.requirement = 1;
    rig.host.parameters = "220";
    rig.stripe_sale();
    CHECK(rig.host.last("0820").get(60) == "00000007360");
    CHECK(rig.count(Kind::terminal_outcome, "transaction", "parameters") == 1);
}
