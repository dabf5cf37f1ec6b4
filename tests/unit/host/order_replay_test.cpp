// A recording answers payments by code; the books follow it, and what they have is never contradicted.

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

TEST_CASE("a recording keeps no payment code") {
    Payer payer;
    const auto kept = host::keep(tests::unionpay(), {{}, {}, payer.scan_payment(1000, prompt_code), 0});
    CHECK(kept.hidden.contains(59));
    CHECK_FALSE(kept.fields.contains(59));
}
