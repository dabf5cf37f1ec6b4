// Orders of payments by code whose result did not come: what is asked for, closed and repeated, when, and
// over power cuts. A cardholder never pays twice, and what he paid is known in the end.

#include "tests/unit/terminal/code_rig.hpp"

using namespace posbench;
using namespace posbench::terminal::testing;
using terminal::Function;
using trace::Kind;

namespace {

const std::string approved = "store pending, update approved", given_up = "store pending, delete declined",
                  pending = "store pending";

/// A payment whose order is paid, and nothing answers any more.
void pay_into_silence(CodeRig& rig) {
    rig.orders.lost["51"] = 1;
    rig.orders.deaf["53"] = 1000;
    rig.orders.deaf["54"] = 1000;
    rig.scan_payment();
    REQUIRE(rig.outcome() == "failed no_reply");
    REQUIRE(rig.journal().ends_with(pending));
}

void answer_again(CodeRig& rig) {
    rig.orders.deaf.clear();
}

/// The requests of that message type since the first of 60.1 53, by 60.1.
std::string types(const CodeRig& rig) {
    std::string text;
    for (const iso8583::Message& request : rig.host.requests)
        if (request.mti() != "0800")
            text += (text.empty() ? "" : " ") + std::string(request.get(60).substr(0, 2));
    return text;
}

}  // namespace

TEST_CASE("a lost answer is asked for: the customer pays once, and nothing is reversed") {
    CodeRig rig;
    rig.orders.lost["51"] = 1;
    rig.scan_payment();
    CHECK(rig.outcome() == "approved 00");
    CHECK(rig.orders.count(scanned) == 1);
    CHECK(rig.orders.count(queried) == 1);
    CHECK(rig.host.count("0400") == 0);
    CHECK(rig.booked() == 1234);
    CHECK(rig.orders.paid() == 1234);
    CHECK(rig.receipts("scan_payment") == 2);
}

TEST_CASE("a request that was lost is unknown to the host: it is closed, so that it cannot arrive later") {
    CodeRig rig;
    rig.orders.deaf["51"] = 1;
    rig.scan_payment();
    CHECK(rig.outcome() == "failed no_reply");
    CHECK(types(rig) == "51 53 54");
    CHECK(rig.journal() == given_up);
    CHECK(rig.orders.paid() == 0);
}

TEST_CASE("an order is in the journal before it is sent, and never when the host was not reached") {
    CodeRig rig;
    rig.begin_scan();
    REQUIRE(rig.until(Kind::terminal_journal, [](const trace::Event&) { return true; }));
    CHECK(rig.journal() == pending);
    CHECK(rig.orders.count(scanned) == 0);
    rig.until_idle();
    rig.host.way = ScriptedHost::Way::refused;
    rig.scan_payment();
    CHECK(rig.outcome() == "failed refused");
    CHECK(rig.journal() == approved);
}

TEST_CASE("an order without a result says so, and is asked for before the next transaction") {
    CodeRig rig;
    pay_into_silence(rig);
    CHECK(rig.shown("付款结果未知,请查询\n请勿重复收款"));
    CHECK(rig.receipts("scan_payment") == 0);
    answer_again(rig);
    const std::size_t before = rig.host.requests.size();
    rig.stripe_sale();
    CHECK(rig.outcome() == "approved 00");
    REQUIRE(rig.host.requests.size() == before + 2);
    CHECK(rig.host.requests[before].get(60).substr(0, 2) == "53");
    CHECK(rig.host.requests[before + 1].get(60).substr(0, 2) == "22");
    CHECK(rig.shown("前笔扫码付款: 交易成功"));
    CHECK(rig.receipts("scan_payment") == 2);
    CHECK(rig.journal() == approved);
    CHECK(rig.booked() == rig.orders.paid());
}

