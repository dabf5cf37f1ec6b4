#include <algorithm>

#include "tests/support/catch.hpp"
#include "tests/unit/terminal/emulated_rig.hpp"

using namespace posbench;
using namespace posbench::terminal::testing;
using trace::Kind;

namespace {

std::size_t position(const Rig& rig, Kind kind, std::string_view field, std::string_view value) {
    const auto& events = rig.trace.events();
    const auto found = std::ranges::find_if(
        events, [&](const trace::Event& event) { return event.kind == kind && event.text(field) == value; });
    REQUIRE(found != events.end());
    return static_cast<std::size_t>(found - events.begin());
}

}  // namespace

TEST_CASE("a terminal boots, signs in with its master key and takes batch and time from the host") {
    Rig rig;
    CHECK_FALSE(rig.application->idle());
    rig.until_idle();
    CHECK(rig.count(Kind::terminal_sign_in, "outcome", "done") == 1);
    CHECK(rig.last(Kind::terminal_sign_in).text("batch") == "000007");
    CHECK(rig.shown("签到成功"));
    CHECK(rig.host.last("0800").get(60) == "00000001003");
    CHECK_FALSE(rig.host.last("0800").has(64));
}

TEST_CASE("a stripe sale: typed, sent, authorised and printed amounts are one") {
    Rig rig;
    rig.stripe_sale();
    const iso8583::Message& request = rig.host.last("0200");
    CHECK(request.get(4) == "000000001234");
    CHECK(request.get(3) == "000000");
    CHECK(request.get(22) == "022");
    CHECK(request.get(25) == "00");
    CHECK(request.get(35) == "6210948000000011D30121010000012345");
    CHECK(request.get(49) == "156");
    CHECK(request.get(60).starts_with("22"));
    CHECK(request.get(60).substr(11) == "601");
    CHECK_FALSE(request.has(52));
    CHECK_FALSE(request.has(55));

    const trace::Event& outcome = rig.last(Kind::terminal_outcome);
    CHECK(outcome.text("outcome") == "approved");
    CHECK(outcome.text("code") == "00");
    CHECK(outcome.text("entry") == "stripe");
    CHECK(outcome.text("stan") == request.get(11));
    CHECK(outcome.integer("amount") == 1234);
    CHECK(rig.all(Kind::terminal_outcome).size() == 1);
    CHECK(rig.shown("交易成功"));
    CHECK(rig.shown("已连接银联中心"));
    CHECK(rig.book() == 1234);
    CHECK(rig.host.book() == 1234);
}

TEST_CASE("both copies of the receipt carry amount, numbers and the masked card, and no clear card number") {
    Rig rig;
    rig.stripe_sale();
    const auto copies = rig.all(Kind::terminal_printed);
    REQUIRE(copies.size() == 2);
    CHECK(copies[0]->text("copy") == "merchant");
    CHECK(copies[1]->text("copy") == "cardholder");
    for (const trace::Event* copy : copies) {
        CHECK(copy->integer("amount") == 1234);
        CHECK(copy->text("text").find("RMB 12.34") != std::string_view::npos);
        CHECK(copy->text("text").find("621094******0011") != std::string_view::npos);
        CHECK(copy->text("text").find("商户编号: 104110045110012") != std::string_view::npos);
        CHECK(copy->text("rrn") == "061500000001");
    }
    for (const trace::Event& event : rig.trace.events())
        for (const trace::Field& field : event.fields)
            if (const auto* text = std::get_if<std::string>(&field.value))
                CHECK(text->find("6210948000000011") == std::string::npos);
}

TEST_CASE("the reversal is stored before the request is sent and deleted in the write that stores the sale") {
    Rig rig;
    rig.stripe_sale();
    const std::size_t stored = position(rig, Kind::terminal_journal, "entry", "reversal");
    const std::size_t sent = position(rig, Kind::terminal_request, "mti", "0200");
    const std::size_t sale = position(rig, Kind::terminal_journal, "entry", "sale");
    CHECK(stored < sent);
    const trace::Event& next = rig.trace.events()[sale + 1];
    CHECK(next.kind == Kind::terminal_journal);
    CHECK(next.text("op") == "delete");
    CHECK(next.text("state") == "approved");
    CHECK(next.at == rig.trace.events()[sale].at);
    CHECK_FALSE(rig.reversal_pending());
}

