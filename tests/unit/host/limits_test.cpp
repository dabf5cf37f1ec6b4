// What an issuer refuses besides: limits, hours, check values; and what it approves with a difference.

#include <fmt/format.h>

#include "tests/support/catch.hpp"
#include "tests/unit/host/support.hpp"

using namespace posbench;
using namespace posbench::test;
using iso8583::Message;
using Type = iso8583::TransactionType;
using namespace std::chrono_literals;

namespace {

struct Shop {
    explicit Shop(std::string_view over) : bench(over), client(bench) { client.sign_in(); }
    static std::string account(std::string_view lines) { return fmt::format("[account.credit]\n{}", lines); }
    std::int64_t spent() const { return 100000 - bench.host->ledger().balance(credit).minor(); }
    std::string sell(std::int64_t amount) { return client.code(client.sale(amount)); }
    HostBench bench;
    Client client;
};

Message swiped(Client& client, std::string_view discretionary) {
    Message sale = client.sale(100);
    sale.clear(2);
    sale.clear(14);
    sale.set(22, "022");
    sale.set(35, fmt::format("6210948000000011D3012101{}", discretionary));
    return sale;
}

}  // namespace

TEST_CASE("rule count_limit_kept: 65 for one charge or hold more than count_limit within window") {
    Shop shop(Shop::account("count_limit = 2\nwindow = '1min'"));
    CHECK(shop.sell(100) == "00");
    shop.bench.run_for(40s);
    CHECK(shop.client.code(shop.client.request(Type::pre_authorisation, 100)) == "00");
    CHECK(shop.sell(100) == "65");
    CHECK(shop.client.code(shop.client.inquiry()) == "00");
    shop.bench.run_for(20s);
    CHECK(shop.sell(100) == "00");  // the first has left the window
    CHECK(shop.sell(100) == "65");
    shop.bench.run_for(1min);
    CHECK(shop.sell(100) == "00");
}

TEST_CASE("a reversed sale counts all the same: the card was used") {
    Shop shop(Shop::account("count_limit = 1"));
    const Message sale = shop.client.approved(Type::sale, 100);
    REQUIRE(shop.client.code(shop.client.reversal(sale)) == "00");
    CHECK(shop.sell(100) == "65");
}

TEST_CASE("rule amount_limit_kept: 61 above the limit of a transaction, and above that of the day") {
    Shop each(Shop::account("transaction_limit = '50.00'"));
    CHECK(each.sell(5000) == "00");
    CHECK(each.sell(5001) == "61");

    Shop daily(Shop::account("daily_limit = '100.00'"));
    CHECK(daily.sell(6000) == "00");
    CHECK(daily.sell(4001) == "61");
    CHECK(daily.client.code(daily.client.request(Type::pre_authorisation, 4000)) == "00");
    CHECK(daily.sell(1) == "61");
    daily.bench.run_for(14h);  // it is 15 June, 10:00, at the start
    CHECK(daily.sell(10000) == "00");
}

TEST_CASE("what is reversed or voided is given back to its day's limit") {
    Shop shop(Shop::account("daily_limit = '100.00'"));
    const Message reversed = shop.client.approved(Type::sale, 10000);
    CHECK(shop.sell(1) == "61");
    REQUIRE(shop.client.code(shop.client.reversal(reversed)) == "00");
    const Message voided = shop.client.approved(Type::sale, 10000);
    REQUIRE(shop.client.code(shop.client.request(Type::sale_void, 10000, &voided)) == "00");
    const Message hold = shop.client.approved(Type::pre_authorisation, 10000);
    CHECK(shop.sell(1) == "61");
    REQUIRE(shop.client.code(shop.client.on_hold(Type::pre_authorisation_void, 10000, hold)) == "00");
    CHECK(shop.sell(10000) == "00");
}

TEST_CASE("a void gives back what was asked for, not the tips; its reversal takes it again") {
    Shop shop(Shop::account("daily_limit = '100.00'"));
    const Message sale = shop.client.approved(Type::sale, 10000);
    shop.client.approved(Type::tip, 11000, &sale);
    const Message undo = shop.client.approved(Type::sale_void, 11000, &sale);
    CHECK(shop.sell(10001) == "61");
    REQUIRE(shop.client.code(shop.client.reversal(undo)) == "00");
    CHECK(shop.sell(1) == "61");
}

TEST_CASE("rule hours_open: 58 outside the hours of the host, or of the terminal, which stand before them") {
    CHECK(Shop("hours = { between = ['09:00', '18:00'] }").sell(100) == "00");
    CHECK(Shop("hours = { between = ['11:00', '18:00'] }").sell(100) == "58");
    CHECK(Shop("hours = { between = ['11:00', '18:00'] }\n[terminal.one]\n"
               "hours = { between = ['09:00', '18:00'] }")
              .sell(100) == "00");
    Shop closing("[terminal.one]\nhours = { between = ['09:00', '12:00'] }");
    const Message sale = closing.client.approved(Type::sale, 100);
    closing.bench.run_for(2h);
    CHECK(closing.client.code(closing.client.request(Type::refund, 100, &sale)) == "58");
    // What has happened already is told at any hour.
    CHECK(closing.client.code(closing.client.reversal(sale)) == "00");
    CHECK(closing.client.code(closing.client.request(Type::offline_sale, 100)) == "00");
}

