// What terminals did without the host, told later: offline sales, adjustments, tips.

#include <fmt/format.h>

#include "drivers/protocols/emv/cryptogram.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/host/support.hpp"

using namespace posbench;
using namespace posbench::test;
using iso8583::Message;
using Type = iso8583::TransactionType;

namespace {

struct Restaurant {
    explicit Restaurant(std::string_view profile = {}) : bench(profile), client(bench) { client.sign_in(); }
    std::int64_t spent() const { return 100000 - bench.host->ledger().balance(credit).minor(); }
    std::string code(const Message& message) { return client.code(message); }
    std::string settle(std::string_view mti, std::string_view function, std::string field48) {
        Message made{std::string(mti)};
        made.set(11, client.next_stan());
        made.set(41, std::string(tid));
        made.set(42, std::string(mid));
        made.set(48, std::move(field48));
        made.set(60, fmt::format("00{}{}", client.batch(), function));
        return code(made);
    }
    trace::Event last_posted() const { return bench.events(trace::Kind::host_posted).back(); }
    HostBench bench;
    Client client;
};

/// A sale that the card of known_account approved: 40.00, the TC computed over the same data as the ARQC that
/// was computed independently, which it therefore equals.
constexpr std::string_view known_account = R"(
currency = "CAD"
[account.credit]
pan = "1234567890123456"
imk_ac = "0123456789ABCDEFFEDCBA9876543210"
)";

Message certified(Client& client, std::string_view information, std::string_view cryptogram,
                  std::string_view mti = "0220") {
    Message sale = client.request(Type::emv_offline_sale, 4000);
    Message made{std::string(mti)};
    for (const int field : sale.fields()) made.set(field, std::string(sale.get(field)));
    made.set(2, "1234567890123456");
    made.set(22, "052");
    made.set(49, "124");
    made.set(
        55, ByteView(hex(fmt::format(
                "9F0206000000004000 9F0306000000000000 9F1A020124 95058000048000 5F2A020124 9A03191105 9C0101"
                "9F370452BF4585 82021800 9F3602001C 9F100706010A03A06010 9F2701{} 9F2608{}",
                information, cryptogram))));
    return made;
}

}  // namespace

TEST_CASE("an offline sale is booked for a known account, whatever the account says now") {
    Restaurant here("[account.credit]\nbalance = '1000.00'\nstatus = 'lost'\ntransaction_limit = '1.00'");
    Message sale = here.client.request(Type::offline_sale, 150000);
    sale.set(38, "V12345");
    const Message reply = here.client.ask(sale);
    CHECK(reply.mti() == "0230");
    CHECK(reply.get(39) == "00");
    CHECK(reply.get(38) == "V12345");
    CHECK(here.spent() == 150000);
    CHECK(here.last_posted().text("entry") == "offline_sale");
    Message unknown = here.client.request(Type::offline_sale, 100);
    unknown.set(2, "6210948000000029");
    CHECK(here.code(unknown) == "14");
}

TEST_CASE("an offline sale told again is booked once; it is not reversed but refunded") {
    Restaurant here;
    Message sale = here.client.approved(Type::offline_sale, 2000);
    const std::string rrn(sale.get(37));
    sale.clear(37);
    const Message again = here.client.ask(sale);
    CHECK(again.get(39) == "00");
    CHECK(again.get(37) == rrn);
    CHECK(here.spent() == 2000);
    CHECK(here.code(here.client.reversal(sale)) == "12");
    CHECK(here.code(here.client.request(Type::refund, 2000, &sale)) == "00");
    CHECK(here.spent() == 0);
}

TEST_CASE("an EMV offline sale is proved by its transaction certificate: 59 for a wrong one, or an ARQC") {
    Restaurant here(known_account);
    const Message right = certified(here.client, "40", "29CCA15AE665FA2E");
    const Message reply = here.client.ask(right);
    CHECK(reply.get(39) == "00");
    CHECK_FALSE(reply.has(55));  // no card waits for an answer
    CHECK(here.last_posted().text("entry") == "emv_offline_sale");
    CHECK(here.code(certified(here.client, "40", "29CCA15AE665FA2F")) == "59");
    CHECK(here.code(certified(here.client, "80", "29CCA15AE665FA2E")) == "59");
    CHECK(here.code(certified(here.client, "40", "29CCA15AE665FA2E")) == "59");  // again, under another STAN
    Message without = certified(here.client, "40", "29CCA15AE665FA2E");
    without.clear(55);
    CHECK(here.code(without) == "30");
    CHECK(here.bench.events(trace::Kind::host_posted).size() == 1);
}

TEST_CASE("an EMV offline sale that first comes in a batch upload is booked, and once") {
    Restaurant here(known_account);
    CHECK(here.code(certified(here.client, "40", "29CCA15AE665FA2E", "0320")) == "12");  // none is due
    REQUIRE(here.settle("0500", "201", fmt::format("{:062}", 10)) == "95");
    const Message uploaded = certified(here.client, "40", "29CCA15AE665FA2E", "0320");
    const Message reply = here.client.ask(uploaded);
    CHECK(reply.mti() == "0330");
    CHECK(reply.get(39) == "00");
    CHECK(here.code(uploaded) == "00");
    CHECK(here.bench.events(trace::Kind::host_posted).size() == 1);
    Message advice = certified(here.client, "40", "29CCA15AE665FA2E");
    advice.set(11, std::string(uploaded.get(11)));
    CHECK(here.code(advice) == "00");
    CHECK(here.bench.events(trace::Kind::host_posted).size() == 1);
}