TEST_CASE("a PIN is shown as asterisks, sent as an enciphered block, and never in the trace") {
    Rig rig;
    rig.start_sale();
    rig.reader.swipe(good_track);
    REQUIRE(rig.until_prompt("pin"));
    rig.press("1 2 3 clear 1 2 3 confirm");  // three digits are too few
    CHECK(rig.shown("密码长度错误"));
    rig.press("4 5 6 confirm");
    rig.until_idle();
    const iso8583::Message& request = rig.host.last("0200");
    CHECK(request.get(22) == "021");
    CHECK(request.get(26) == "12");
    CHECK(request.get(53) == "2600000000000000");
    const crypto::DesCipher tpk(ByteView(hex("807A23AD32B36D457AE91FDF927570EA")));
    const Bytes clear = tpk.decrypt(request.bytes(52));
    crypto::Block8 block{};
    std::ranges::copy(clear, block.begin());
    CHECK(crypto::pin_from_iso0(block, "6210948000000011").value() == "123456");
    CHECK(rig.count(Kind::terminal_key, "key", "*") == 9);
}

TEST_CASE("field 53 tells the length of the PIN key that the sign-in asked for") {
    terminal::TransactionData sale;
    sale.type = iso8583::TransactionType::sale;
    sale.entry = terminal::Entry::stripe;
    sale.pan = "6210948000000011";
    sale.stan = "000001";
    sale.amount = Amount(1234, cny);
    sale.pin_block = Bytes(8, 0x5A);
    terminal::TerminalSettings settings;
    settings.sign_in_key_type = "001";
    CHECK(terminal::transaction_request(settings, "000001", sale).get(53) == "2000000000000000");
    settings.sign_in_key_type = "003";
    CHECK(terminal::transaction_request(settings, "000001", sale).get(53) == "2600000000000000");
    sale.pin_block.clear();
    CHECK_FALSE(terminal::transaction_request(settings, "000001", sale).has(53));
}

TEST_CASE("an expired stripe card is refused before anything is sent, or left to the host by a setting") {
    constexpr std::string_view expired = "6210948000000011=26051010000012345";
    constexpr std::string_view valid_to_the_end_of_the_month = "6210948000000011=26061010000012345";
    {
        Rig rig;
        rig.start_sale();
        rig.reader.swipe(expired);
        rig.until_idle();
        CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "declined");
        CHECK(rig.last(Kind::terminal_outcome).text("reason") == "expired_card");
        CHECK(rig.host.count("0200") == 0);
    }
    for (const std::string_view overrides : {"check_stripe_expiry = false", "defects = ['ignores-expiry']"}) {
        Rig rig(overrides);
        rig.start_sale();
        rig.reader.swipe(expired);
        CHECK(rig.until_prompt("pin"));
    }
    Rig rig;
    rig.start_sale();
    rig.reader.swipe(valid_to_the_end_of_the_month);
    CHECK(rig.until_prompt("pin"));
}

TEST_CASE("a card without an expiry or a service code is read, and its expiry is the host's affair") {
    struct Card {
        std::string_view track2, field35;
    };
    for (const Card& card : {Card{"6210948000000011==1010000012345", "6210948000000011DD1010000012345"},
                             Card{"6210948000000011=3012=0000012345", "6210948000000011D3012D0000012345"},
                             Card{"6210948000000011===12345", "6210948000000011DDD12345"}}) {
        INFO(card.track2);
        Rig rig;
        rig.start_sale();
        rig.reader.swipe(card.track2);
        REQUIRE(rig.until_prompt("pin"));
        rig.press("confirm");
        rig.until_idle();
        CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "approved");
        const iso8583::Message& request = rig.host.last("0200");
        CHECK(request.get(35) == card.field35);
        CHECK(request.has(14) == (card.field35.find("DD") == std::string_view::npos));
    }
    Rig rig;
    rig.start_sale();
    rig.reader.swipe("6210948000000011=30131010000012345");
    REQUIRE(rig.until_prompt("swipe_again"));
    CHECK(rig.last(Kind::terminal_stripe).text("reason") == "format");
}

TEST_CASE("a stripe that cannot be read is asked for again, three times at most, and never guessed") {
    Rig rig;
    rig.start_sale();
    for (int attempt = 1; attempt <= 3; ++attempt) {
        rig.reader.swipe(good_track, true);
        if (attempt < 3) REQUIRE(rig.until_prompt("swipe_again"));
    }
    rig.until_idle();
    CHECK(rig.count(Kind::terminal_stripe, "reason", "lrc") == 3);
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "read_error");
    CHECK(rig.shown("刷卡错误,请重刷"));
    CHECK(rig.host.count("0200") == 0);
}

TEST_CASE("a stripe whose number fails the Luhn check is not taken as read") {
    Rig rig;
    rig.start_sale();
    rig.reader.swipe("6210948000000012=30121010000012345");
    REQUIRE(rig.until_prompt("swipe_again"));
    CHECK(rig.last(Kind::terminal_stripe).text("reason") == "luhn");
}

