// Settlement (0500), batch upload (0320), and what is known of a batch when it is closed.

#include "drivers/host/acquirer/settlement.hpp"

#include <fmt/format.h>

#include "tests/support/catch.hpp"
#include "tests/unit/host/support.hpp"

using namespace posbench;
using namespace posbench::test;
using iso8583::Message;
using Type = iso8583::TransactionType;

namespace {

constexpr std::string_view nothing_foreign = "0000000000000000000000000000000";

std::string half(std::int64_t debit_amount, int debits, std::int64_t credit_amount, int credits,
                 char digit = '0') {
    return fmt::format("{:012}{:03}{:012}{:03}{}", debit_amount, debits, credit_amount, credits, digit);
}

struct Till {
    explicit Till(std::string_view over = {}) : bench(over), client(bench) { client.sign_in(); }

    Message message(std::string_view mti, std::string_view function, std::string field48) {
        Message made{std::string(mti)};
        made.set(11, client.next_stan());
        made.set(41, std::string(tid));
        made.set(42, std::string(mid));
        made.set(48, std::move(field48));
        made.set(49, "156");
        made.set(60, fmt::format("00{}{}", client.batch(), function));
        return made;
    }
    Message settlement(const std::string& domestic, std::string_view foreign = nothing_foreign) {
        return message("0500", "201", domestic + std::string(foreign));
    }
    Message details(std::vector<std::pair<std::string, std::int64_t>> transactions) {
        std::string field = fmt::format("{:02}", transactions.size());
        for (const auto& [stan, amount] : transactions)
            field += fmt::format("00{}{:0>20}{:012}", stan, credit, amount);
        return message("0320", "201", field);
    }
    Message end(int count) { return message("0320", "202", fmt::format("{:04}", count)); }
    std::string code(const Message& request) { return client.code(request); }
    std::vector<trace::Event> settlements() const { return bench.events(trace::Kind::host_settlement); }

    HostBench bench;
    Client client;
};

}  // namespace

TEST_CASE("totals that agree close the batch: 1, and the next batch number") {
    Till till;
    till.client.approved(Type::sale, 1000);
    const Message second = till.client.approved(Type::sale, 500);
    till.client.approved(Type::sale_void, 500, &second);
    const Message reversed = till.client.approved(Type::sale, 9900);
    REQUIRE(till.code(till.client.reversal(reversed)) == "00");
    till.code(till.client.sale(100'000'000));  // refused
    till.client.approved(Type::pre_authorisation, 700);

    const Message reply = till.client.ask(till.settlement(half(1500, 2, 500, 1)));
    CHECK(reply.mti() == "0510");
    CHECK(reply.get(39) == "00");
    CHECK(reply.get(48) == half(1500, 2, 500, 1, '1') + half(0, 0, 0, 0, '1'));
    CHECK(reply.get(60).substr(2, 6) == "000002");

    REQUIRE(till.settlements().size() == 1);
    const trace::Event event = till.settlements().front();
    CHECK(event.text("tid") == tid);
    CHECK(event.text("batch") == "000001");
    CHECK(event.text("outcome") == "agreed");
    CHECK(event.text("currency") == "156");
    CHECK(event.integer("debits") == 2);
    CHECK(event.integer("debit_amount") == 1500);
    CHECK(event.integer("credits") == 1);
    CHECK(event.integer("credit_amount") == 500);

    CHECK(till.code(till.client.sale(100)) == "77");
    CHECK(till.client.sign_in().get(60).substr(2, 6) == "000002");
    till.client.adopt_batch(reply);
    CHECK(till.code(till.client.sale(100)) == "00");  // STANs begin anew
}

TEST_CASE("every kind of posting is in the totals: tips and adjustments for themselves") {
    Till till;
    const Message offline = till.client.approved(Type::offline_sale, 2000);
    till.client.approved(Type::adjustment, 2500, &offline);
    till.client.approved(Type::adjustment, 1800, &offline);
    const Message sale = till.client.approved(Type::sale, 10000);
    till.client.approved(Type::tip, 11000, &sale);
    const Message hold = till.client.approved(Type::pre_authorisation, 3000);
    REQUIRE(till.code(till.client.on_hold(Type::completion_advice, 3300, hold)) == "00");
    till.client.approved(Type::refund, 400, &sale);
    // debits 2000, 500, 10000, 1000, 3300; credits 700, 400
    CHECK(till.code(till.settlement(half(16800, 5, 1100, 2))) == "00");
}

