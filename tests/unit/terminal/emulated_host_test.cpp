#include "drivers/protocols/emv/tlv.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/terminal/emulated_rig.hpp"

using namespace posbench;
using namespace posbench::terminal::testing;
using iso8583::Message;
using trace::Kind;

TEST_CASE("a declined sale shows the host's text, leaves no reversal and prints nothing") {
    Rig rig;
    rig.host.code = "51";
    rig.chip_sale();
    const trace::Event& outcome = rig.last(Kind::terminal_outcome);
    CHECK(outcome.text("outcome") == "declined");
    CHECK(outcome.text("reason") == "host_code");
    CHECK(outcome.text("code") == "51");
    CHECK(rig.shown("可用余额不足"));
    CHECK(rig.last(Kind::terminal_journal).text("state") == "declined");
    CHECK_FALSE(rig.reversal_pending());
    CHECK(rig.all(Kind::terminal_printed).empty());
    CHECK(rig.host.count("0200") == 1);
    CHECK(rig.reader.count("80AE00") == 1);  // the card is told
}

TEST_CASE("no reply: the sale fails, and its reversal goes right after the next sign-in") {
    Rig rig;
    rig.host.silent_to_sales = true;
    rig.chip_sale();
    CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "failed");
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "no_reply");
    CHECK(rig.shown("通讯超时"));
    CHECK(rig.reversal_pending());
    const Message sale = rig.host.last("0200");

    rig.application->choose(terminal::Function::sign_in);
    rig.until_idle();
    const Message& reversal = rig.host.last("0400");
    CHECK(reversal.get(11) == sale.get(11));
    CHECK(reversal.get(39) == "98");
    CHECK(reversal.get(4) == sale.get(4));
    for (const int field : {26, 35, 36, 37, 52, 53}) CHECK_FALSE(reversal.has(field));
    emv::TlvMap icc;
    icc.absorb(emv::parse_tlv(reversal.bytes(55)).value());
    for (const auto& entry : icc.entries())
        CHECK((entry.tag == 0x95 || entry.tag == 0x9F1E || entry.tag == 0x9F10 || entry.tag == 0x9F36));
    CHECK(rig.last(Kind::terminal_journal).text("op") == "delete");
    CHECK(rig.last(Kind::terminal_journal).text("state") == "reversed");
    CHECK(rig.host.book() == 0);
    CHECK(rig.host.count("0400") == 1);
}

TEST_CASE("a pending reversal goes before the next sale") {
    Rig rig;
    rig.host.silent_to_sales = true;
    rig.stripe_sale();
    rig.host.silent_to_sales = false;
    rig.stripe_sale();
    REQUIRE(rig.host.requests.size() == 4);
    CHECK(rig.host.requests[2].mti() == "0400");
    CHECK(rig.host.requests[3].mti() == "0200");
    CHECK(rig.book() == 1234);
    CHECK(rig.host.book() == 1234);
}

TEST_CASE("a reversal is sent resends + 1 times, then dropped with its text") {
    Rig rig;
    rig.host.silent_to_sales = true;
    rig.host.silent_to_reversals = true;
    rig.stripe_sale();
    rig.application->choose(terminal::Function::sign_in);
    rig.until_idle();
    CHECK(rig.host.count("0400") == 4);
    CHECK(rig.shown("冲正不成功"));
    CHECK(rig.last(Kind::terminal_journal).text("state") == "abandoned");
    CHECK(rig.last(Kind::terminal_journal).integer("attempts") == 4);
}

TEST_CASE("attempts that could not be sent do not use up the resends of a reversal") {
    Rig rig;
    rig.host.silent_to_sales = true;
    rig.stripe_sale();
    rig.host.silent_to_sales = false;
    rig.host.way = ScriptedHost::Way::refused;
    for (int sale = 0; sale < 6; ++sale) rig.stripe_sale();
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "refused");
    CHECK(rig.reversal_pending());
    CHECK(rig.host.count("0400") == 0);
    rig.host.way = ScriptedHost::Way::open;
    rig.stripe_sale();
    CHECK(rig.host.count("0400") == 1);
    CHECK(rig.host.book() == rig.book());
}

