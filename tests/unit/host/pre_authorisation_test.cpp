// Pre-authorisation, its void, completion by request and by advice, and their voids and reversals.

#include "tests/support/catch.hpp"
#include "tests/unit/host/support.hpp"

using namespace posbench;
using namespace posbench::test;
using iso8583::Message;
using Type = iso8583::TransactionType;

namespace {

struct Hotel {
    explicit Hotel(std::string_view profile = {}) : bench(profile), client(bench) { client.sign_in(); }
    std::int64_t balance() const { return bench.host->ledger().balance(credit).minor(); }
    std::int64_t held() const { return bench.host->ledger().held(credit).minor(); }
    std::string code(const Message& message) { return client.code(message); }
    std::string last_entry() const {
        return std::string(bench.events(trace::Kind::host_posted).back().text("entry"));
    }
    HostBench bench;
    Client client;
};

}  // namespace

TEST_CASE("a pre-authorisation holds what it asks for, and less is left to spend") {
    Hotel hotel;
    const Message hold = hotel.client.request(Type::pre_authorisation, 60000);
    const Message reply = hotel.client.ask(hold);
    CHECK(reply.mti() == "0110");
    CHECK(reply.get(39) == "00");
    CHECK(reply.get(38).size() == 6);
    CHECK(hotel.last_entry() == "pre_authorisation");
    CHECK(hotel.balance() == 100000);
    CHECK(hotel.held() == 60000);
    CHECK(hotel.code(hotel.client.sale(40001)) == "51");
    CHECK(hotel.code(hotel.client.request(Type::pre_authorisation, 40001)) == "51");
    CHECK(hotel.client.ask(hotel.client.inquiry()).get(54) == "0002156C000000040000");
    CHECK(hotel.code(hotel.client.sale(40000)) == "00");
}

TEST_CASE("its void frees the hold; the reversal of the void holds again") {
    Hotel hotel;
    const Message hold = hotel.client.approved(Type::pre_authorisation, 5000);
    const Message undo = hotel.client.on_hold(Type::pre_authorisation_void, 5000, hold);
    CHECK(hotel.code(undo) == "00");
    CHECK(hotel.last_entry() == "pre_authorisation_void");
    CHECK(hotel.held() == 0);
    CHECK(hotel.code(hotel.client.on_hold(Type::pre_authorisation_void, 5000, hold)) == "22");
    CHECK(hotel.code(hotel.client.reversal(undo)) == "00");
    CHECK(hotel.code(hotel.client.reversal(undo)) == "00");
    CHECK(hotel.held() == 5000);
    CHECK(hotel.code(hotel.client.reversal(hold)) == "00");
    CHECK(hotel.code(hotel.client.reversal(hold)) == "00");
    CHECK(hotel.held() == 0);
    CHECK(hotel.code(hotel.client.on_hold(Type::pre_authorisation_void, 5000, hold)) == "25");
}

TEST_CASE("the void may name the pre-authorisation by reference number, and takes no other amount") {
    Hotel hotel;
    const Message hold = hotel.client.approved(Type::pre_authorisation, 5000);
    CHECK(hotel.code(hotel.client.request(Type::pre_authorisation_void, 4999, &hold)) == "64");
    Message nameless = hotel.client.request(Type::pre_authorisation_void, 5000);
    CHECK(hotel.code(nameless) == "30");
    CHECK(hotel.code(hotel.client.request(Type::pre_authorisation_void, 5000, &hold)) == "00");
    const Message second = hotel.client.approved(Type::pre_authorisation, 700);
    Message without_date = hotel.client.request(Type::pre_authorisation_void, 700, &second);
    without_date.set(38, std::string(second.get(38)));
    CHECK(hotel.code(without_date) == "00");
    const Message sale = hotel.client.approved(Type::sale, 100);
    CHECK(hotel.code(hotel.client.request(Type::pre_authorisation_void, 100, &sale)) == "25");
}

