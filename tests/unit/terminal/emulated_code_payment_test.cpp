// Payments by a code that the terminal scans or shows: from the first prompt to their end at the counter.

#include "bench/trace/jsonl.hpp"
#include "tests/unit/terminal/code_rig.hpp"

using namespace posbench;
using namespace posbench::terminal::testing;
using terminal::Function;
using trace::Kind;

namespace {

const std::string approved = "store pending, update approved", given_up = "store pending, delete declined";

/// Seconds between the requests of that 60.1.
std::vector<std::int64_t> gaps(const Rig& rig, std::string_view type) {
    std::vector<std::int64_t> found;
    std::optional<runtime::TimePoint> before;
    for (const trace::Event* event : rig.all(Kind::terminal_request)) {
        if (event->text("transaction_type") != type) continue;
        if (before)
            found.push_back(std::chrono::duration_cast<std::chrono::seconds>(event->at - *before).count());
        before = event->at;
    }
    return found;
}

}  // namespace

TEST_CASE("a scanned code is sent in field 59, and the payment is kept, told and printed without a card") {
    CodeRig rig;
    rig.scan_payment();
    CHECK(rig.outcome() == "approved 00");
    const iso8583::Message& request = rig.orders.last(scanned);
    CHECK(request.mti() == "0200");
    CHECK(request.get(3) == "000000");
    CHECK(request.get(4) == "000000001234");
    CHECK(request.get(22) == "032");
    CHECK(request.get(25) == "00");
    CHECK(as_text(request.bytes(59)) == payment_code);
    for (const int field : {2, 14, 23, 26, 35, 36, 52, 53, 55, 61}) CHECK_FALSE(request.has(field));
    CHECK(rig.journal() == approved);
    CHECK(rig.booked() == 1234);
    CHECK(rig.orders.paid() == 1234);
    CHECK(rig.receipts("scan_payment") == 2);
    const std::string_view receipt = rig.last(Kind::terminal_printed).text("text");
    CHECK(receipt.find("扫码支付") != std::string_view::npos);
    CHECK(receipt.find("卡号") == std::string_view::npos);
    CHECK(receipt.find("签名") == std::string_view::npos);
    CHECK(rig.last(Kind::terminal_outcome).text("entry") == "code");
    CHECK(rig.orders.count(queried) == 0);
    CHECK(rig.host.count("0400") == 0);
}

TEST_CASE("a payment code is masked in every event, as a PAN is") {
    CodeRig rig;
    rig.scan_payment();
    CHECK(rig.last(Kind::terminal_scanned).text("outcome") == "read");
    CHECK(rig.last(Kind::terminal_scanned).text("payment_code") == "621094********1234");
    for (const trace::Event& event : rig.trace.events()) {
        std::string line;
        trace::append_json(line, event);
        CHECK(line.find(payment_code.substr(4, 10)) == std::string::npos);
    }
}

TEST_CASE("what is no payment code is to be scanned again, a few times at most") {
    for (const std::string& text :
         {std::string(15, '6'), std::string(25, '6'), std::string("62109480000A001234"), std::string(),
          std::string("6210 9480 0000 0012 34")}) {
        INFO(text);
        CodeRig rig;
        rig.start(Function::scan_payment, {{"amount", "1234"}});
        REQUIRE(rig.until_prompt("code"));
        for (int tries = 1; tries < 3; ++tries) {
            rig.scan(text);
            REQUIRE(rig.until_prompt("code"));
        }
        CHECK(rig.shown("付款码有误,请重扫"));
        rig.scan(text);
        rig.until_idle();
        CHECK(rig.outcome() == "failed read_error");
        CHECK(rig.count(Kind::terminal_scanned, "outcome", "malformed") == 3);
        CHECK(rig.host.count("0200") == 0);
        CHECK(rig.journal().empty());
    }
    for (const std::string& text : {std::string(16, '6'), std::string(24, '6')}) {
        CodeRig rig;
        rig.start(Function::scan_payment, {{"amount", "1234"}});
        REQUIRE(rig.until_prompt("code"));
        rig.scan(text);
        rig.until_idle();
        CHECK(rig.outcome() == "approved 00");
    }
}

TEST_CASE("a code that nobody asked for is ignored, and what it says is not looked at") {
    CodeRig rig;
    rig.until_idle();
    rig.scan(payment_code);
    rig.start(Function::sale, {});
    rig.scan(payment_code);
    rig.press("cancel");
    rig.until_idle();
    CHECK(rig.count(Kind::terminal_scanned, "outcome", "ignored") == 2);
    CHECK_FALSE(rig.last(Kind::terminal_scanned).find("payment_code"));
    // Nor is it there for the payment that is asked for only then.
    rig.start(Function::scan_payment, {{"amount", "1234"}});
    REQUIRE(rig.until_prompt("code"));
    rig.press("cancel");
    rig.until_idle();
    CHECK(rig.outcome() == "cancelled cancelled");
    CHECK(rig.host.count("0200") == 0);
    rig.start(Function::scan_payment, {{"amount", "1234"}});
    rig.until_idle();
    CHECK(rig.outcome() == "cancelled no_input");
}