TEST_CASE("while an order has no result no transaction is asked of the host, but advices are still made") {
    CodeRig rig;
    pay_into_silence(rig);
    rig.scan_payment();
    CHECK(rig.outcome() == "failed no_reply");
    CHECK(rig.orders.count(scanned) == 1);
    rig.code_refund("100");
    CHECK(rig.outcome() == "failed no_reply");
    CHECK(rig.orders.count(given_back) == 0);
    rig.stripe_sale();
    CHECK(rig.outcome() == "failed no_reply");
    CHECK(rig.host.count("0200") ==
          rig.orders.count(scanned) + rig.orders.count(queried) + rig.orders.count(closed));
    rig.start(Function::settlement, {});
    rig.until_idle();
    CHECK(rig.host.count("0500") == 0);
    rig.start(Function::offline_sale, {{"amount", "100"}, {"auth_code", "123456"}});
    REQUIRE(rig.until_prompt_or_idle("card"));
    rig.reader.swipe(good_track);
    rig.until_idle();
    CHECK(rig.outcome() == "approved");
    rig.start(Function::completion_advice, {{"auth_code", "123456"}, {"date", "0615"}, {"amount", "200"}});
    REQUIRE(rig.until_prompt_or_idle("card"));
    rig.reader.swipe(good_track);
    rig.until_idle();
    CHECK(rig.outcome() == "approved");
    CHECK(rig.host.count("0220") == 2);
    CHECK(rig.journal() == pending);
    answer_again(rig);
    rig.start(Function::settlement, {});
    rig.until_idle();
    CHECK(rig.host.count("0500") == 1);
    CHECK(rig.last(Kind::terminal_settlement).integer("debit_amount") == 1534);
    CHECK(rig.receipts("scan_payment") == 2);
}

TEST_CASE("an order that nobody paid is closed at the next sign-in; one unknown too") {
    for (const bool arrived : {true, false}) {
        CodeRig rig;
        rig.orders.paid_after = -1;
        rig.orders.deaf = {{"51", arrived ? 0 : 1}, {"53", 1000}, {"54", 1000}};
        rig.orders.lost["51"] = arrived ? 1 : 0;
        rig.scan_payment();
        REQUIRE(rig.journal() == pending);
        answer_again(rig);
        rig.sign_in();
        CHECK(rig.orders.count(closed) == 2);  // one that was lost
        CHECK(rig.journal() == given_up);
        CHECK(rig.shown("前笔扫码付款: 未付款,订单已关闭"));
        rig.sign_in();
        CHECK(rig.orders.count(closed) == 2);
    }
}

TEST_CASE("a power cut at any moment of a payment loses no order: books agree, and it is paid at most once") {
    for (const char* overrides : {"code_wait = '8s'", "code_wait = '8s'\nsign_in_at_start = false"}) {
        int cuts = 0, later = 0;
        for (std::uint64_t steps = 1; steps < 10'000; ++steps) {
            CodeRig rig(overrides);
            rig.orders.paid_after = 2;
            rig.start(Function::scan_payment, {{"amount", "1234"}});
            REQUIRE(rig.until_prompt("code"));
            rig.scan(payment_code);
            if (!rig.run_steps(steps)) break;
            ++cuts;
            rig.power_off();
            rig.power_on();
            rig.until_idle();
            rig.sign_in();
            INFO("cut after " << steps << " steps");
            CHECK(rig.booked() == rig.orders.paid());
            CHECK(rig.orders.count(scanned) <= 1);
            CHECK((rig.receipts("scan_payment") >= 2) == (rig.booked() > 0));
            if (rig.journal() == given_up) ++later;
            REQUIRE_FALSE(rig.journal() == pending);
        }
        CHECK(cuts > 40);
        CHECK(later > 5);
    }
}

TEST_CASE("the receipt of an order found paid waits for a printer, and takes the place of no other") {
    terminal::Condition no_paper;
    no_paper.printer = terminal::PrinterState::no_paper;
    CodeRig rig;
    pay_into_silence(rig);
    rig.start(Function::offline_sale, {{"amount", "100"}, {"auth_code", "123456"}});
    REQUIRE(rig.until_prompt("card"));
    rig.reader.swipe(good_track);
    REQUIRE(rig.until(Kind::terminal_outcome, [](const trace::Event&) { return true; }));
    rig.device.change(no_paper);
    REQUIRE(rig.until_prompt("reprint"));
    rig.press("cancel");
    rig.until_idle();
    REQUIRE(rig.receipts("offline_sale") == 0);
    rig.device.change(terminal::Condition());
    answer_again(rig);
    rig.sign_in();
    CHECK(rig.receipts("offline_sale") == 2);
    CHECK(rig.receipts("scan_payment") == 2);

    CodeRig jammed;
    pay_into_silence(jammed);
    jammed.power_off();
    answer_again(jammed);
    jammed.device.change(no_paper);
    jammed.power_on();
    REQUIRE(jammed.until_prompt("reprint"));
    jammed.press("cancel");
    jammed.until_idle();
    CHECK(jammed.journal() == approved);
    CHECK(jammed.receipts("scan_payment") == 0);
    jammed.device.change(terminal::Condition());
    jammed.stripe_sale();
    CHECK(jammed.receipts("scan_payment") == 2);
    CHECK(jammed.receipts("sale") == 2);
}