TEST_CASE("a completion charges what it says and frees the hold, by request and by advice") {
    const auto type = GENERATE(Type::completion, Type::completion_advice);
    Hotel hotel;
    const Message hold = hotel.client.approved(Type::pre_authorisation, 10000);
    CHECK(hotel.code(hotel.client.on_hold(type, 11500, hold)) == "00");
    CHECK(hotel.last_entry() == to_string(type));
    CHECK(hotel.balance() == 100000 - 11500);
    CHECK(hotel.held() == 0);
    CHECK(hotel.code(hotel.client.on_hold(type, 11500, hold)) == "22");
    CHECK(hotel.code(hotel.client.on_hold(Type::pre_authorisation_void, 10000, hold)) == "22");
    CHECK(hotel.code(hotel.client.reversal(hold)) == "22");
}

TEST_CASE(
    "rule hold_completable: PAN, authorisation code and date must be those of the hold; 115 % is the most") {
    const auto type = GENERATE(Type::completion, Type::completion_advice);
    Hotel hotel;
    const Message hold = hotel.client.approved(Type::pre_authorisation, 10000);
    const auto changed = [&](int field, std::string value) {
        Message message = hotel.client.on_hold(type, 10000, hold);
        message.set(field, std::move(value));
        return hotel.code(message);
    };
    CHECK(changed(38, "ABCDEF") == "25");
    CHECK(changed(2, "6210948000000029") == "25");
    CHECK(changed(61, "0000010000020614") == "25");
    CHECK(changed(61, "0000010009990615") == "25");
    CHECK(changed(61, "000001000002") == "30");
    CHECK(changed(4, "000000011501") == "61");
    Message uncoded = hotel.client.on_hold(type, 10000, hold);
    uncoded.clear(38);
    CHECK(hotel.code(uncoded) == "30");
    CHECK(hotel.held() == 10000);
    CHECK(changed(61, "0000000000000615") == "00");  // batch and STAN not known
}

TEST_CASE(
    "rule completion_funded: 51 when hold and balance together are less; an advice is booked all the same") {
    Hotel hotel("[account.credit]\nbalance = '100.00'");
    const Message hold = hotel.client.approved(Type::pre_authorisation, 10000);
    CHECK(hotel.code(hotel.client.on_hold(Type::completion, 10001, hold)) == "51");
    CHECK(hotel.code(hotel.client.on_hold(Type::completion_advice, 10001, hold)) == "00");
    CHECK(hotel.balance() == -1);
    CHECK(hotel.client.ask(hotel.client.inquiry()).get(54) == "0002156D000000000001");
}

TEST_CASE("a completion's reversal holds again; its void too, and the void's reversal charges again") {
    Hotel hotel;
    const Message hold = hotel.client.approved(Type::pre_authorisation, 10000);
    const Message first = hotel.client.on_hold(Type::completion, 9000, hold);
    CHECK(hotel.code(first) == "00");
    CHECK(hotel.code(hotel.client.reversal(first)) == "00");
    CHECK(hotel.balance() == 100000);
    CHECK(hotel.held() == 10000);

    Message second = hotel.client.on_hold(Type::completion, 8000, hold);
    second.set(37, std::string(hotel.client.ask(second).get(37)));
    CHECK(hotel.code(hotel.client.request(Type::completion_void, 8001, &second)) == "64");
    const Message undo = hotel.client.request(Type::completion_void, 8000, &second);
    CHECK(hotel.code(undo) == "00");
    CHECK(hotel.last_entry() == "completion_void");
    CHECK(hotel.balance() == 100000);
    CHECK(hotel.held() == 10000);
    CHECK(hotel.code(hotel.client.request(Type::completion_void, 8000, &second)) == "22");
    CHECK(hotel.code(hotel.client.reversal(undo)) == "00");
    CHECK(hotel.balance() == 92000);
    CHECK(hotel.held() == 0);
}