TEST_CASE("codes 25 and 12 settle a reversal too") {
    for (const std::string code : {"25", "12"}) {
        Rig rig;
        rig.host.silent_to_sales = true;
        rig.stripe_sale();
        rig.host.reversal_code = code;
        rig.application->choose(terminal::Function::sign_in);
        rig.until_idle();
        CHECK(rig.host.count("0400") == 1);
        CHECK_FALSE(rig.reversal_pending());
    }
}

TEST_CASE("each check of a reply has its own text and reason, and leaves the reversal") {
    struct Case {
        int field;
        std::string value, reason, text;
    };
    const Case cases[] = {
        {3, "200000", "mismatch_processing_code", "解包处理码不符"},
        {11, "999999", "mismatch_stan", "解包流水号不符"},
        {41, "00000002", "mismatch_tid", "解包终端号不符"},
        {42, "104110045110013", "mismatch_mid", "解包商户号不符"},
        {4, "000000001235", "mismatch_amount", "解包交易金额不符"},
    };
    for (const Case& check : cases) {
        Rig rig;
        rig.host.change = [&](Message& reply) {
            if (reply.mti() == "0210") reply.set(check.field, check.value);
        };
        rig.stripe_sale();
        CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "failed");
        CHECK(rig.last(Kind::terminal_outcome).text("reason") == check.reason);
        CHECK(rig.shown(check.text));
        CHECK_FALSE(rig.shown("交易成功"));
        CHECK(rig.reversal_pending());
        rig.application->choose(terminal::Function::sign_in);
        rig.until_idle();
        CHECK(rig.host.last("0400").get(39) == "06");
    }
    Rig rig;
    rig.host.change = [](Message& reply) {
        if (reply.mti() != "0210") return;
        Message other("0230");
        for (const int field : reply.fields()) other.set(field, std::string(reply.get(field)));
        reply = other;
    };
    rig.stripe_sale();
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "mismatch_mti");
    CHECK(rig.shown("解包消息码不符"));
}

TEST_CASE("an approval whose MAC is wrong is refused and reversed with reason A0") {
    Rig rig;
    rig.host.bad_mac = true;
    rig.stripe_sale();
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "mac");
    CHECK(rig.shown("解包校验不符"));
    CHECK(rig.last(Kind::terminal_response).text("mac") == "bad");
    rig.host.bad_mac = false;
    rig.application->choose(terminal::Function::sign_in);
    rig.until_idle();
    CHECK(rig.host.last("0400").get(39) == "A0");
    CHECK(rig.host.book() == 0);
}

TEST_CASE("the merchant number and the MAC are asked of approvals only") {
    Rig rig;
    rig.host.code = "51";
    rig.host.bad_mac = true;
    rig.host.change = [](Message& reply) {
        if (reply.mti() == "0210") reply.set(42, std::string("104110045110099"));
    };
    rig.stripe_sale();
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "host_code");
}

TEST_CASE("a partial approval is shown, stored and printed with the approved amount") {
    Rig rig;
    rig.host.code = "10";
    rig.host.change = [](Message& reply) {
        if (reply.mti() == "0210") reply.set(4, std::string("000000001000"));
    };
    rig.stripe_sale();
    CHECK(rig.last(Kind::terminal_outcome).integer("amount") == 1000);
    CHECK(rig.last(Kind::terminal_printed).integer("amount") == 1000);
    CHECK(rig.book() == 1000);
}

TEST_CASE("77, 99 and A0 make the terminal sign in again before the next sale, which then works") {
    for (const std::string code : {"77", "99", "A0"}) {
        Rig rig;
        rig.host.code = code;
        rig.stripe_sale();
        CHECK(rig.last(Kind::terminal_outcome).text("code") == code);
        CHECK(rig.host.count("0800") == 1);
        rig.host.code = "00";
        rig.stripe_sale();
        CHECK(rig.host.count("0800") == 2);
        CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "approved");
    }
}

TEST_CASE("connection refused and no answer to connects end within the attempts, with their own texts") {
    struct Case {
        ScriptedHost::Way way;
        std::string reason, text;
    };
    for (const Case& check : {Case{ScriptedHost::Way::refused, "refused", "连接主机被拒绝"},
                              Case{ScriptedHost::Way::blackholed, "connect_failed", "连接主机超时"}}) {
        Rig rig;
        rig.until_idle();
        const auto before = rig.all(Kind::terminal_connecting).size();
        rig.host.way = check.way;
        rig.stripe_sale();
        CHECK(rig.all(Kind::terminal_connecting).size() == before + 3);
        CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "failed");
        CHECK(rig.last(Kind::terminal_outcome).text("reason") == check.reason);
        CHECK(rig.shown(check.text));
        CHECK(rig.all(Kind::terminal_journal).empty());  // nothing was sent: nothing to reverse
    }
}