TEST_CASE("no answer about an order is believed whose MAC is wrong, a refusal neither") {
    for (const char* code : {"17", "09", "00", "25"}) {
        INFO(code);
        CodeRig rig("code_wait = '10s'");
        rig.orders.answer = code;
        rig.orders.query_answer = code;
        rig.host.bad_mac = true;
        rig.begin_scan();
        rig.until_idle();
        CHECK(rig.outcome() == "failed mac");
        CHECK(rig.journal() == pending);
        rig.orders.answer.clear();
        rig.orders.query_answer.clear();
        rig.host.bad_mac = false;
        rig.stripe_sale();  // which signs in by itself
        CHECK(rig.outcome() == "approved 00");
        CHECK(rig.journal() == given_up);
    }
}

TEST_CASE("a host whose keys are others answers no order so that it can be believed: the terminal signs in") {
    CodeRig rig;
    rig.until_idle();
    const int before = rig.host.count("0800");
    rig.host.bad_mac = true;  // until there are new keys
    rig.orders.answer = "A0";
    rig.host.decide = [&rig, &orders = rig.orders, decide = rig.host.decide](const iso8583::Message& request,
                                                                             iso8583::Message& reply) {
        if (request.mti() != "0800") return decide(request, reply);
        rig.host.bad_mac = false;
        orders.answer.clear();
        return true;
    };
    rig.scan_payment();
    CHECK(rig.host.count("0800") == before + 1);
    CHECK(rig.outcome() == "failed mac");
    CHECK(rig.journal() == given_up);
    rig.scan_payment();
    CHECK(rig.outcome() == "approved 00");
    CHECK(rig.host.count("0800") == before + 1);
    CHECK(rig.booked() == rig.orders.paid());
}

TEST_CASE("keys that are lost while the customer pays are fetched before the next question") {
    for (const char* code : {"A0", "77", "99"}) {
        INFO(code);
        CodeRig rig;
        rig.orders.paid_after = 1;
        rig.orders.query_answer = code;
        rig.begin_scan();
        REQUIRE(rig.until(Kind::terminal_response,
                          [code](const trace::Event& event) { return event.text("code") == code; }));
        rig.orders.query_answer.clear();
        rig.until_idle();
        CHECK(rig.outcome() == "approved 00");
        CHECK(rig.host.count("0800") == 2);
        CHECK(rig.journal() == approved);
    }
    CodeRig unpaid("code_wait = '5s'");  // one query, and the close
    unpaid.orders.paid_after = -1;
    unpaid.orders.query_answer = "A0";
    unpaid.scan_payment();
    CHECK(unpaid.orders.count(closed) == 1);
    CHECK(unpaid.journal() == given_up);
}

TEST_CASE("queries that say nothing of the order leave it pending; keys that are lost are fetched again") {
    for (const char* code : {"96", "91", "30", "A0", "77"}) {
        INFO(code);
        CodeRig rig("code_wait = '10s'");
        rig.orders.lost["51"] = 1;
        rig.orders.query_answer = code;
        rig.orders.deaf["54"] = 100;
        rig.scan_payment();
        CHECK(rig.outcome().starts_with("failed"));
        CHECK(rig.journal() == pending);
        rig.orders.query_answer.clear();
        answer_again(rig);
        rig.stripe_sale();
        CHECK(rig.outcome() == "approved 00");
        CHECK(rig.journal() == approved);
        CHECK(rig.booked() == rig.orders.paid());
        const bool lost_keys = std::string_view(code) == "A0" || std::string_view(code) == "77";
        CHECK((rig.host.count("0800") > 1) == lost_keys);
    }
}

TEST_CASE("a host that calls an order paid and contradicts itself then leaves it pending") {
    for (const char* code : {"09", "17", "25"}) {
        INFO(code);
        CodeRig rig("code_wait = '5s'");
        rig.orders.paid_after = -1;
        rig.orders.close_answer = "22";
        rig.begin_scan();
        REQUIRE(rig.until(Kind::terminal_request, [](const trace::Event& event) {
            return event.text("transaction_type") == closed;
        }));
        rig.orders.query_answer = code;
        rig.until_idle();
        CHECK(rig.outcome() == "failed bad_reply");
        CHECK(rig.journal() == pending);
    }
}