TEST_CASE(
    "an order that waits for its customer is asked for until it is paid, each time under another STAN") {
    CodeRig rig;
    rig.orders.paid_after = 3;
    rig.scan_payment();
    CHECK(rig.outcome() == "approved 00");
    CHECK(rig.orders.count(scanned) == 1);
    CHECK(rig.orders.count(queried) == 3);
    CHECK(rig.shown("等待顾客付款"));
    CHECK(rig.count(Kind::terminal_state, "state", "paying") >= 1);
    const std::string stan(rig.orders.last(scanned).get(11));
    const iso8583::Message& query = rig.orders.last(queried);
    CHECK(query.get(3) == "310000");
    CHECK(query.get(61) == "000007" + stan);
    CHECK(query.get(11) > stan);
    CHECK(query.get(22) == "032");
    for (const std::int64_t gap : gaps(rig, queried)) CHECK(gap == 3);
    CHECK(rig.last(Kind::terminal_printed).text("stan") == stan);
    CHECK(rig.journal() == approved);
}

TEST_CASE("a customer who refuses ends the payment, and nothing is booked") {
    CodeRig rig;
    rig.orders.paid_after = -1;
    rig.orders.refused = true;
    rig.scan_payment();
    CHECK(rig.outcome() == "declined host_code 17");
    CHECK(rig.journal() == given_up);
    CHECK(rig.receipts("scan_payment") == 0);
    CHECK(rig.orders.count(closed) == 0);
    CodeRig at_once;
    at_once.orders.answer = "17";
    at_once.scan_payment();
    CHECK(at_once.outcome() == "declined host_code 17");
    CHECK(at_once.journal() == given_up);
}

TEST_CASE(
    "an order that nobody pays is closed when the customer's time is over, or the operator gives it up") {
    CodeRig rig("code_wait = '30s'\ncode_poll = '5s'");
    rig.orders.paid_after = -1;
    rig.scan_payment();
    CHECK(rig.outcome() == "cancelled no_input");
    CHECK(rig.shown("未付款,订单已关闭"));
    CHECK(rig.orders.count(closed) == 1);
    CHECK(rig.orders.last(closed).get(3) == "200000");
    CHECK(rig.orders.last(closed).get(61) == "000007" + std::string(rig.orders.last(scanned).get(11)));
    CHECK(rig.orders.count(queried) >= 5);
    CHECK(rig.orders.count(queried) <= 6);
    CHECK(rig.journal() == given_up);

    CodeRig cancelled;
    cancelled.orders.paid_after = -1;
    cancelled.begin_scan();
    REQUIRE(cancelled.until(Kind::terminal_state,
                            [](const trace::Event& event) { return event.text("state") == "paying"; }));
    cancelled.run_for(1s);
    cancelled.press("cancel");
    cancelled.until_idle();
    CHECK(cancelled.outcome() == "cancelled cancelled");
    CHECK(cancelled.orders.count(closed) == 1);
    CHECK(cancelled.journal() == given_up);
}

TEST_CASE("a customer who pays while the order is being closed has paid") {
    CodeRig rig("code_wait = '6s'");
    rig.orders.paid_after = -1;
    rig.orders.late = true;
    rig.scan_payment();
    CHECK(rig.orders.count(closed) == 1);
    CHECK(rig.outcome() == "approved 00");
    CHECK(rig.journal() == approved);
    CHECK(rig.booked() == rig.orders.paid());
    CHECK(rig.receipts("scan_payment") == 2);
}

TEST_CASE("what the host refuses is over; what leaves the order unknown is asked for") {
    for (const char* code : {"14", "51", "13", "30", "94", "96x", "91x", "68x"}) {
        INFO(code);
        const std::string answered(code, 2);
        const bool asked = code[2] == 'x';
        CodeRig rig;
        rig.orders.answer = answered;
        rig.scan_payment();
        CHECK(rig.outcome() == "declined host_code " + answered);
        CHECK(rig.orders.count(queried) == (asked ? 1 : 0));
        CHECK(rig.orders.count(closed) == (asked ? 1 : 0));  // not known there: it must not arrive later
        CHECK(rig.journal() == given_up);
    }
    CodeRig keys;
    keys.orders.answer = "A0";
    keys.scan_payment();
    CHECK(keys.outcome() == "declined host_code A0");
    keys.orders.answer.clear();
    keys.scan_payment();
    CHECK(keys.host.count("0800") == 2);
    CHECK(keys.outcome() == "approved 00");
}