TEST_CASE("working keys with a wrong check value or length are not used") {
    Bytes wrong_check =
        hex("6701EAD6A9AD51E51AA406E2C27FCFA98D0A74B8B651F9E9BACE9AE10000000000000000AB7153CB");
    for (const Bytes& field62 : {wrong_check, Bytes(24), Bytes(40), Bytes{}}) {
        Rig rig;
        rig.host.field62 = field62;
        rig.until_idle();
        CHECK(rig.last(Kind::terminal_sign_in).text("outcome") == "bad_keys");
        CHECK(rig.shown("下载工作密钥失败"));
        rig.start_sale();
        rig.reader.swipe(good_track);
        rig.until_idle();
        CHECK(rig.last(Kind::terminal_outcome).text("reason") == "sign_in");
        CHECK(rig.host.count("0200") == 0);
    }
}

TEST_CASE("a refused sign-in is told with the host's text") {
    Rig rig;
    rig.host.change = [](Message& reply) {
        if (reply.mti() == "0810") reply.set(39, std::string("97"));
    };
    rig.until_idle();
    CHECK(rig.last(Kind::terminal_sign_in).text("outcome") == "refused");
    CHECK(rig.last(Kind::terminal_sign_in).text("code") == "97");
    CHECK(rig.shown("终端未登记"));
}

TEST_CASE("the terminal's clock is the host's after sign-in and outlives a power cycle") {
    Rig rig("clock = '2025-12-31T23:59:00'\nsign_in_at_start = false");
    rig.until_idle();
    rig.chip_sale();  // signs in first
    CHECK(rig.last(Kind::terminal_printed).text("text").find("2026/06/15 10:15") != std::string_view::npos);
    rig.power_off();
    rig.power_on();
    rig.chip_sale();
    CHECK(rig.last(Kind::terminal_printed).text("text").find("2026/06/15 10:1") != std::string_view::npos);
}

TEST_CASE("every defect shows where its rule is kept") {
    SECTION("forgets-reversal") {
        Rig rig("defects = ['forgets-reversal']");
        rig.host.silent_to_sales = true;
        rig.stripe_sale();
        rig.application->choose(terminal::Function::sign_in);
        rig.until_idle();
        CHECK(rig.host.count("0400") == 0);
        CHECK(rig.host.book() == 1234);
    }
    SECTION("reversal-new-stan") {
        Rig rig("defects = ['reversal-new-stan']");
        rig.host.silent_to_sales = true;
        rig.stripe_sale();
        rig.application->choose(terminal::Function::sign_in);
        rig.until_idle();
        CHECK(rig.host.last("0400").get(11) != rig.host.last("0200").get(11));
        CHECK(rig.host.book() == 1234);
    }
    SECTION("reversal-lost-at-power-off") {
        Rig rig("defects = ['reversal-lost-at-power-off']");
        rig.host.silent_to_sales = true;
        rig.stripe_sale();
        rig.power_off();
        rig.power_on();
        rig.until_idle();
        CHECK(rig.host.count("0400") == 0);
    }
    SECTION("reversal-after-sending") {
        Rig rig("defects = ['reversal-after-sending']");
        rig.start_sale();
        rig.reader.insert();
        REQUIRE(
            rig.until(Kind::terminal_request, [](const auto& event) { return event.text("mti") == "0200"; }));
        CHECK(rig.all(Kind::terminal_journal).empty());
    }
    SECTION("approves-91") {
        Rig rig("defects = ['approves-91']");
        rig.host.code = "91";
        rig.stripe_sale();
        CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "approved");
        CHECK(rig.host.book() == 0);
    }
    SECTION("reply-mac-unchecked") {
        Rig rig("defects = ['reply-mac-unchecked']");
        rig.host.bad_mac = true;
        rig.stripe_sale();
        CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "approved");
    }
    SECTION("reply-stan-unchecked") {
        Rig rig("defects = ['reply-stan-unchecked']");
        rig.host.change = [](Message& reply) {
            if (reply.mti() == "0210") reply.set(11, std::string("999999"));
        };
        rig.stripe_sale();
        CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "approved");
    }
}