TEST_CASE("whatever approves the whole of an order has paid it, also 11") {
    CodeRig scan;
    scan.orders.answer = "11";
    scan.scan_payment();
    CHECK(scan.outcome() == "approved 00");
    CHECK(scan.journal() == approved);
    CodeRig present;
    present.orders.answer = "11";
    present.present_payment();
    CHECK(present.outcome() == "approved 00");
    CHECK(present.journal() == approved);
    CodeRig query;
    query.orders.paid_after = -1;
    query.orders.query_answer = "11";
    query.scan_payment();
    CHECK(query.outcome() == "approved 00");
    CHECK(query.journal() == approved);
    CodeRig partly("code_wait = '5s'");  // an order is whole or nothing
    partly.orders.paid_after = -1;
    partly.orders.query_answer = "10";
    partly.scan_payment();
    CHECK(partly.journal() == given_up);
}

TEST_CASE("the pending reversal of a card's sale goes before a payment by code") {
    CodeRig rig;
    rig.host.silent_to_sales = true;
    rig.stripe_sale();
    rig.host.silent_to_sales = false;
    rig.scan_payment();
    CHECK(rig.outcome() == "approved 00");
    CHECK(types(rig) == "22 22 51");  // the sale, its reversal, the order
    CHECK(rig.host.count("0400") == 1);
    rig.host.silent_to_reversals = true;
    rig.host.silent_to_sales = true;
    rig.stripe_sale();
    CHECK(rig.reversal_pending());
}

TEST_CASE("an order has its room in the journal") {
    CodeRig rig("journal_capacity = 2");
    rig.scan_payment();
    pay_into_silence(rig);
    rig.start(Function::offline_sale, {});
    rig.until_idle();
    CHECK(rig.outcome() == "failed storage");
    answer_again(rig);
    rig.sign_in();
    CHECK(rig.booked() == 2468);
    rig.start(Function::scan_payment, {});
    rig.until_idle();
    CHECK(rig.outcome() == "failed storage");
}

TEST_CASE("an order in the flash that is none stops the terminal like other damage") {
    CodeRig sold;
    sold.stripe_sale();
    const Bytes sale = sold.flash.read("transaction/000001").value();
    for (const std::string& cell : {std::string(as_text(sale)), std::string("garbage"), std::string()}) {
        CodeRig rig;
        pay_into_silence(rig);
        rig.power_off();
        rig.flash.write({{"order", Bytes(cell.begin(), cell.end())}});
        rig.power_on();
        rig.until_idle();
        CHECK(rig.count(Kind::terminal_fault, "detail", "order") == 1);
        answer_again(rig);
        rig.start(Function::scan_payment, {});
        rig.until_idle();
        CHECK(rig.outcome() == "failed storage");
    }
}

// ---- defects ---------------------------------------------------------------------------------------------

TEST_CASE("the defect takes-pending-as-paid books an order that waits for its customer") {
    for (const char* defects : {"", "defects = ['takes-pending-as-paid']"}) {
        CodeRig rig(defects);
        rig.orders.paid_after = -1;
        rig.scan_payment();
        CHECK((rig.booked() == rig.orders.paid()) == std::string_view(defects).empty());
    }
}

TEST_CASE("the defect sends-code-twice charges a customer twice whose first answer was lost") {
    for (const char* defects : {"", "defects = ['sends-code-twice']"}) {
        CodeRig rig(defects);
        rig.orders.lost["51"] = 1;
        rig.scan_payment();
        CHECK(rig.outcome() == "approved 00");
        CHECK(rig.booked() == 1234);
        CHECK((rig.orders.paid() == 1234) == std::string_view(defects).empty());
    }
}

TEST_CASE("the defect forgets-order-at-power-cut leaves a customer charged without a receipt") {
    for (const char* defects : {"", "defects = ['forgets-order-at-power-cut']"}) {
        CodeRig rig(defects);
        pay_into_silence(rig);
        rig.power_off();
        answer_again(rig);
        rig.power_on();
        rig.until_idle();
        CHECK((rig.booked() == rig.orders.paid()) == std::string_view(defects).empty());
    }
}

TEST_CASE("the defect leaves-order-open lets a customer pay what the terminal has given up") {
    for (const char* defects : {"", "defects = ['leaves-order-open']"}) {
        CodeRig rig(defects);
        rig.orders.paid_after = -1;
        rig.scan_payment();
        CHECK(rig.journal() == given_up);
        CHECK((rig.orders.count(closed) == 1) == std::string_view(defects).empty());
    }
}

TEST_CASE("the defect shows-old-code shows the code of an earlier order again") {
    for (const char* defects : {"", "defects = ['shows-old-code']"}) {
        CodeRig rig(defects);
        rig.orders.paid_after = 1;
        rig.present_payment();
        rig.present_payment();
        const std::string code = "PAY/" + std::string(rig.orders.last(presented).get(11));
        CHECK(rig.shown(code) == std::string_view(defects).empty());
    }
}
