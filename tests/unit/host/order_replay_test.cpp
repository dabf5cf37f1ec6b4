// A recording answers payments by code; the books follow it, and what they have is never contradicted.

#include <algorithm>

#include <fmt/format.h>

#include "tests/support/catch.hpp"
#include "tests/unit/host/payer.hpp"
#include "tests/unit/host/tape.hpp"

using namespace posbench;
using namespace posbench::test;
using namespace std::chrono_literals;
using iso8583::Message;
using trace::Kind;

namespace {

/// Answers of `tape`, and their terminal.
struct Replayed {
    explicit Replayed(Tape& tape) : payer(tape.key()) {}
    std::string last() const {
        const auto events = payer.bench.events(Kind::host_replayed);
        return events.empty() ? "none" : std::string(events.back().text("answer"));
    }
    Payer payer;
};

runtime::Task<void> write(runtime::Stream& stream, Bytes octets, runtime::TimePoint deadline) {
    const auto written = co_await stream.write(octets, deadline);
    CHECK(written.has_value());
}

}  // namespace

TEST_CASE("replay of orders: pending, then paid as the recording says, and refunded") {
    Payer writer;
    Tape tape;
    const Message opening = writer.scan_payment(1000, prompt_code);
    tape.add(opening, "09").add(writer.query(opening), "09").add(writer.query(opening), "00");
    tape.add(writer.refund(400, opening), "00");
    Replayed played(tape);
    const Message asked = played.payer.scan_payment(1000, "6212345678909999");  // no wallet's
    CHECK(played.payer.code(asked) == "09");
    CHECK(played.payer.code(played.payer.query(asked)) == "09");
    CHECK(played.payer.posted() == 0);
    CHECK(played.payer.code(played.payer.query(asked)) == "00");
    CHECK(played.last() == "given");
    CHECK(played.payer.posted() == 1);
    CHECK(played.payer.code(played.payer.refund(400, asked)) == "00");
    CHECK(played.payer.balance("wallet recorded") == -600);
    CHECK(played.payer.bench.host->ledger().difference().empty());
    // Nothing is left: the books say it.
    CHECK(played.payer.code(played.payer.query(asked)) == "00");
    CHECK(played.last() == "missing");
    CHECK(played.payer.code(played.payer.close(asked)) == "22");
}

TEST_CASE("replay of orders: paid at once, shown codes, and closes") {
    Payer writer;
    Tape tape;
    const Message paid = writer.scan_payment(1000, prompt_code), shown = writer.present_payment(300);
    Message with_code = answered(shown, "09");
    with_code.set(59, "https://pay.elsewhere/abc");
    tape.add(paid, "00").add(shown, with_code).add(writer.close(shown), "00");
    Replayed played(tape);
    CHECK(played.payer.code(played.payer.scan_payment(1000, prompt_code)) == "00");
    CHECK(played.payer.posted() == 1);
    const Message order = played.payer.present_payment(300);
    CHECK(played.payer.client.ask(order).get(59) == "https://pay.elsewhere/abc");
    CHECK(played.payer.code(played.payer.close(order)) == "00");
    CHECK(played.payer.code(played.payer.query(order)) == "17");
    CHECK(played.payer.posted() == 1);
}

TEST_CASE("replay of orders: what the books have is not contradicted") {
    Payer writer;
    Tape tape;
    const Message opening = writer.scan_payment(1000, prompt_code);
    tape.add(opening, "00").add(writer.query(opening), "17").add(writer.close(opening), "00");
    tape.add(writer.query(opening), "00");
    Replayed played(tape);
    const Message asked = played.payer.scan_payment(1000, prompt_code);
    CHECK(played.payer.code(asked) == "00");
    CHECK(played.payer.code(played.payer.query(asked)) == "00");
    CHECK(played.last() == "overruled");
    CHECK(played.payer.code(played.payer.close(asked)) == "22");
    CHECK(played.last() == "overruled");
    const Message never_seen = played.payer.present_payment(5);
    CHECK(played.payer.code(played.payer.query(never_seen)) == "25");
    CHECK(played.last() == "overruled");
    CHECK(played.payer.posted() == 1);
}

TEST_CASE(
    "replay of orders: an opening that was answered with a passing refusal waits, and a query may call it "
    "paid") {
    const std::string code = GENERATE("68", "90", "91", "92", "94", "96", "98");
    CAPTURE(code);
    Payer writer;
    Tape tape;
    const Message opening = writer.scan_payment(1000, prompt_code);
    tape.add(opening, code).add(writer.query(opening), "09").add(writer.query(opening), "00");
    Replayed played(tape);
    const Message asked = played.payer.scan_payment(1000, prompt_code);
    CHECK(played.payer.code(asked) == code);
    CHECK(played.payer.orders() == "pending");
    CHECK(played.payer.code(played.payer.query(asked)) == "09");
    CHECK(played.payer.code(played.payer.query(asked)) == "00");
    CHECK(played.last() == "given");
    CHECK(played.payer.posted() == 1);
    CHECK(played.payer.bench.host->ledger().difference().empty());
}