TEST_CASE("partial approval: code 10 with what there is, posted, voided and reversed as such") {
    Shop shop(Shop::account("balance = '30.00'\npartial = true"));
    // Also where 60.6 is not there at all.
    CHECK(shop.client.code(shop.client.sale(5000)) == "51");
    const Message sale = shop.client.sale_taking_parts(5000);
    const Message reply = shop.client.ask(sale);
    CHECK(reply.get(39) == "10");
    CHECK(reply.get(4) == "000000003000");
    const auto posted = shop.bench.events(trace::Kind::host_posted);
    REQUIRE(posted.size() == 1);
    CHECK(posted[0].integer("amount") == 3000);
    CHECK(shop.sell(100) == "51");  // nothing is left to give in part
    CHECK(shop.client.code(shop.client.reversal(sale)) == "00");
    CHECK(shop.bench.host->ledger().balance(credit).minor() == 3000);

    Message second = shop.client.sale_taking_parts(5000);
    second.set(37, std::string(shop.client.ask(second).get(37)));
    CHECK(shop.client.code(shop.client.request(Type::sale_void, 5000, &second)) == "64");
    CHECK(shop.client.code(shop.client.request(Type::sale_void, 3000, &second)) == "00");
}

TEST_CASE("a balance that has no room in field 54 is not told") {
    Shop shop("");
    for (int i = 0; i < 2; ++i)
        REQUIRE(shop.client.code(shop.client.request(Type::offline_sale, 999'999'999'999)) == "00");
    const Message reply = shop.client.ask(shop.client.inquiry());
    CHECK(reply.get(39) == "00");
    CHECK_FALSE(reply.has(54));
}

TEST_CASE("a terminal that takes no partial approval (60.6 is 0) is refused with 51") {
    Shop shop(Shop::account("balance = '30.00'\npartial = true"));
    Message sale = shop.client.sale(5000);
    sale.set(60, fmt::format("22{}00060"
                             "0",
                             shop.client.batch()));
    CHECK(shop.client.code(sale) == "51");
    CHECK(shop.client.code(shop.client.sale_taking_parts(5000)) == "10");
}

TEST_CASE("an account of standing is approved with 11, and its repeats and reversals are as any other's") {
    Shop shop(Shop::account("vip = true"));
    const Message sale = shop.client.sale(100);
    CHECK(shop.client.code(sale) == "11");
    CHECK(shop.spent() == 100);
    CHECK(shop.client.code(shop.client.inquiry()) == "00");
    CHECK(shop.client.code(shop.client.reversal(sale)) == "00");
    CHECK(shop.spent() == 0);
}

TEST_CASE("rule account_usable: the code of each status") {
    const auto [status, code] =
        GENERATE(std::pair{"active", "00"}, std::pair{"lost", "41"}, std::pair{"stolen", "43"},
                 std::pair{"frozen", "62"}, std::pair{"restricted", "62"}, std::pair{"pick_up", "04"},
                 std::pair{"suspected", "34"}, std::pair{"dormant", "21"}, std::pair{"refer_to_issuer", "01"},
                 std::pair{"do_not_honour", "05"});
    CHECK(Shop(Shop::account(fmt::format("status = '{}'", status))).sell(100) == code);
}

TEST_CASE("rule pin_right: when the tries are used up 75, or 38 where the card is to be captured") {
    const auto [exhausted, code] = GENERATE(std::pair{"decline", "75"}, std::pair{"capture", "38"});
    Shop shop(Shop::account(fmt::format("pin_tries = 1\npin_exhausted = '{}'", exhausted)));
    const auto with_pin = [&](std::string_view pin) {
        Message sale = shop.client.sale(100);
        shop.client.add_pin(sale, pin);
        return shop.client.code(sale);
    };
    CHECK(with_pin("000000") == "55");
    CHECK(with_pin("123456") == code);
    CHECK(shop.spent() == 0);
}

TEST_CASE("rule check_value_right: 59 for a stripe whose check value is not the account's") {
    const auto code = [](std::string_view lines, std::string_view discretionary) {
        Shop shop(Shop::account(lines));
        return shop.client.code(swiped(shop.client, discretionary));
    };
    CHECK(code("cvv = '371'", "0000037100") == "00");
    CHECK(code("cvv = '371'", "0000037200") == "59");
    CHECK(code("cvv = '371'", "3710000000") == "59");
    CHECK(code("cvv = '371'\ncvv_at = 0", "3710000000") == "00");
    CHECK(code("cvv = '371'", "00000") == "59");
    CHECK(code("cvv = '371'", "") == "59");
    CHECK(code("", "0000037200") == "00");
    // What was typed in has no stripe to be checked.
    CHECK(Shop(Shop::account("cvv = '371'")).sell(100) == "00");
}

TEST_CASE("the order: a limit is asked after the PIN, and before the funds") {
    Shop shop(Shop::account("transaction_limit = '1.00'\ncount_limit = 1\nbalance = '5.00'"));
    Message sale = shop.client.sale(10000);
    shop.client.add_pin(sale, "000000");
    CHECK(shop.client.code(sale) == "55");
    CHECK(shop.sell(10000) == "61");
    CHECK(shop.sell(100) == "00");
    CHECK(shop.sell(10000) == "61");
    CHECK(shop.sell(100) == "65");
}
