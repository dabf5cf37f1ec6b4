#include "drivers/host/acquirer/authorisation.hpp"

#include <fmt/format.h>

#include "drivers/protocols/emv/cryptogram.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/host/support.hpp"

using namespace posbench;
using namespace posbench::test;
using iso8583::Message;

namespace {

/// The code for a sale of 1.00 that `change` alters.
std::string code_of_sale(std::string_view profile, const std::function<void(Message&)>& change = {}) {
    HostBench bench(profile);
    Client client(bench);
    client.sign_in();
    Message sale = client.sale(100);
    if (change) change(sale);
    return client.code(sale);
}

std::string account(std::string_view line) {
    return fmt::format("[account.credit]\n{}", line);
}

void swipe(Message& sale, std::string_view track2) {
    sale.clear(2);
    sale.clear(14);
    sale.set(22, "022");
    sale.set(35, std::string(track2));
}

}  // namespace

TEST_CASE("a sale is approved, posted and answered in full with a MAC") {
    HostBench bench;
    Client client(bench);
    client.sign_in();
    const Message sale = client.sale(1234);
    const auto exchange = client.exchange(sale);
    REQUIRE(exchange.reply);
    const Message& reply = *exchange.reply;
    CHECK(reply.mti() == "0210");
    CHECK(reply.get(39) == "00");
    for (int field : {2, 3, 4, 11, 14, 25, 41, 42, 49, 60}) CHECK(reply.get(field) == sale.get(field));
    for (int field : {12, 13, 15, 32, 37, 38, 44, 63}) CHECK(reply.has(field));
    CHECK(reply.get(44) == "01040000   48021000   ");
    CHECK(exchange.mac_right);
    CHECK(bench.host->ledger().balance(credit).minor() == 100000 - 1234);
    CHECK(bench.host->ledger().merchant_balance(mid).minor() == 1234);

    const auto posted = bench.events(trace::Kind::host_posted);
    REQUIRE(posted.size() == 1);
    CHECK(posted[0].text("entry") == "sale");
    CHECK(posted[0].integer("amount") == 1234);
    CHECK(posted[0].text("stan") == sale.get(11));
    CHECK(posted[0].text("pan") == "621094******0011");
    CHECK(posted[0].text("rrn") == reply.get(37));
}

TEST_CASE("rule terminal_known: 97") {
    CHECK(code_of_sale("", [](Message& sale) { sale.set(41, "00000002"); }) == "97");
    CHECK(code_of_sale("", [](Message& sale) { sale.clear(41); }) == "97");
}

TEST_CASE("rule merchant_matches: 03") {
    CHECK(code_of_sale("", [](Message& sale) { sale.set(42, "104110045110013"); }) == "03");
}

TEST_CASE("rule mac_right: A0 without a sign-in, without a MAC, and with a wrong one") {
    CHECK(code_of_sale("", [](Message& sale) { sale.set(64, "00000000"); }) == "A0");

    HostBench bench;
    Client client(bench);
    CHECK(client.code(client.sale(100)) == "A0");
    CHECK(bench.events(trace::Kind::host_request).back().text("mac") == "absent");
    auto sale = client.sale(100);
    sale.set(64, "00000000");
    CHECK(client.code(sale) == "A0");
    CHECK(bench.events(trace::Kind::host_request).back().text("mac") == "unchecked");
    CHECK(bench.events(trace::Kind::host_posted).empty());
}

TEST_CASE("rule complete: 30 for each field that is missing or contradicts another") {
    for (int field : {4, 11, 22, 49, 60}) {
        INFO("field " << field);
        CHECK(code_of_sale("", [&](Message& sale) { sale.clear(field); }) != "00");
    }
    CHECK(code_of_sale("", [](Message& sale) { sale.clear(49); }) == "30");
    CHECK(code_of_sale("", [](Message& sale) { sale.clear(2); }) == "30");
    CHECK(code_of_sale("", [](Message& sale) { sale.set(22, "052"); }) == "30");  // chip without field 55
    CHECK(code_of_sale("", [](Message& sale) { sale.set(22, "022"); }) == "30");  // stripe without track 2
    CHECK(code_of_sale("", [](Message& sale) { sale.set(22, "011"); }) == "30");  // PIN without field 52
    CHECK(code_of_sale("", [](Message& sale) {
              sale.set(22, "022");
              sale.set(35, "6210948000000029D30121010000000000");
          }) == "30");
}