TEST_CASE("a code is shown that the customer scans, until he has paid") {
    CodeRig rig;
    rig.orders.paid_after = 2;
    rig.present_payment();
    CHECK(rig.outcome() == "approved 00");
    const iso8583::Message& request = rig.orders.last(presented);
    CHECK(request.get(22) == "032");
    CHECK_FALSE(request.has(59));
    const std::string stan(request.get(11));
    CHECK(rig.shown("请顾客扫码付款\nPAY/" + stan + "\nRMB 12.34"));
    CHECK(rig.journal() == approved);
    CHECK(rig.receipts("present_payment") == 2);
    CHECK(rig.booked() == rig.orders.paid());

    rig.orders.paid_after = -1;
    rig.present_payment();
    CHECK(rig.outcome() == "cancelled no_input");
    CHECK(rig.shown("PAY/" + std::string(rig.orders.last(presented).get(11))));
    CHECK(rig.orders.count(closed) == 1);
}

TEST_CASE("a code that cannot be shown nobody can pay: the order is closed at once") {
    for (const std::string& code : {std::string("PAY "), std::string(123, 'P')}) {
        CodeRig rig;
        rig.orders.paid_after = -1;
        rig.orders.code = code;
        rig.present_payment();
        CHECK(rig.outcome() == "failed bad_reply");
        CHECK(rig.orders.count(queried) == 0);
        CHECK(rig.orders.count(closed) == 1);
        CHECK_FALSE(rig.shown(code.substr(0, 3)));
    }
    CodeRig longest;
    longest.orders.paid_after = 1;
    longest.orders.code = std::string(122, 'P');  // and a STAN
    longest.present_payment();
    CHECK(longest.outcome() == "approved 00");
    CodeRig lost;
    lost.orders.paid_after = -1;
    lost.orders.lost["52"] = 1;
    lost.present_payment();
    CHECK(lost.outcome() == "failed no_reply");
    CHECK(lost.orders.count(closed) == 1);
    CHECK(lost.journal() == given_up);
}

TEST_CASE("a payment by code is given back by its reference number, at most what was paid") {
    CodeRig rig;
    rig.scan_payment();
    const std::string stan(rig.orders.last(scanned).get(11));
    rig.code_refund("1000");
    CHECK(rig.outcome() == "approved 00");
    const iso8583::Message& request = rig.orders.last(given_back);
    CHECK(request.mti() == "0220");
    CHECK(request.get(3) == "200000");
    CHECK(request.get(22) == "032");
    CHECK(request.get(37) == "061500000001");
    CHECK(request.get(61) == "000007" + stan);
    CHECK_FALSE(request.has(2));
    CHECK(rig.receipts("code_refund") == 2);
    CHECK(rig.last(Kind::terminal_printed).text("text").find("-RMB 10.00") != std::string_view::npos);
    CHECK(rig.booked() == 234);
    CHECK(rig.orders.paid() == 234);

    rig.start(Function::code_refund, {{"reference", "061500000001"}, {"amount", "1000"}});
    rig.run_for(1s);
    CHECK(rig.shown("金额超限"));
    rig.press("cancel");
    rig.code_refund("234");
    CHECK(rig.outcome() == "approved 00");
    rig.start(Function::code_refund, {{"reference", "061500000001"}});
    rig.until_idle();
    CHECK(rig.outcome() == "failed not_allowed");
    CHECK(rig.shown("该笔交易已退货"));
    CHECK(rig.booked() == 0);
}

TEST_CASE("a refund without an answer waits and is repeated, and there is no second one meanwhile") {
    CodeRig rig;
    rig.scan_payment();
    rig.orders.lost["55"] = 1;
    rig.code_refund("1000");
    CHECK(rig.outcome() == "failed no_reply");
    CHECK(rig.shown("请勿重复退货"));
    CHECK(rig.booked() == 1234);
    rig.start(Function::code_refund, {{"reference", "061500000001"}});
    rig.until_idle();
    CHECK(rig.outcome() == "failed not_allowed");
    rig.power_off();
    rig.power_on();
    rig.until_idle();
    CHECK(rig.receipts("code_refund") == 2);
    CHECK(rig.booked() == 234);
    CHECK(rig.orders.paid() == 234);
}

TEST_CASE("payments by code count in the totals, and are uploaded without a number") {
    CodeRig rig;
    rig.scan_payment();
    rig.code_refund("1000");
    rig.orders.paid_after = 1;
    rig.present_payment("500");
    rig.host.settlement_answer = '2';
    rig.start(Function::settlement, {});
    rig.until_idle();
    CHECK(rig.host.last("0500").get(48).substr(0, 30) == "000000001734002000000001000001");
    std::string records;
    for (const iso8583::Message& request : rig.host.requests)
        if (request.mti() == "0320" && request.get(48).size() > 4) records = request.get(48);
    REQUIRE(records.size() == 2 + 3 * 40);
    CHECK(records.substr(0, 4) == "0300");
    CHECK(records.substr(10, 20) == std::string(20, '0'));
    CHECK(rig.last(Kind::terminal_settlement).integer("debit_amount") == 1734);
    CHECK(rig.last(Kind::terminal_settlement).integer("credit_amount") == 1000);
}