TEST_CASE("cards of other organisations are totalled in the second half") {
    Till till("[account.visa]\npan = '4761739001010119'\nbalance = '1000.00'");
    REQUIRE(till.code(till.client.sale(300, "4761739001010119")) == "00");
    till.client.approved(Type::sale, 1000);
    const Message reply = till.client.ask(till.settlement(half(1300, 2, 0, 0)));
    CHECK(reply.get(39) == "95");
    CHECK(reply.get(48) == half(1000, 1, 0, 0, '2') + half(300, 1, 0, 0, '2'));
    CHECK(till.code(till.settlement(half(1000, 1, 0, 0), half(300, 1, 0, 0))) == "00");
}

TEST_CASE("the same settlement asked again is answered the same, and compared once") {
    Till till;
    till.client.approved(Type::sale, 1000);
    const Message settlement = till.settlement(half(1000, 1, 0, 0));
    const Message first = till.client.ask(settlement);
    const Message second = till.client.ask(settlement);
    const Message with_new_stan = till.client.ask(till.settlement(half(1000, 1, 0, 0)));
    for (const Message& again : {second, with_new_stan})
        for (const int field : {39, 48, 60}) CHECK(again.get(field) == first.get(field));
    CHECK(till.settlements().size() == 1);
    till.client.adopt_batch(first);
    CHECK(till.code(till.settlement(half(0, 0, 0, 0))) == "00");
}

TEST_CASE("totals that differ: 95, the batch is uploaded, each STAN counted once, and its end closes it") {
    Till till;
    const Message one = till.client.approved(Type::sale, 1000);
    const Message two = till.client.approved(Type::sale, 2000);
    const Message reply = till.client.ask(till.settlement(half(1000, 1, 0, 0)));
    CHECK(reply.get(39) == "95");
    CHECK(reply.get(48) == half(3000, 2, 0, 0, '2') + half(0, 0, 0, 0, '1'));
    CHECK(reply.get(60).substr(2, 6) == "000001");
    CHECK(till.settlements().back().text("outcome") == "differs");

    const Message details =
        till.details({{std::string(one.get(11)), 1000}, {std::string(two.get(11)), 2000}});
    CHECK(till.code(details) == "00");
    CHECK(till.code(details) == "00");  // the answer was lost
    CHECK(till.code(till.end(3)) == "95");
    const Message end = till.end(2);
    const Message ended = till.client.ask(end);
    CHECK(ended.mti() == "0330");
    CHECK(ended.get(39) == "00");
    CHECK(ended.get(60).substr(2, 6) == "000002");
    CHECK(till.client.ask(end).get(60) == ended.get(60));
    CHECK(till.settlements().back().text("outcome") == "agreed");
    CHECK(till.bench.events(trace::Kind::host_posted).size() == 2);

    // From the beginning once more, as after a loss of power: nothing is counted twice.
    CHECK(till.code(till.settlement(half(1000, 1, 0, 0))) == "95");
    CHECK(till.code(details) == "00");
    CHECK(till.code(till.end(2)) == "00");
    CHECK(till.settlements().size() == 2);
    till.client.adopt_batch(ended);
    CHECK(till.code(till.client.sale(100)) == "00");
}

TEST_CASE("a settlement that differed may be asked again when the books have come to agree") {
    Till till;
    const Message sale = till.client.approved(Type::sale, 1000);
    CHECK(till.code(till.settlement(half(0, 0, 0, 0))) == "95");
    REQUIRE(till.code(till.client.reversal(sale)) == "00");
    CHECK(till.code(till.settlement(half(0, 0, 0, 0))) == "00");
}

TEST_CASE("what cannot be read is 30 with digit 3, and closes nothing") {
    Till till;
    till.client.approved(Type::sale, 1000);
    const auto unreadable = GENERATE(std::string("1234"), std::string(62, 'A'), std::string());
    const Message reply = till.client.ask(till.message("0500", "201", unreadable));
    CHECK(reply.get(39) == "30");
    CHECK(reply.get(48) == half(1000, 1, 0, 0, '3') + half(0, 0, 0, 0, '3'));
    CHECK(till.settlements().empty());
    CHECK(till.code(till.client.sale(100)) == "00");
}