TEST_CASE("rule batch_current: 77") {
    CHECK(code_of_sale("[terminal.one]\nbatch = '000002'") == "77");
}

TEST_CASE("rule not_duplicate: 94 for a STAN used before, also by a refused sale") {
    HostBench bench;
    Client client(bench);
    client.sign_in();
    const Message sale = client.sale(100);
    CHECK(client.code(sale) == "00");
    CHECK(client.code(sale) == "94");
    const Message dear = client.sale(10'000'000);
    CHECK(client.code(dear) == "51");
    CHECK(client.code(dear) == "94");
    CHECK(bench.host->ledger().balance(credit).minor() == 99900);
}

TEST_CASE("rule amount_valid: 13 for nothing and for another currency") {
    CHECK(code_of_sale("", [](Message& sale) { sale.set(4, "000000000000"); }) == "13");
    CHECK(code_of_sale("", [](Message& sale) { sale.set(49, "840"); }) == "13");
}

TEST_CASE("rule account_known: 14") {
    CHECK(code_of_sale("", [](Message& sale) { sale.set(2, "6210948000000052"); }) == "14");
}

TEST_CASE("rule account_usable: each status has its code") {
    const auto [status, code] =
        GENERATE(std::pair{"active", "00"}, std::pair{"lost", "41"}, std::pair{"stolen", "43"},
                 std::pair{"frozen", "62"}, std::pair{"pick_up", "04"}, std::pair{"suspected", "34"},
                 std::pair{"dormant", "21"});
    CHECK(code_of_sale(account(fmt::format("status = '{}'", status))) == code);
}

TEST_CASE("rule card_not_expired: good to the end of its month, 54 after it") {
    const auto expiring = [](std::string_view yymm) {
        return code_of_sale("", [&](Message& sale) { sale.set(14, std::string(yymm)); });
    };
    CHECK(expiring("2605") == "54");
    CHECK(expiring("2606") == "00");
    CHECK(expiring("2607") == "00");
    CHECK(expiring("4912") == "00");
    CHECK(expiring("5001") == "54");  // of the 20th century, as the terminal reads it
    CHECK(code_of_sale("", [](Message& sale) { swipe(sale, "6210948000000011D26051010000000000"); }) == "54");
    CHECK(code_of_sale("", [](Message& sale) { swipe(sale, "6210948000000011D26061010000000000"); }) == "00");
}

TEST_CASE("rule card_not_expired: 54 when the issuer's records say otherwise than the card") {
    CHECK(code_of_sale(account("expiry = '3012'")) == "00");
    CHECK(code_of_sale(account("expiry = '2605'")) == "54");
    CHECK(code_of_sale(account("expiry = '2605'"), [](Message& sale) { sale.clear(14); }) == "54");
}

TEST_CASE("rule service_allowed: 57 by the account, 58 by the terminal") {
    CHECK(code_of_sale(account("services = ['inquiry']")) == "57");
    CHECK(code_of_sale("[terminal.one]\nservices = ['void', 'refund']") == "58");
    CHECK(code_of_sale(account("services = ['sale']")) == "00");
}

TEST_CASE("rule fallback_allowed: 45 for the stripe of a chip card where the host refuses it") {
    const auto chip_card = [](Message& sale) { swipe(sale, "6210948000000011D30122010000000000"); };
    const auto stripe_card = [](Message& sale) { swipe(sale, "6210948000000011D30121010000000000"); };
    CHECK(code_of_sale("fallback = 'refuse'", chip_card) == "45");
    CHECK(code_of_sale("fallback = 'refuse'", stripe_card) == "00");
    CHECK(code_of_sale("fallback = 'accept'", chip_card) == "00");
    // The stripe mode of a card over the field is no fallback.
    CHECK(code_of_sale("fallback = 'refuse'", [&](Message& sale) {
              chip_card(sale);
              sale.set(22, "912");
          }) == "00");
    // A separator in the place of the expiry or of the service code (ISO/IEC 7813).
    CHECK(code_of_sale("fallback = 'refuse'",
                       [](Message& sale) { swipe(sale, "6210948000000011DD2200000000000"); }) == "45");
    CHECK(code_of_sale("fallback = 'refuse'",
                       [](Message& sale) { swipe(sale, "6210948000000011D3012D2200000000"); }) == "00");
}

