// Random days of payments by code, held against a simple model: what a query has said last stays so, and the
// money of wallets, merchant and batches is that of the orders that are paid, less their refunds.

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "tests/support/catch.hpp"
#include "tests/unit/host/payer.hpp"

using namespace posbench;
using namespace posbench::test;
using namespace std::chrono_literals;
using iso8583::Message;
using trace::Kind;

namespace {

/// An order as its terminal knows it.
struct Ordered {
    Message opening;
    std::int64_t amount = 0;
    std::string known;  ///< field 39 that is final: 00 or 17; empty while it may become either
    std::int64_t refunded = 0;
};

class Day {
  public:
    explicit Day(std::uint64_t seed) : payer_("order_lifetime = '20s'"), random_(seed) {}

    void step() {
        switch (random_.between(0, 9)) {
            case 0:
            case 1:
                return open(true);
            case 2:
                return open(false);
            case 3:
            case 4:
                return query(any());
            case 5:
                return close(any());
            case 6:
                return refund(any());
            case 7:
                payer_.bench.host->scan_code(wallet(), "");
                return;
            case 8:
                return repeat(any());
            default:
                payer_.bench.run_for(random_.between(0, 6) * 1s);
        }
    }

    void reckon() {
        payer_.bench.run_for(60s);
        std::int64_t paid = 0, debits = 0, credits = 0;
        for (Ordered& order : orders_) {
            query(order);
            REQUIRE_FALSE(order.known.empty());
            if (order.known == "00") paid += order.amount - order.refunded;
            ++outcomes[order.known];
        }
        std::int64_t left = 0;
        for (const auto account : {"wallet 1", "wallet 2", "wallet 3", "wallet 4", "wallet 5"})
            left += payer_.balance(account);
        CHECK(400'100 - left == paid);
        CHECK(payer_.bench.host->ledger().merchant_balance(mid).minor() == paid);
        std::map<std::string, int> times;
        for (const trace::Event& event : payer_.bench.events(Kind::host_posted)) {
            const bool gives_back = event.text("entry") == "code_refund";
            (gives_back ? credits : debits) += event.integer("amount").value_or(0);
            CHECK(++times[std::string(event.text("stan"))] == 1);
        }
        CHECK(debits - credits == paid);
        CHECK(payer_.bench.host->totals().difference.empty());
        settle(debits, credits);
    }

    std::map<std::string, int> outcomes;
    int refunds = 0;

  private:
    Ordered& any() {
        if (orders_.empty()) open(true);
        return orders_[static_cast<std::size_t>(
            random_.between(0, static_cast<std::int64_t>(orders_.size()) - 1))];
    }
    std::string_view wallet() {
        constexpr std::array names{"prompt", "slow", "never", "refusing", "poor"};
        return names[static_cast<std::size_t>(random_.between(0, 4))];
    }
    void open(bool scans) {
        constexpr std::array codes{prompt_code, slow_code, never_code, refusing_code, poor_code};
        const std::int64_t amount = random_.between(1, 300);
        const auto code = codes[static_cast<std::size_t>(random_.between(0, 4))];
        const Message opening = scans ? payer_.scan_payment(amount, code) : payer_.present_payment(amount);
        Ordered& order = orders_.emplace_back(Ordered{opening, amount, {}, 0});
        // Sometimes it is lost on its way, and the terminal only asks.
        if (random_.chance(0.1)) return;
        const std::string answer = payer_.code(opening);
        CHECK((answer == "00" || answer == "09" || answer == "17" || answer == "51"));
        if (answer != "09") order.known = answer == "00" ? "00" : "17";
    }
    void query(Ordered& order) {
        std::string answer = payer_.code(payer_.query(order.opening));
        if (answer == "25") {
            CHECK(order.known.empty());
            CHECK(payer_.code(payer_.close(order.opening)) == "25");
            answer = "17";
        }
        learn(order, answer);
    }
    void close(Ordered& order) {
        const std::string answer = payer_.code(payer_.close(order.opening));
        CHECK((answer == "00" || answer == "22" || answer == "25"));
        learn(order, answer == "22" ? "00" : "17");
    }
    void repeat(Ordered& order) {
        const std::string before = payer_.code(payer_.query(order.opening));
        const std::string answer = payer_.code(order.opening);
        if (before != "25") CHECK((answer == "94" || (answer == "17" && order.known == "17")));
        if (before == "25" && answer != "09") learn(order, answer == "00" ? "00" : "17");
    }
    void refund(Ordered& order) {
        const std::int64_t amount = random_.between(1, 150);
        const std::string answer = payer_.code(payer_.refund(amount, order.opening));
        if (answer != "00") {
            if (order.known == "00")
                CHECK((answer == "64" && order.refunded + amount > order.amount));
            else
                CHECK((answer == "22" || answer == "25" || answer == "64"));
            return;
        }
        learn(order, "00");
        order.refunded += amount;
        CHECK(order.refunded <= order.amount);
        ++refunds;
    }
    static void learn(Ordered& order, std::string_view answer) {
        if (!order.known.empty()) CHECK(answer == order.known);
        if (answer != "09") order.known = answer;
    }
    void settle(std::int64_t debits, std::int64_t credits) {
        const auto posted = payer_.bench.events(Kind::host_posted);
        const auto refunded = std::ranges::count_if(
            posted, [](const trace::Event& event) { return event.text("entry") == "code_refund"; });
        Message made("0500");
        made.set(11, payer_.client.next_stan());
        made.set(41, std::string(tid));
        made.set(42, std::string(mid));
        made.set(48, fmt::format("{:012}{:03}{:012}{:03}0{:031}", debits,
                                 static_cast<std::int64_t>(posted.size()) - refunded, credits, refunded, 0));
        made.set(49, "156");
        made.set(60, "00000001201");
        CHECK(payer_.code(made) == "00");
    }

    Payer payer_;
    runtime::Random random_;
    std::vector<Ordered> orders_;
};

}  // namespace

TEST_CASE("property: on random days of orders all money is that of the paid ones less their refunds") {
    std::map<std::string, int> outcomes;
    int refunds = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Day day(seed);
        for (int i = 0; i < 300; ++i) day.step();
        day.reckon();
        for (const auto& [code, count] : day.outcomes) outcomes[code] += count;
        refunds += day.refunds;
    }
    CHECK(outcomes["00"] > 100);
    CHECK(outcomes["17"] > 100);
    CHECK(refunds > 50);
}