TEST_CASE(
    "replay of orders: whoever tells it, an order has one reference number and one code, and is refunded by "
    "them") {
    Payer writer;
    Tape tape;
    const Message opening = writer.scan_payment(1000, prompt_code);
    Message with_code = answered(writer.query(opening), "00");
    with_code.set(38, "373737");
    tape.add(opening, "09").add(writer.query(opening), with_code).add(writer.query(opening), "00");
    tape.add(writer.refund(400, opening), "00");
    Replayed played(tape);
    const Message asked = played.payer.scan_payment(1000, prompt_code);
    CHECK(played.payer.client.ask(asked).get(37) == recorded_rrn(opening));
    for (int i = 0; i < 3; ++i) {  // the last from the books
        const Message reply = played.payer.client.ask(played.payer.query(asked));
        CHECK(reply.get(39) == "00");
        CHECK(reply.get(37) == recorded_rrn(opening));
        CHECK(reply.get(38) == "373737");
    }
    Message refund = played.payer.refund(400, asked);
    refund.set(37, recorded_rrn(opening));
    CHECK(played.payer.code(refund) == "00");
}

TEST_CASE("replay of orders: an approval of a query that is not 00 is no payment; of a close it closes") {
    const std::string code = GENERATE("10", "11");
    Payer writer;
    Tape tape;
    const Message opening = writer.scan_payment(1000, prompt_code);
    tape.add(opening, "09").add(writer.query(opening), code).add(writer.close(opening), code);
    Replayed played(tape);
    const Message asked = played.payer.scan_payment(1000, prompt_code);
    CHECK(played.payer.code(asked) == "09");
    CHECK(played.payer.code(played.payer.query(asked)) == "09");
    CHECK(played.last() == "overruled");
    CHECK(played.payer.code(played.payer.close(asked)) == code);
    CHECK(played.payer.orders() == "pending; closed recording");
    CHECK(played.payer.posted() == 0);
}

TEST_CASE("replay of orders: what a recorded answer calls closed before it came is not taken when it comes") {
    const std::string code = GENERATE("17", "25");
    Payer writer;
    Tape tape;
    const Message opening = writer.scan_payment(1000, prompt_code);
    tape.add(writer.query(opening), code).add(opening, "00");
    Replayed played(tape);
    const Message late = played.payer.scan_payment(1000, prompt_code);
    CHECK(played.payer.code(played.payer.query(late)) == code);
    CHECK(played.payer.orders() == "closed recording");
    CHECK(played.payer.code(late) == "17");
    CHECK(played.payer.posted() == 0);
}

TEST_CASE("replay of orders: no wallet of the profile scans what a terminal shows") {
    Payer writer;
    Tape tape;
    tape.add(writer.present_payment(300), "09");
    Replayed played(tape);
    CHECK(played.payer.code(played.payer.present_payment(300)) == "09");
    CHECK(played.payer.bench.host->scan_code("prompt", "") == "a recording answers, and no wallet pays");
    played.payer.bench.run_for(1s);
    CHECK(played.payer.orders() == "pending");
    CHECK(played.payer.posted() == 0);
}

TEST_CASE("two orders under one code: the end of one does not hide the other") {
    host::Orders orders(120s, runtime::Random(1));
    host::Transaction first, second;
    first.key.stan = std::string_view("000001");
    second.key.stan = std::string_view("000002");
    orders.open(first, "recorded", {});
    orders.open(second, "recorded", {});
    orders.end(second.key);
    REQUIRE(orders.find_shown("recorded"));
    CHECK(orders.find_shown("recorded")->transaction == &first);
}

TEST_CASE("an order is told before another connection can make the ledger forget it") {
    Payer writer;
    Tape tape;
    const Message opening = writer.scan_payment(1000, prompt_code);
    tape.add(opening, "09").add(writer.close(opening), "00");
    Payer payer("history = 1\n" + tape.key());
    const Message asked = payer.scan_payment(1000, prompt_code);
    REQUIRE(payer.code(asked) == "09");
    Message totals("0500");
    totals.set(11, payer.client.next_stan());
    totals.set(41, std::string(tid));
    totals.set(42, std::string(mid));
    totals.set(48, std::string(62, '0'));
    totals.set(49, "156");
    totals.set(60, "00000001201");
    const Message closed = payer.client.ask(totals);
    REQUIRE(closed.get(39) == "00");
    payer.client.adopt_batch(closed);
    // Its close, and at the same moment a sale of a batch that is none: of the two the ledger keeps one.
    const Message close = payer.close(asked);
    Message other = payer.client.sale(100);
    other.set(60, "2200000900060");
    const auto at_once = [&](const Message& message) {
        auto stream = payer.bench.network.connect_now();
        REQUIRE(stream);
        const Bytes frame = payer.client.frame(message);
        runtime::Job job(payer.bench.clock, write(*stream, frame, payer.bench.clock.now() + 1s));
        payer.bench.run(job);
        return stream;
    };
    const auto one = at_once(close), two = at_once(other);
    payer.bench.run_for(5s);
    const auto& events = payer.bench.trace.events();
    const auto told = std::ranges::find_if(events, [](const trace::Event& event) {
        return event.kind == Kind::host_order && event.text("state") == "closed";
    });
    REQUIRE(told != events.end());
    CHECK((told - 1)->kind == Kind::host_replayed);
    CHECK(told->text("tid") == tid);
    CHECK(told->text("stan") == asked.get(11));
    CHECK(told->text("rrn") == recorded_rrn(opening));
}

TEST_CASE("a recording keeps no payment code") {
    Payer payer;
    const auto kept = host::keep(tests::unionpay(), {{}, {}, payer.scan_payment(1000, prompt_code), 0});
    CHECK(kept.hidden.contains(59));
    CHECK_FALSE(kept.fields.contains(59));
    for (const std::string form : {"{} ", "{0},{0}", "A316{}"}) {
        const auto other = host::keep(
            tests::unionpay(),
            {{}, {}, payer.scan_payment(1000, fmt::format(fmt::runtime(form), "6212345678901235")), 0});
        CHECK_FALSE(other.fields.contains(59));
    }
}