TEST_CASE("rule pin_right: 55 for each try, 75 when they are used up, a right one sets the count back") {
    HostBench bench;
    Client client(bench);
    client.sign_in();
    const auto with_pin = [&](std::string_view pin) {
        Message sale = client.sale(100);
        client.add_pin(sale, pin);
        return client.code(sale);
    };
    CHECK(with_pin("123456") == "00");
    CHECK(with_pin("1111") == "55");
    CHECK(with_pin("123456") == "00");
    for (int attempt = 0; attempt < 3; ++attempt) CHECK(with_pin("1111") == "55");
    CHECK(with_pin("123456") == "75");
    CHECK(bench.host->ledger().balance(credit).minor() == 100000 - 200);
}

TEST_CASE("rule pin_right: 99 for a block that is none") {
    HostBench bench;
    Client client(bench);
    client.sign_in();
    Message other_card = client.sale(100);
    client.add_pin(other_card, "123456", "6210948099999029");
    CHECK(client.code(other_card) == "99");
    Message unknown_form = client.sale(100);
    client.add_pin(unknown_form, "123456");
    unknown_form.set(53, "0600000000000000");
    CHECK(client.code(unknown_form) == "99");
}

TEST_CASE("rule pin_right: 99 when field 53 does not fit the keys of the sign-in") {
    const auto [form, fits, other] = GENERATE(std::tuple("001", "2000000000000000", "2600000000000000"),
                                              std::tuple("003", "2600000000000000", "2000000000000000"));
    HostBench bench;
    Client client(bench);
    client.sign_in(form);
    const auto code = [&](std::string_view field53) {
        Message sale = client.sale(100);
        client.add_pin(sale, "123456");
        sale.set(53, std::string(field53));
        return client.code(sale);
    };
    CHECK(code(fits) == "00");
    CHECK(code(other) == "99");
    CHECK(code(std::string(fits).replace(15, 1, "1")) == "99");
    CHECK(bench.host->ledger().balance(credit).minor() == 100000 - 100);
}

TEST_CASE("rule funds_suffice: 51, to the last cent") {
    CHECK(code_of_sale(account("balance = '1.00'")) == "00");
    CHECK(code_of_sale(account("balance = '0.99'")) == "51");
}

TEST_CASE("rule complete: how the card was read is said by field 22, and holds with what came") {
    HostBench bench;
    Client client(bench);
    client.sign_in();
    const auto code = [&](std::string_view mode, std::string track, std::string_view expiry = "3012") {
        Message sale = client.sale(100);
        sale.set(22, std::string(mode));
        sale.set(14, std::string(expiry));
        if (!track.empty()) sale.set(35, std::string(credit) + "D" + track);
        return client.code(sale);
    };
    CHECK(code("012", "") == "00");
    CHECK(code("022", "30122010000000000000") == "00");
    CHECK(code("902", "30122010000000000000") == "00");
    CHECK(code("912", "30122010000000000000") == "00");
    for (const auto* mode : {"002", "802", "992"}) CHECK(code(mode, "30122010000000000000") == "30");
    CHECK(code("012", "30122010000000000000") == "30");
    CHECK(code("022", "30122010000000000000", "2001") == "30");
}

TEST_CASE("a balance inquiry tells the balance and moves nothing") {
    HostBench bench;
    Client client(bench);
    client.sign_in();
    const Message reply = client.ask(client.inquiry());
    CHECK(reply.get(39) == "00");
    CHECK(reply.get(54) == "0002156C000000100000");
    CHECK(bench.events(trace::Kind::host_posted).empty());
}

TEST_CASE("what the protocol knows and the host does not offer is 40, what it does not know 12") {
    HostBench bench;
    Client client(bench);
    client.sign_in();
    Message unknown = client.sale(100);
    unknown.set(3, "990000");
    CHECK(client.code(unknown) == "12");
    const Message reply = client.ask(client.undo("0500", "00", 100, Message("0200")));
    CHECK(reply.mti() == "0510");
    CHECK(reply.get(39) == "40");
}
