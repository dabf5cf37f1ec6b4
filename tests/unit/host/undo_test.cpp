// Reversal, void and refund: what gives money back.

#include "tests/support/catch.hpp"
#include "tests/unit/host/support.hpp"

using namespace posbench;
using namespace posbench::test;
using iso8583::Message;
using namespace std::chrono_literals;

namespace {

struct SignedIn {
    explicit SignedIn(std::string_view profile = {}) : bench(profile), client(bench) { client.sign_in(); }
    std::int64_t spent() const { return 100000 - bench.host->ledger().balance(credit).minor(); }
    /// An approved sale: the request with the reference number of its answer.
    Message approved_sale(std::int64_t amount) {
        Message sale = client.sale(amount);
        const Message reply = client.ask(sale);
        REQUIRE(reply.get(39) == "00");
        sale.set(37, std::string(reply.get(37)));
        return sale;
    }
    HostBench bench;
    Client client;
};

}  // namespace

TEST_CASE("a reversal undoes a sale once, and is approved as often as it is sent") {
    SignedIn host;
    const Message sale = host.approved_sale(1234);
    CHECK(host.spent() == 1234);
    CHECK(host.client.code(host.client.reversal(sale)) == "00");
    CHECK(host.client.code(host.client.reversal(sale)) == "00");
    CHECK(host.spent() == 0);
    const auto posted = host.bench.events(trace::Kind::host_posted);
    REQUIRE(posted.size() == 2);
    CHECK(posted[1].text("entry") == "reversal");
    CHECK(posted[1].text("stan") == sale.get(11));
    CHECK(posted[1].integer("amount") == 1234);
}

TEST_CASE("rule original_reversible: 25 for an original that is unknown or of another card") {
    SignedIn host;
    CHECK(host.client.code(host.client.reversal(host.client.sale(100))) == "25");
    Message sale = host.approved_sale(100);
    sale.set(2, "6210948000000029");
    CHECK(host.client.code(host.client.reversal(sale)) == "25");
    CHECK(host.spent() == 100);
}

TEST_CASE("rule original_reversible: 64 for another amount, 12 for what is never reversed") {
    SignedIn host;
    Message sale = host.approved_sale(100);
    sale.set(4, "000000000099");
    CHECK(host.client.code(host.client.reversal(sale)) == "64");
    CHECK(host.spent() == 100);

    const Message other = host.approved_sale(200);
    const Message refund = host.client.undo("0220", "25", 50, other);
    REQUIRE(host.client.code(refund) == "00");
    CHECK(host.client.code(host.client.reversal(refund)) == "12");
}

TEST_CASE("a reversal of a refused sale is approved and posts nothing") {
    SignedIn host("[account.credit]\nbalance = '1.00'");
    const Message sale = host.client.sale(101);
    REQUIRE(host.client.code(sale) == "51");
    CHECK(host.client.code(host.client.reversal(sale)) == "00");
    CHECK(host.bench.events(trace::Kind::host_posted).empty());
}

TEST_CASE("a sale that comes after its own reversal is refused with 94: it must not be charged") {
    SignedIn host;
    const Message sale = host.client.sale(100);
    CHECK(host.client.code(host.client.reversal(sale)) == "25");
    CHECK(host.client.code(sale) == "94");
    CHECK(host.client.code(host.client.reversal(sale)) == "25");
    CHECK(host.spent() == 0);
}

TEST_CASE("a reversal needs a right MAC and tells its reason") {
    SignedIn host;
    const Message sale = host.approved_sale(100);
    Message forged = host.client.reversal(sale);
    forged.set(64, "00000000");
    CHECK(host.client.code(forged) == "A0");
    Message unreasoned = host.client.reversal(sale);
    unreasoned.clear(39);
    CHECK(host.client.code(unreasoned) == "30");
    CHECK(host.spent() == 100);
}

TEST_CASE("a void undoes a sale; named by reference number, by batch and STAN, or by both") {
    SignedIn host;
    const int dropped = GENERATE(0, 37, 61);
    const Message sale = host.approved_sale(700);
    Message undo = host.client.undo("0200", "23", 700, sale);
    if (dropped != 0) undo.clear(dropped);
    CHECK(host.client.code(undo) == "00");
    CHECK(host.spent() == 0);
    const auto posted = host.bench.events(trace::Kind::host_posted);
    CHECK(posted.back().text("entry") == "void");
    CHECK(posted.back().text("stan") == undo.get(11));
}