TEST_CASE("an upload is refused when none is due, and when it is not laid out as one") {
    Till till;
    CHECK(till.code(till.details({{"000002", 100}})) == "12");
    CHECK(till.code(till.end(0)) == "12");
    REQUIRE(till.code(till.settlement(half(1, 1, 0, 0))) == "95");
    for (const auto* wrong : {"", "0", "00", "01", "0100000002", "9", "0A"})
        CHECK(till.code(till.message("0320", "201", wrong)) == "30");
    const std::string nine = fmt::format("09{:0>360}", 0);
    CHECK(till.code(till.message("0320", "201", nine.substr(0, 322))) == "30");
    CHECK(till.code(till.message("0320", "202", "x")) == "30");
    CHECK(till.code(till.message("0320", "203", "0001")) == "40");
    CHECK(till.code(till.message("0500", "202", "0001")) == "40");
    CHECK(till.code(till.details({{"000002", 100},
                                  {"000003", 100},
                                  {"000004", 100},
                                  {"000005", 100},
                                  {"000006", 100},
                                  {"000007", 100},
                                  {"000008", 100},
                                  {"000009", 100}})) == "00");
    CHECK(till.code(till.end(8)) == "00");
}

TEST_CASE("an upload that is not what the books count closes the batch, and that it differs is told") {
    Till till;
    const Message one = till.client.approved(Type::sale, 1000);
    const Message two = till.client.approved(Type::sale, 2000);
    const Message undone = till.client.approved(Type::sale, 4000);
    REQUIRE(till.code(till.client.reversal(undone)) == "00");
    REQUIRE(till.code(till.settlement(half(0, 0, 0, 0))) == "95");
    const auto stan = [](const Message& sale) { return std::string(sale.get(11)); };
    using Records = std::vector<std::pair<std::string, std::int64_t>>;
    const auto uploaded =
        GENERATE_COPY(Records{}, Records{{stan(one), 1000}}, Records{{stan(one), 1000}, {stan(two), 2001}},
                      Records{{stan(one), 1000}, {"999999", 2000}},
                      Records{{stan(one), 1000}, {stan(two), 2000}, {stan(undone), 4000}});
    if (!uploaded.empty()) REQUIRE(till.code(till.details(uploaded)) == "00");
    CHECK(till.code(till.end(static_cast<int>(uploaded.size()))) == "00");
    CHECK(till.settlements().back().text("outcome") == "differs");
}

TEST_CASE("a charge that is reversed when its batch is closed is given back by the next one") {
    Till till;
    const Message sale = till.client.approved(Type::sale, 1000);
    const Message reversal = till.client.reversal(sale);
    const Message closing = till.client.ask(till.settlement(half(1000, 1, 0, 0)));
    REQUIRE(closing.get(39) == "00");
    CHECK(till.code(reversal) == "00");
    till.client.adopt_batch(closing);
    CHECK(till.code(till.settlement(half(0, 0, 1000, 1))) == "00");
}

TEST_CASE("a void is of a sale of this batch; what is settled is refunded") {
    Till till;
    const Message sale = till.client.approved(Type::sale, 1000);
    const Message closing = till.client.ask(till.settlement(half(1000, 1, 0, 0)));
    till.client.adopt_batch(closing);
    CHECK(till.code(till.client.request(Type::sale_void, 1000, &sale)) == "22");
    CHECK(till.code(till.client.request(Type::refund, 1000, &sale)) == "00");
}

TEST_CASE("an advice that is told again behind the closing of its batch has its first answer") {
    Till till;
    const Message advice = till.client.request(Type::offline_sale, 500);
    const Message first = till.client.ask(advice);
    REQUIRE(first.get(39) == "00");
    REQUIRE(till.code(till.settlement(half(500, 1, 0, 0))) == "00");
    const Message again = till.client.ask(advice);
    CHECK(again.get(39) == "00");
    CHECK(again.get(37) == first.get(37));
    CHECK(till.bench.events(trace::Kind::host_posted).size() == 1);
}