TEST_CASE("what a batch upload brings by itself counts as uploaded, once, also when it is refused") {
    Restaurant here(known_account);
    REQUIRE(here.settle("0500", "201", fmt::format("{:062}", 10)) == "95");
    const Message right = certified(here.client, "40", "29CCA15AE665FA2E", "0320");
    CHECK(here.code(right) == "00");
    CHECK(here.code(right) == "00");
    CHECK(here.code(certified(here.client, "40", "29CCA15AE665FA2F", "0320")) == "59");
    CHECK(here.settle("0320", "202", "1") == "95");
    CHECK(here.settle("0320", "202", "2") == "00");
    // One of them is not in the books.
    CHECK(here.bench.events(trace::Kind::host_settlement).back().text("outcome") == "differs");
    CHECK(here.code(right) == "00");  // of the closed batch, told again
    CHECK(here.bench.events(trace::Kind::host_posted).size() == 1);
}

TEST_CASE("an adjustment posts the difference to the total before, up or down, under its own STAN") {
    Restaurant here;
    const Message sale = here.client.approved(Type::offline_sale, 2000);
    const Message up = here.client.approved(Type::adjustment, 2300, &sale);
    CHECK(here.spent() == 2300);
    CHECK(here.last_posted().text("entry") == "adjustment");
    CHECK(here.last_posted().integer("amount") == 300);
    CHECK(here.last_posted().text("stan") == up.get(11));
    here.client.approved(Type::adjustment, 1500, &sale);
    CHECK(here.spent() == 1500);
    CHECK(here.last_posted().text("entry") == "adjustment_down");
    CHECK(here.last_posted().integer("amount") == 800);
    here.client.approved(Type::adjustment, 1500, &sale);  // nothing new
    CHECK(here.bench.events(trace::Kind::host_posted).size() == 3);
    CHECK(here.code(here.client.request(Type::refund, 1501, &sale)) == "64");
    REQUIRE(here.code(here.client.request(Type::refund, 1000, &sale)) == "00");
    CHECK(here.code(here.client.request(Type::adjustment, 999, &sale)) == "64");
}

TEST_CASE("rule original_changeable: what is adjusted is an offline sale of this batch that is in force") {
    Restaurant here;
    const Message online = here.client.approved(Type::sale, 2000);
    CHECK(here.code(here.client.request(Type::adjustment, 2100, &online)) == "25");
    const Message unknown = here.client.request(Type::offline_sale, 100);
    CHECK(here.code(here.client.request(Type::adjustment, 200, &unknown)) == "25");
    CHECK(here.code(here.client.request(Type::adjustment, 200)) == "30");
    REQUIRE(here.code(here.client.request(Type::sale_void, 2000, &online)) == "00");
    CHECK(here.code(here.client.request(Type::tip, 2100, &online)) == "22");
}

TEST_CASE(
    "rule tip_limit_kept: a tip adds at most tip_limit percent of the sale, 15 where the profile is silent") {
    Restaurant here;
    const Message sale = here.client.approved(Type::sale, 10000);
    CHECK(here.code(here.client.request(Type::tip, 11501, &sale)) == "61");
    CHECK(here.code(here.client.request(Type::tip, 9999, &sale)) == "13");
    here.client.approved(Type::tip, 11000, &sale);
    CHECK(here.last_posted().text("entry") == "tip");
    CHECK(here.last_posted().integer("amount") == 1000);
    CHECK(here.code(here.client.request(Type::tip, 11501, &sale)) == "61");
    here.client.approved(Type::tip, 11500, &sale);
    CHECK(here.spent() == 11500);

    Restaurant generous("tip_limit = 50");
    const Message other = generous.client.approved(Type::sale, 10000);
    CHECK(generous.code(generous.client.request(Type::tip, 15001, &other)) == "61");
    CHECK(generous.code(generous.client.request(Type::tip, 15000, &other)) == "00");
}

TEST_CASE("a sale with a tip is voided as a whole, and no longer reversed") {
    Restaurant here;
    const Message sale = here.client.approved(Type::sale, 10000);
    here.client.approved(Type::tip, 11000, &sale);
    CHECK(here.code(here.client.reversal(sale)) == "22");
    CHECK(here.code(here.client.request(Type::sale_void, 10000, &sale)) == "64");
    const Message undo = here.client.approved(Type::sale_void, 11000, &sale);
    CHECK(here.spent() == 0);
    CHECK(here.code(here.client.reversal(undo)) == "00");
    CHECK(here.spent() == 11000);
}

TEST_CASE("an adjustment or tip told again changes nothing more") {
    Restaurant here;
    const Message sale = here.client.approved(Type::offline_sale, 2000);
    const auto type = GENERATE(Type::adjustment, Type::tip);
    const Message change = here.client.request(type, 2200, &sale);
    const Message first = here.client.ask(change);
    CHECK(here.client.ask(change).get(37) == first.get(37));
    CHECK(here.spent() == 2200);
    CHECK(here.bench.events(trace::Kind::host_posted).size() == 2);
}