TEST_CASE("rule original_voidable: each refusal") {
    SignedIn host;
    const auto code_of_void = [&](const Message& sale, std::int64_t amount) {
        return host.client.code(host.client.undo("0200", "23", amount, sale));
    };
    const Message sale = host.approved_sale(100);
    CHECK(code_of_void(host.client.sale(100), 100) == "25");  // never sent
    CHECK(code_of_void(sale, 99) == "64");
    Message mixed = sale;
    mixed.set(11, "000999");  // reference number and STAN of different sales
    CHECK(code_of_void(mixed, 100) == "25");
    Message nameless = host.client.undo("0200", "23", 100, sale);
    nameless.clear(37);
    nameless.clear(61);
    CHECK(host.client.code(nameless) == "30");

    CHECK(code_of_void(sale, 100) == "00");
    CHECK(code_of_void(sale, 100) == "22");  // voided before

    const Message reversed = host.approved_sale(300);
    REQUIRE(host.client.code(host.client.reversal(reversed)) == "00");
    CHECK(code_of_void(reversed, 300) == "25");
    CHECK(host.spent() == 0);
}

TEST_CASE("a reversed void leaves the sale in force, to be voided again") {
    SignedIn host;
    const Message sale = host.approved_sale(100);
    const Message undo = host.client.undo("0200", "23", 100, sale);
    REQUIRE(host.client.code(undo) == "00");
    CHECK(host.client.code(host.client.reversal(undo)) == "00");
    CHECK(host.spent() == 100);
    CHECK(host.client.code(host.client.undo("0200", "23", 100, sale)) == "00");
    CHECK(host.spent() == 0);
}

TEST_CASE("refunds give back what was charged, in parts, and no more: 64") {
    SignedIn host;
    const Message sale = host.approved_sale(1000);
    const auto code_of_refund = [&](std::int64_t amount) {
        return host.client.code(host.client.undo("0220", "25", amount, sale));
    };
    CHECK(code_of_refund(400) == "00");
    CHECK(code_of_refund(601) == "64");
    CHECK(code_of_refund(600) == "00");
    CHECK(code_of_refund(1) == "64");
    CHECK(host.spent() == 0);
    CHECK(host.client.code(host.client.undo("0200", "23", 1000, sale)) == "22");
    CHECK(host.client.code(host.client.reversal(sale)) == "22");
    CHECK(host.bench.events(trace::Kind::host_posted).back().text("entry") == "refund");
}

TEST_CASE("field 61 may be zeros and a date where the terminal knows the reference number alone") {
    SignedIn host;
    const Message sale = host.approved_sale(1000);
    Message refund = host.client.undo("0220", "25", 400, sale);
    refund.set(61, "0000000000000615");
    CHECK(host.client.code(refund) == "00");
    refund = host.client.undo("0220", "25", 400, sale);
    refund.clear(37);
    refund.set(61, "0000000000000615");
    CHECK(host.client.code(refund) == "25");
    CHECK(host.spent() == 600);
}

TEST_CASE("rule original_refundable: 25 for an unknown or reversed sale, 22 for a voided one") {
    SignedIn host;
    CHECK(host.client.code(host.client.undo("0220", "25", 1, host.client.sale(100))) == "25");
    const Message reversed = host.approved_sale(100);
    REQUIRE(host.client.code(host.client.reversal(reversed)) == "00");
    CHECK(host.client.code(host.client.undo("0220", "25", 100, reversed)) == "25");
    const Message voided = host.approved_sale(100);
    REQUIRE(host.client.code(host.client.undo("0200", "23", 100, voided)) == "00");
    CHECK(host.client.code(host.client.undo("0220", "25", 100, voided)) == "22");
}

TEST_CASE("a posting is followed by a pause: what the scenario does at that event precedes the answer") {
    SignedIn host;
    const Bytes sale = host.client.frame(host.client.sale(100));
    const auto stream = host.bench.network.connect_now();
    runtime::Condition noticed;
    host.bench.trace.observe([&](const trace::Event& event) {
        if (event.kind == trace::Kind::host_posted) noticed.notify_all();
    });
    const auto cut = [](HostBench& bench, runtime::Condition& posted,
                        runtime::Stream& line) -> runtime::Task<void> {
        co_await posted.wait(bench.clock);
        line.reset();
    };
    const auto send = [](HostBench& bench, runtime::Stream& line,
                         const Bytes& octets) -> runtime::Task<void> {
        const auto sent = co_await line.write(octets, bench.clock.now() + 1s);
        REQUIRE(sent.has_value());
    };
    runtime::Job cutting(host.bench.clock, cut(host.bench, noticed, *stream));
    runtime::Job sending(host.bench.clock, send(host.bench, *stream, sale));
    host.bench.run(cutting);
    host.bench.run_for(1s);
    CHECK(host.spent() == 100);
    CHECK(host.bench.events(trace::Kind::host_disconnected).back().text("reason") ==
          "answer not taken: connection reset");
}