TEST_CASE("the defect ignores-lrc goes on with a stripe whose LRC is wrong") {
    Rig rig("defects = ['ignores-lrc']");
    rig.start_sale();
    rig.reader.swipe(good_track, true);
    CHECK(rig.until_prompt("pin"));
}

TEST_CASE("the stripe of a chip card is refused, the chip asked for, nothing sent") {
    Rig rig;
    rig.start_sale();
    rig.reader.swipe(chip_track);
    REQUIRE(rig.until_prompt("use_chip"));
    CHECK(rig.shown("该卡为芯片卡"));
    CHECK(rig.host.count("0200") == 0);
    rig.reader.insert();
    rig.until_idle();
    CHECK(rig.last(Kind::terminal_outcome).text("entry") == "chip");
    CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "approved");

    Rig careless("defects = ['swipes-chip-cards']");
    careless.start_sale();
    careless.reader.swipe(chip_track);
    CHECK(careless.until_prompt("pin"));
}

TEST_CASE("no card within the operator's time, or cancel at any prompt, ends with nothing sent") {
    Rig rig;
    rig.start_sale();
    rig.until_idle();
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "no_input");
    CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "cancelled");
    rig.start_sale();
    rig.press("cancel");
    rig.until_idle();
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "cancelled");
    rig.start_sale();
    rig.reader.swipe(good_track);
    REQUIRE(rig.until_prompt("pin"));
    rig.press("cancel");
    rig.until_idle();
    CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "cancelled");
    rig.application->press("sale");
    REQUIRE(rig.until_prompt("amount"));
    rig.press("cancel");
    rig.until_idle();
    CHECK(rig.all(Kind::terminal_outcome).size() == 4);
    CHECK(rig.host.count("0200") == 0);
    CHECK_FALSE(rig.reversal_pending());
}

TEST_CASE("amounts of zero and above the limit are refused at the keypad; clear and 00 work") {
    Rig rig("amount_max = '100.00'");
    rig.until_idle();
    rig.application->press("sale");
    REQUIRE(rig.until_prompt("amount"));
    rig.press("confirm");
    CHECK(rig.shown("金额不能为零"));
    rig.press("1 0 0 0 1 confirm");
    CHECK(rig.shown("金额超限"));
    rig.press("clear 5 00");
    rig.application->press("confirm");
    REQUIRE(rig.until_prompt("card"));
    CHECK(rig.shown("RMB 5.00"));
}

TEST_CASE("confirm pressed twice is one sale, and keys nobody listens to are lost") {
    Rig rig;
    rig.start_sale();
    rig.press("confirm confirm");
    rig.reader.swipe(good_track);
    REQUIRE(rig.until_prompt("pin"));
    rig.application->press("confirm");
    rig.application->press("confirm");
    rig.application->press("sale");
    rig.until_idle();
    CHECK(rig.host.count("0200") == 1);
    CHECK(rig.all(Kind::terminal_outcome).size() == 1);
    CHECK_THROWS_AS(rig.application->press("nonsense"), std::invalid_argument);
}

TEST_CASE("a journal at its capacity takes no further sale") {
    Rig rig("journal_capacity = 1");
    rig.stripe_sale();
    rig.application->press("sale");
    REQUIRE(rig.until(Kind::terminal_outcome, [](const auto&) { return true; }));
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "storage");
    CHECK(rig.host.count("0200") == 1);
}

TEST_CASE("STANs count up by transaction") {
    Rig rig;
    rig.stripe_sale();
    const std::string first(rig.host.last("0200").get(11));
    rig.stripe_sale();
    CHECK(first == "000002");  // the sign-in had 000001
    CHECK(rig.host.last("0200").get(11) == "000003");
}

TEST_CASE("the display speaks English when it is told to") {
    Rig rig("language = 'en'");
    rig.stripe_sale();
    CHECK(rig.shown("INSERT OR SWIPE CARD"));
    CHECK(rig.last(Kind::terminal_outcome).text("text") == "approved");
}

TEST_CASE("the same seed gives the same events") {
    Rig first("", 7), second("", 7);
    first.chip_sale();
    second.chip_sale();
    REQUIRE(first.trace.events().size() == second.trace.events().size());
    for (std::size_t i = 0; i < first.trace.events().size(); ++i) {
        CHECK(first.trace.events()[i].at == second.trace.events()[i].at);
        CHECK(first.trace.events()[i].kind == second.trace.events()[i].kind);
    }
    CHECK(first.reader.commands == second.reader.commands);
}