TEST_CASE("who may settle: 97, 03, 77, and A0 before a sign-in or with a wrong MAC") {
    Till till;
    const auto changed = [&](int field, std::string value) {
        Message message = till.settlement(half(0, 0, 0, 0));
        message.set(field, std::move(value));
        return till.code(message);
    };
    CHECK(changed(41, "99999999") == "97");
    CHECK(changed(42, "999999999999999") == "03");
    CHECK(changed(60, "00000007201") == "77");
    CHECK(changed(60, "0000") == "30");
    CHECK(changed(64, "00000000") == "A0");
    HostBench bench;
    Client stranger(bench);
    Message early = till.settlement(half(0, 0, 0, 0));
    CHECK(stranger.code(early) == "A0");
}

TEST_CASE("a settlement without a MAC is taken, and answered without; with one, with one") {
    Till till;
    const auto with = till.client.exchange(till.settlement(half(0, 0, 0, 0)));
    CHECK(with.mac_right);
    HostBench bench;
    Client signed_in(bench);
    signed_in.sign_in();
    Client bare(bench);  // knows no keys, so makes no MAC
    Till layout;
    const auto without = bare.exchange(layout.settlement(half(0, 0, 0, 0)));
    REQUIRE(without.reply);
    CHECK(without.reply->get(39) == "00");
    CHECK_FALSE(without.reply->has(64));
}

TEST_CASE("transactions of a closed batch are known: refunded by reference number, reversed") {
    Till till;
    const Message one = till.client.approved(Type::sale, 1000);
    const Message two = till.client.approved(Type::sale, 2000);
    const Message late = till.client.approved(Type::sale, 4000);
    const Message closed = till.client.ask(till.settlement(half(7000, 3, 0, 0)));
    till.client.adopt_batch(closed);
    till.client.approved(Type::refund, 300, &one);
    Message by_number = till.client.request(Type::refund, 2000, &two);
    by_number.clear(61);
    CHECK(till.code(by_number) == "00");
    CHECK(till.code(till.client.reversal(late)) == "00");
    CHECK(till.code(till.client.request(Type::tip, 1100, &one)) == "22");
    CHECK(till.bench.host->ledger().balance(credit).minor() == 100000 - 700);
    CHECK(till.code(till.settlement(half(0, 0, 6300, 3))) == "00");
}

TEST_CASE("history: so many settled transactions are kept, and what names another batch is one of them") {
    Till till("history = 2");
    std::vector<Message> sales;
    for (int i = 0; i < 5; ++i) sales.push_back(till.client.approved(Type::sale, 100));
    CHECK(till.bench.host->ledger().size() == 5);
    till.client.adopt_batch(till.client.ask(till.settlement(half(500, 5, 0, 0))));
    CHECK(till.bench.host->ledger().size() == 2);
    CHECK(till.code(till.client.request(Type::refund, 100, &sales[2])) == "25");
    CHECK(till.code(till.client.request(Type::refund, 100, &sales[3])) == "00");
    for (int i = 0; i < 50; ++i) {
        Message stray = till.client.sale(100);
        stray.set(60, fmt::format("22{:06}00060", 500 + i));
        CHECK(till.code(stray) == "77");
        CHECK(till.code(till.client.reversal(stray)) == "00");
    }
    CHECK(till.bench.host->ledger().size() <= 2 + 2);
}

TEST_CASE(
    "history: what another transaction has altered is not taken for one that came under its key since") {
    Till till("history = 1");
    const Message hold = till.client.approved(Type::pre_authorisation, 10000);
    till.client.adopt_batch(till.client.ask(till.settlement(half(0, 0, 0, 0))));
    const Message completion = till.client.on_hold(Type::completion, 9000, hold);
    REQUIRE(till.code(completion) == "00");
    Message stray = till.client.sale(100);
    stray.set(60, "2200077700060");
    REQUIRE(till.code(stray) == "77");  // the hold is forgotten
    REQUIRE(till.code(till.client.reversal(hold)) == "25");
    CHECK(till.code(till.client.reversal(completion)) == "00");
    CHECK(till.bench.host->ledger().balance(credit).minor() == 100000);
    CHECK(till.bench.host->ledger().held(credit).minor() == 0);
}

TEST_CASE("the number after 999999 is 000001") {
    Till till("[terminal.one]\nbatch = '999999'");
    till.client.adopt_batch(till.client.sign_in());
    CHECK(till.client.ask(till.settlement(half(0, 0, 0, 0))).get(60).substr(2, 6) == "000001");
}