TEST_CASE("completions and their reversals leave the day's limit as the pre-authorisation has it") {
    Hotel hotel("[account.credit]\ndaily_limit = '100.00'");
    const Message hold = hotel.client.approved(Type::pre_authorisation, 6000);
    const Message completion = hotel.client.on_hold(Type::completion, 6900, hold);
    REQUIRE(hotel.code(completion) == "00");
    REQUIRE(hotel.code(hotel.client.reversal(completion)) == "00");
    CHECK(hotel.code(hotel.client.sale(4001)) == "61");
    CHECK(hotel.code(hotel.client.sale(4000)) == "00");
}

TEST_CASE("a completion's void is not reversed once its hold was taken again: 22") {
    Hotel hotel;
    const Message hold = hotel.client.approved(Type::pre_authorisation, 10000);
    Message first = hotel.client.on_hold(Type::completion, 9000, hold);
    first.set(37, std::string(hotel.client.ask(first).get(37)));
    const Message undo = hotel.client.request(Type::completion_void, 9000, &first);
    REQUIRE(hotel.code(undo) == "00");
    REQUIRE(hotel.code(hotel.client.on_hold(Type::completion, 5000, hold)) == "00");
    CHECK(hotel.code(hotel.client.reversal(undo)) == "22");
    CHECK(hotel.balance() == 95000);
}

TEST_CASE("only a completion that was requested is voided by the terminal; a completion is refunded") {
    Hotel hotel;
    const Message hold = hotel.client.approved(Type::pre_authorisation, 10000);
    Message advice = hotel.client.on_hold(Type::completion_advice, 9000, hold);
    const Message reply = hotel.client.ask(advice);
    advice.set(37, std::string(reply.get(37)));
    CHECK(hotel.code(hotel.client.request(Type::completion_void, 9000, &advice)) == "25");
    CHECK(hotel.code(hotel.client.request(Type::sale_void, 9000, &advice)) == "25");
    CHECK(hotel.code(hotel.client.request(Type::refund, 9001, &advice)) == "64");
    CHECK(hotel.code(hotel.client.request(Type::refund, 9000, &advice)) == "00");
    CHECK(hotel.balance() == 100000);
}

TEST_CASE("a pre-authorisation that comes after its reversal is refused: 94, and holds nothing") {
    Hotel hotel;
    const Message hold = hotel.client.request(Type::pre_authorisation, 5000);
    CHECK(hotel.code(hotel.client.reversal(hold)) == "25");
    CHECK(hotel.code(hold) == "94");
    CHECK(hotel.held() == 0);
}

TEST_CASE(
    "an advice told again is answered as at first and books once; another under its STAN is a duplicate") {
    Hotel hotel;
    const Message hold = hotel.client.approved(Type::pre_authorisation, 10000);
    Message advice = hotel.client.on_hold(Type::completion_advice, 9000, hold);
    const Message first = hotel.client.ask(advice);
    const Message second = hotel.client.ask(advice);
    CHECK(second.get(39) == "00");
    CHECK(second.get(37) == first.get(37));
    CHECK(hotel.balance() == 91000);
    advice.set(4, "000000009001");
    CHECK(hotel.code(advice) == "94");
    const Message refused = hotel.client.on_hold(Type::completion_advice, 9000, hold);
    CHECK(hotel.code(refused) == "22");
    CHECK(hotel.code(refused) == "22");
}

TEST_CASE(
    "services name every type: a terminal without pre-authorisation is refused with 58, an account with 57") {
    Hotel terminal("[terminal.one]\nservices = ['sale']");
    CHECK(terminal.code(terminal.client.request(Type::pre_authorisation, 100)) == "58");
    Hotel account("[account.credit]\nservices = ['sale', 'completion']");
    CHECK(account.code(account.client.request(Type::pre_authorisation, 100)) == "57");
    CHECK(account.code(account.client.sale(100)) == "00");
}
