// Payments by code (60.1 51 to 55): orders that are paid at once, later, or not at all.

#include <algorithm>

#include <fmt/format.h>

#include "drivers/protocols/iso8583/private_fields.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/host/payer.hpp"

using namespace posbench;
using namespace posbench::test;
using namespace std::chrono_literals;
using iso8583::Message;
using trace::Kind;
using Type = iso8583::TransactionType;

TEST_CASE("a scanned code of a wallet that pays at once: 00, posted once, and a query says the same") {
    Payer payer;
    const Message opening = payer.scan_payment(1234, prompt_code);
    const auto exchange = payer.client.exchange(opening);
    REQUIRE(exchange.reply);
    CHECK(exchange.mac_right);
    const Message& reply = *exchange.reply;
    CHECK(reply.mti() == "0210");
    CHECK(reply.get(39) == "00");
    CHECK(reply.get(4) == "000000001234");
    CHECK(reply.get(37).size() == 12);
    CHECK(reply.get(38).size() == 6);
    for (const int field : {2, 14, 59, 63}) CHECK_FALSE(reply.has(field));
    CHECK(payer.orders() == "paid prompt");
    REQUIRE(payer.posted() == 1);
    const trace::Event posted = payer.bench.events(Kind::host_posted)[0];
    CHECK(posted.text("entry") == "scan_payment");
    CHECK(posted.text("stan") == opening.get(11));
    CHECK(posted.integer("amount") == 1234);
    CHECK_FALSE(posted.find("pan"));
    CHECK(payer.balance(prompt_account) == 100'000 - 1234);

    for (int i = 0; i < 3; ++i) {
        const auto asked = payer.client.exchange(payer.query(opening));
        REQUIRE(asked.reply);
        CHECK(asked.mac_right);
        CHECK(asked.reply->get(39) == "00");
        for (const int field : {4, 37, 38}) CHECK(asked.reply->get(field) == reply.get(field));
    }
    CHECK(payer.posted() == 1);
    CHECK(payer.code(opening) == "94");  // the same order again
    CHECK(payer.code(payer.close(opening)) == "22");
    CHECK(payer.balance(prompt_account) == 100'000 - 1234);
    CHECK(payer.bench.host->ledger().difference().empty());
}

TEST_CASE("a customer who confirms later: 09 until then, posted when he does, whoever asks or nobody") {
    Payer payer;
    const Message opening = payer.scan_payment(500, slow_code);
    const auto begun = payer.bench.clock.now();
    const Message reply = payer.client.ask(opening);
    CHECK(reply.get(39) == "09");
    CHECK_FALSE(reply.has(38));
    CHECK(payer.code(payer.query(opening)) == "09");
    CHECK(payer.posted() == 0);
    payer.bench.run_for(10s);
    CHECK(payer.orders() == "pending slow; paid slow");
    REQUIRE(payer.posted() == 1);
    const auto posted_at = payer.bench.events(Kind::host_posted)[0].at - begun;
    CHECK(posted_at == 8s + 80ms);  // `processing`, then as long as it takes him
    const Message paid = payer.client.ask(payer.query(opening));
    CHECK(paid.get(39) == "00");
    CHECK(paid.get(37) == reply.get(37));
    CHECK(paid.get(38).size() == 6);
    CHECK(payer.balance(slow_account) == 100'000 - 500);
}

TEST_CASE("an order that nobody pays in time is closed: 17; and so is one that the terminal closes") {
    Payer payer("order_lifetime = '30s'");
    const Message opening = payer.scan_payment(500, never_code);
    CHECK(payer.code(opening) == "09");
    payer.bench.run_for(29s);
    CHECK(payer.code(payer.query(opening)) == "09");
    payer.bench.run_for(2s);
    CHECK(payer.code(payer.query(opening)) == "17");
    CHECK(payer.orders() == "pending never; closed expired never");
    CHECK(payer.code(payer.close(opening)) == "00");

    const Message second = payer.scan_payment(500, slow_code);
    CHECK(payer.code(second) == "09");
    CHECK(payer.code(payer.close(second)) == "00");
    CHECK(payer.code(payer.close(second)) == "00");  // the answer was lost
    payer.bench.run_for(60s);
    CHECK(payer.code(payer.query(second)) == "17");  // the customer's confirmation came too late
    CHECK(payer.posted() == 0);
    CHECK(payer.code(second) == "94");
}

TEST_CASE("a customer who refuses: 17, at once or after he was asked; one without money: 51, or 17") {
    Payer payer;
    const Message refused = payer.scan_payment(500, refusing_code);
    CHECK(payer.code(refused) == "17");
    CHECK(payer.code(payer.query(refused)) == "17");
    CHECK(payer.orders() == "closed customer refusing");

    const Message poor = payer.scan_payment(101, poor_code);
    CHECK(payer.code(poor) == "51");
    CHECK(payer.code(payer.query(poor)) == "17");

    // Twice what there is, both promised before either was confirmed.
    const Message first = payer.scan_payment(100, poor_code), second = payer.scan_payment(100, poor_code);
    CHECK(payer.code(first) == "09");
    CHECK(payer.code(second) == "09");
    payer.bench.run_for(10s);
    CHECK(payer.code(payer.query(first)) == "00");
    CHECK(payer.code(payer.query(second)) == "17");
    CHECK(payer.balance(poor_account) == 0);
    CHECK(payer.posted() == 1);
}

TEST_CASE("a code that the terminal shows: 09 with the code, then the customer scans it and pays") {
    Payer payer;
    const Message opening = payer.present_payment(1234);
    const Message reply = payer.client.ask(opening);
    CHECK(reply.get(39) == "09");
    const std::string shown(reply.get(59));
    CHECK(shown.starts_with("https://pay.example/"));
    CHECK(shown.size() <= iso8583::longest_shown_code);
    CHECK(payer.code(payer.query(opening)) == "09");
    const Message other = payer.present_payment(55);
    CHECK(payer.client.ask(other).get(59) != shown);

    CHECK(payer.bench.host->scan_code("nobody", "") == "the host has no wallet 'nobody'");
    CHECK_FALSE(payer.bench.host->scan_code("prompt", "https://pay.example/else").empty());
    CHECK(payer.bench.host->scan_code("prompt", shown).empty());
    CHECK_FALSE(payer.bench.host->scan_code("slow", shown).empty());  // somebody has it
    payer.bench.run_for(1ms);
    CHECK(payer.code(payer.query(opening)) == "00");
    CHECK(payer.bench.events(Kind::host_posted)[0].text("entry") == "present_payment");
    CHECK(payer.balance(prompt_account) == 100'000 - 1234);

    CHECK(payer.bench.host->scan_code("slow", "").empty());  // the last that is shown
    CHECK(payer.code(payer.query(other)) == "09");
    payer.bench.run_for(9s);
    CHECK(payer.code(payer.query(other)) == "00");
    CHECK(payer.orders() == "pending; pending; scanned prompt; paid prompt; scanned slow; paid slow");
    CHECK_FALSE(payer.bench.host->scan_code("slow", "").empty());
}

TEST_CASE("a shown code that the customer refuses, cannot pay or scans too late is closed") {
    Payer payer("order_lifetime = '10s'");
    const Message refused = payer.present_payment(100), poor = payer.present_payment(101),
                  late = payer.present_payment(100);
    for (const auto& [opening, wallet] :
         {std::pair(refused, "refusing"), std::pair(poor, "poor"), std::pair(late, "never")}) {
        CHECK(payer.code(opening) == "09");
        CHECK(payer.bench.host->scan_code(wallet, "").empty());
    }
    payer.bench.run_for(11s);
    for (const Message& opening : {refused, poor, late}) CHECK(payer.code(payer.query(opening)) == "17");
    CHECK(payer.posted() == 0);
    CHECK(
        payer.orders() ==
        "pending; scanned refusing; closed customer refusing; pending; scanned poor; pending; scanned never; "
        "closed funds poor; closed expired never");
}

TEST_CASE("the close of an order that the host has not seen: 25, and 17 if it comes yet") {
    Payer payer;
    const Message opening = payer.scan_payment(1234, prompt_code);
    CHECK(payer.code(payer.query(opening)) == "25");
    CHECK(payer.code(payer.close(opening)) == "25");
    REQUIRE(payer.orders() == "closed terminal");
    CHECK(payer.bench.events(Kind::host_order)[0].text("stan") == opening.get(11));
    CHECK(payer.code(payer.close(opening)) == "00");  // it is closed by now
    CHECK(payer.bench.events(Kind::host_order).size() == 1);
    CHECK(payer.code(opening) == "17");
    CHECK(payer.code(opening) == "17");
    CHECK(payer.code(payer.query(opening)) == "17");
    CHECK(payer.posted() == 0);
    CHECK(payer.balance(prompt_account) == 100'000);

    // So is what was reversed before it came; what is no order is never closed.
    const Message sale = payer.client.approved(Type::sale, 100);
    CHECK(payer.code(payer.close(sale)) == "25");
    CHECK(payer.code(payer.query(sale)) == "25");
    CHECK(payer.code(payer.client.undo("0200", "23", 100, sale)) == "00");
}

TEST_CASE("refunds of an order: by reference number, by batch and STAN, by both; never more than was paid") {
    Payer payer;
    const Message opening = payer.scan_payment(1000, prompt_code);
    const Message waiting = payer.scan_payment(1000, slow_code);
    CHECK(payer.code(payer.refund(100, opening)) == "25");
    const Message reply = payer.client.ask(opening);
    REQUIRE(payer.code(waiting) == "09");
    CHECK(payer.code(payer.refund(100, waiting)) == "22");
    payer.code(payer.close(waiting));
    CHECK(payer.code(payer.refund(100, waiting)) == "22");

    Message first = payer.refund(400, opening);
    const Message answer = payer.client.ask(first);
    CHECK(answer.mti() == "0230");
    CHECK(answer.get(39) == "00");
    const Message again = payer.client.ask(first);  // the answer was lost
    CHECK(again.get(39) == "00");
    CHECK(again.get(37) == answer.get(37));
    CHECK(payer.balance(prompt_account) == 100'000 - 600);
    Message by_number = payer.refund(400, opening);
    by_number.clear(61);
    by_number.set(37, std::string(reply.get(37)));
    CHECK(payer.code(by_number) == "00");
    CHECK(payer.code(payer.refund(201, opening)) == "64");
    Message contradicting = payer.refund(100, opening);
    contradicting.set(37, std::string(payer.client.ask(payer.scan_payment(50, prompt_code)).get(37)));
    CHECK(payer.code(contradicting) == "25");
    CHECK(payer.code(payer.refund(200, opening)) == "00");
    CHECK(payer.code(payer.refund(1, opening)) == "64");
    CHECK(payer.balance(prompt_account) == 100'000 - 50);
    CHECK(payer.bench.events(Kind::host_posted).back().text("entry") == "code_refund");
    CHECK(payer.bench.host->ledger().difference().empty());
    // It is paid still: what was given back is another thing.
    CHECK(payer.code(payer.query(opening)) == "00");
}

TEST_CASE("an order is undone by its own kind of refund alone, and refunds no card") {
    Payer payer;
    const Message opening = payer.scan_payment(1000, prompt_code);
    const Message reply = payer.client.ask(opening);
    Message named = opening;
    named.set(37, std::string(reply.get(37)));
    for (const auto& [type, amount] :
         {std::pair(Type::sale_void, 1000), std::pair(Type::refund, 1000), std::pair(Type::tip, 1100)}) {
        Message undoing = payer.client.request(type, amount, &named);
        CHECK(payer.code(undoing) == "25");
        for (const int field : {2, 14}) undoing.clear(field);
        undoing.set(11, payer.client.next_stan());
        CHECK(payer.code(undoing) == "25");
    }
    CHECK(payer.code(payer.client.reversal(opening)) == "12");
    const Message sale = payer.client.approved(Type::sale, 100);
    CHECK(payer.code(payer.refund(100, sale)) == "25");
    CHECK(payer.balance(prompt_account) == 100'000 - 1000);
}

TEST_CASE("an order counts in the batch in force when it is paid, and its refund as a credit") {
    Payer payer;
    const Message early = payer.scan_payment(1000, prompt_code), late = payer.scan_payment(300, slow_code);
    CHECK(payer.code(early) == "00");
    CHECK(payer.code(late) == "09");
    CHECK(payer.code(payer.refund(250, early)) == "00");
    const auto settle = [&](std::int64_t debits, int debit, std::int64_t credits, int credit_count) {
        Message made("0500");
        made.set(11, payer.client.next_stan());
        made.set(41, std::string(tid));
        made.set(42, std::string(mid));
        made.set(48, fmt::format("{:012}{:03}{:012}{:03}0{:031}", debits, debit, credits, credit_count, 0));
        made.set(49, "156");
        made.set(60, fmt::format("00{}201", payer.client.batch()));
        return payer.client.ask(made);
    };
    const Message closed = settle(1000, 1, 250, 1);
    REQUIRE(closed.get(39) == "00");
    payer.client.adopt_batch(closed);
    payer.bench.run_for(10s);
    CHECK(payer.code(payer.query(late)) == "00");  // field 61 names the batch before
    CHECK(payer.code(payer.refund(50, early)) == "00");
    CHECK(settle(300, 1, 50, 1).get(39) == "00");
}

TEST_CASE("orders are uploaded with a PAN of zeros, those paid alone") {
    Payer payer;
    const Message paid = payer.scan_payment(1000, prompt_code), late = payer.scan_payment(300, slow_code),
                  closed = payer.scan_payment(1, refusing_code);
    CHECK(payer.code(paid) == "00");
    CHECK(payer.code(late) == "09");
    CHECK(payer.code(closed) == "17");
    payer.bench.run_for(9s);
    const auto message = [&](std::string_view mti, std::string_view function, std::string field48) {
        Message made{std::string(mti)};
        made.set(11, payer.client.next_stan());
        made.set(41, std::string(tid));
        made.set(42, std::string(mid));
        made.set(48, std::move(field48));
        made.set(49, "156");
        made.set(60, fmt::format("00000001{}", function));
        return made;
    };
    CHECK(payer.code(message("0500", "201", std::string(62, '0'))) == "95");
    const std::string records =
        fmt::format("0200{}{:020}{:012}00{}{:020}{:012}", paid.get(11), 0, 1000, late.get(11), 0, 300);
    CHECK(payer.code(message("0320", "201", records)) == "00");
    CHECK(payer.code(message("0320", "202", "0002")) == "00");
    CHECK(payer.bench.events(Kind::host_settlement).back().text("outcome") == "agreed");
}

TEST_CASE("what a payment by code must have and must not have: 30, 13, 14") {
    Payer payer;
    const auto with = [](Message message, int field, std::string value) {
        message.set(field, std::move(value));
        return message;
    };
    const auto without = [](Message message, int field) {
        message.clear(field);
        return message;
    };
    const auto scan = [&] { return payer.scan_payment(1234, prompt_code); };
    for (const int field : {4, 22, 49, 59}) {
        INFO(field);
        CHECK(payer.code(without(scan(), field)) == "30");
    }
    CHECK(payer.code(with(scan(), 59, "")) == "30");
    CHECK(payer.code(with(scan(), 59, "621234567890123")) == "30");
    CHECK(payer.code(with(scan(), 59, "6212345678901234567890123")) == "30");
    CHECK(payer.code(with(scan(), 59, "62123456789012x4")) == "30");
    CHECK(payer.code(with(scan(), 59, std::string(600, '6'))) == "30");
    CHECK_THROWS(payer.code(with(scan(), 59, std::string(999, '6'))));  // more than the dialect has
    CHECK(payer.code(with(scan(), 59, "6212345678904321")) == "14");
    CHECK(payer.code(with(scan(), 22, "012")) == "30");
    CHECK(payer.code(with(scan(), 2, std::string(credit))) == "30");
    CHECK(payer.code(with(scan(), 35, "6210948000000011D3012")) == "30");
    CHECK(payer.code(with(scan(), 55, "\x9f\x27\x01\x80")) == "30");
    CHECK(payer.code(payer.scan_payment(0, prompt_code)) == "13");
    CHECK(payer.code(with(scan(), 49, "840")) == "13");
    CHECK(payer.code(payer.present_payment(0)) == "13");
    CHECK(payer.code(with(payer.present_payment(100), 59, std::string(prompt_code))) == "30");

    const Message opening = scan();
    REQUIRE(payer.code(opening) == "00");
    for (const std::string_view named : {"", "000001", "000000000000", "00000100000"})
        for (const bool closes : {false, true}) {
            INFO(named << closes);
            const Message about = closes ? payer.close(opening) : payer.query(opening);
            CHECK(payer.code(with(about, 61, std::string(named))) == "30");
        }
    CHECK(payer.code(payer.refund(0, opening)) == "13");
    CHECK(payer.code(without(payer.refund(100, opening), 61)) == "30");
    CHECK(payer.code(with(payer.query(opening), 60, "53000002000")) == "77");
    CHECK(payer.posted() == 1);
}

TEST_CASE(
    "an order is its own terminal's: another cannot ask for it nor close it, its merchant can refund it") {
    constexpr std::string_view other_tid = "00000002";
    Payer payer(R"([terminal.two]
tid = "00000002"
mid = "104110045110012"
tmk = "CA5D92598DCA48CE8A4C76361A9269E9"
)");
    const Message opening = payer.scan_payment(1000, slow_code);
    REQUIRE(payer.code(opening) == "09");
    // The other terminal signs in, and its requests go under its keys.
    Client other(payer.bench);
    const auto from_other = [&](Message message) {
        message.set(41, std::string(other_tid));
        return message;
    };
    Message sign_in("0800");
    sign_in.set(11, "000001");
    sign_in.set(41, std::string(other_tid));
    sign_in.set(42, std::string(mid));
    sign_in.set(60, "00000001003");
    REQUIRE(other.take_keys(other.ask(sign_in)).get(39) == "00");
    CHECK(other.code(from_other(payer.query(opening))) == "25");
    CHECK(other.code(from_other(payer.close(opening))) == "25");
    payer.bench.run_for(9s);
    const Message paid = payer.client.ask(payer.query(opening));
    REQUIRE(paid.get(39) == "00");
    CHECK(other.code(from_other(payer.refund(100, opening))) == "25");
    Message refund = from_other(payer.refund(100, opening));
    refund.clear(61);
    refund.set(37, std::string(paid.get(37)));
    CHECK(other.code(refund) == "00");
    CHECK(payer.balance(slow_account) == 100'000 - 900);
}

TEST_CASE("without its MAC a payment by code is refused and not entered; a wrong batch closes it") {
    Payer payer;
    Message opening = payer.scan_payment(1000, prompt_code);
    opening.set(64, hex("0102030405060708"));
    CHECK(payer.code(opening) == "A0");
    CHECK(payer.code(payer.query(opening)) == "25");
    Message close = payer.close(opening);
    close.set(64, hex("0102030405060708"));
    CHECK(payer.code(close) == "A0");
    opening.clear(64);
    CHECK(payer.code(opening) == "00");  // neither of them was believed
    Message other = payer.scan_payment(1000, prompt_code);
    other.set(60, "5100000900060");
    CHECK(payer.code(other) == "77");
    CHECK(payer.code(payer.query(other)) == "17");
}

TEST_CASE("payments by code are among the services of a terminal, and among the conditions of rules") {
    Payer payer("terminal.one.services = ['sale', 'scan_payment']");
    CHECK(payer.code(payer.present_payment(100)) == "58");
    // Whatever may be opened may be asked for, and be closed.
    const Message scanned = payer.scan_payment(100, slow_code);
    CHECK(payer.code(scanned) == "09");
    CHECK(payer.code(payer.query(scanned)) == "09");
    CHECK(payer.code(payer.close(scanned)) == "00");
    CHECK_THROWS_AS(Payer("terminal.one.services = ['code_query']"), config::ConfigError);

    Payer bent;
    bent.bench.add_rules(R"(
rules = [ { when = { transaction = "code_query", count = 1 }, then = { action = "respond", code = "96" } },
          { when = { transaction = "scan_payment", count = 1 }, then = { action = "silence_after_posting" } } ]
)");
    const Message opening = bent.scan_payment(100, prompt_code);
    CHECK_FALSE(bent.client.exchange(opening).reply);
    CHECK(bent.code(bent.query(opening)) == "96");
    CHECK(bent.code(bent.query(opening)) == "00");
    CHECK(bent.posted() == 1);
}

TEST_CASE("no rule makes a terminal forget an order that may be paid") {
    Payer payer;
    payer.bench.add_rules(R"(
rules = [ { when = { mti = "0200", processing_code = "310000" }, then = { action = "respond", code = "25" } },
          { when = { transaction = "code_close" }, then = { action = "respond", code = "22" } } ]
)");
    const Message opening = payer.scan_payment(100, prompt_code);
    REQUIRE(payer.code(opening) == "00");
    CHECK(payer.code(payer.query(opening)) == "00");
    CHECK(payer.code(payer.close(opening)) == "22");
    CHECK(payer.code(payer.client.inquiry()) == "25");  // that of a card is bent
    CHECK(payer.bench.events(Kind::host_rule)[0].text("detail") ==
          "decided as it is: this code would end an order that may be paid");
    // 22 says that it is paid.
    const Message waiting = payer.scan_payment(100, slow_code);
    REQUIRE(payer.code(waiting) == "09");
    CHECK(payer.code(payer.close(waiting)) == "00");

    Payer closing;
    closing.bench.add_rules(R"(
rules = [ { when = { transaction = "code_close" }, then = { action = "respond", code = "17" } },
          { when = { transaction = "code_query" }, then = { action = "respond", code = "22" } } ]
)");
    const Message paid = closing.scan_payment(100, prompt_code);
    REQUIRE(closing.code(paid) == "00");
    CHECK(closing.code(closing.close(paid)) == "22");
    CHECK(closing.code(closing.query(paid)) == "22");  // of a query it says nothing
}

TEST_CASE("what is forgotten of settled orders takes none that waits") {
    Payer payer("history = 1");
    const Message waiting = payer.scan_payment(300, slow_code);
    REQUIRE(payer.code(waiting) == "09");
    for (int i = 0; i < 5; ++i) {
        Message other = payer.scan_payment(1000, prompt_code);
        other.set(60, "5100000900060");
        CHECK(payer.code(other) == "77");
    }
    payer.bench.run_for(9s);
    CHECK(payer.code(payer.query(waiting)) == "00");
    CHECK(payer.bench.host->ledger().difference().empty());
}

TEST_CASE("no payment code is in the trace") {
    Payer payer;
    for (const auto code : {prompt_code, slow_code, never_code, refusing_code, poor_code})
        payer.code(payer.scan_payment(100, code));
    payer.bench.run_for(10s);
    for (const trace::Event& event : payer.bench.trace.events())
        for (const trace::Field& field : event.fields) {
            const auto* text = std::get_if<std::string>(&field.value);
            if (text) CHECK(text->find("6212345678901234") == std::string::npos);
        }
}

TEST_CASE("hostile: a field 59 of 600 octets that says it has 999 is no message, and opens nothing") {
    Payer payer;
    const Message opening = payer.scan_payment(100, std::string(600, '6'));
    Bytes frame = payer.client.frame(opening);
    const Bytes length = hex("0600363636");
    const auto at = std::search(frame.begin(), frame.end(), length.begin(), length.end());
    REQUIRE(at != frame.end());
    *at = 0x09;
    *(at + 1) = 0x99;
    CHECK(payer.client.hear(frame, 5s).ended);
    CHECK(payer.bench.events(Kind::host_rejected).size() == 1);
    CHECK(payer.code(payer.query(opening)) == "25");
}
