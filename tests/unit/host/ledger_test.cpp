#include "drivers/host/acquirer/ledger.hpp"

#include <fmt/format.h>

#include "bench/runtime/random.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::host;

namespace {

constexpr std::int64_t opening = 1'000'000;
constexpr std::string_view pans[] = {"6210948000000011", "6210948000000029", "4761739001010119"};

Amount cents(std::int64_t minor) {
    return {minor, cny};
}

Ledger opened() {
    Ledger ledger(cny);
    for (const auto pan : pans) ledger.open_account(pan, cents(opening));
    return ledger;
}

Transaction transaction(TransactionType type, int stan, std::string_view pan, std::int64_t amount,
                        Transaction* original = nullptr) {
    Transaction made;
    made.key = {"00000001", "000001", fmt::format("{:06}", stan)};
    made.type = type;
    made.mid = "104110045110012";
    made.pan = pan;
    made.rrn = fmt::format("{:012}", stan);
    made.amount = cents(amount);
    made.original = original;
    return made;
}

/// Postings of a random life, with a book of its own beside the ledger.
class RandomLife {
  public:
    RandomLife(Ledger& ledger, std::uint64_t seed) : ledger_(ledger), random_(seed) {}

    void step() {
        const auto choice = random_.between(0, 9);
        Transaction* sale = sales_.empty() ? nullptr : sales_[pick(sales_.size())];
        if (choice < 5 || !sale) {
            sell();
        } else if (sale->standing != Standing::approved) {
            if (sale->standing == Standing::voided) unvoid(*sale);
        } else if (choice < 7 && sale->refunded.minor() == 0) {
            ledger_.reverse(*sale);
            net_[sale->pan] -= sale->amount.minor();
        } else if (choice < 9 && sale->refunded.minor() == 0) {
            undo(*sale, TransactionType::sale_void, sale->amount.minor());
        } else {
            const auto left = sale->amount.minor() - sale->refunded.minor();
            if (left > 0) undo(*sale, TransactionType::refund, random_.between(1, left));
        }
    }

    std::int64_t net(std::string_view pan) const {
        const auto found = net_.find(pan);
        return found == net_.end() ? 0 : found->second;
    }

  private:
    std::size_t pick(std::size_t count) {
        return static_cast<std::size_t>(random_.between(0, static_cast<std::int64_t>(count) - 1));
    }
    void sell() {
        const auto pan = pans[pick(std::size(pans))];
        const auto amount = random_.between(1, 500);
        ledger_.post(transaction(TransactionType::sale, ++stan_, pan, amount));
        sales_.push_back(ledger_.find({"00000001", "000001", fmt::format("{:06}", stan_)}));
        net_[std::string(pan)] += amount;
    }
    void undo(Transaction& sale, TransactionType type, std::int64_t amount) {
        ledger_.post(transaction(type, ++stan_, sale.pan, amount, &sale));
        if (type == TransactionType::sale_void)
            voids_[&sale] = ledger_.find_by_rrn(fmt::format("{:012}", stan_));
        net_[sale.pan] -= amount;
    }
    void unvoid(Transaction& sale) {
        ledger_.reverse(*voids_.at(&sale));
        net_[sale.pan] += sale.amount.minor();
    }

    Ledger& ledger_;
    runtime::Random random_;
    int stan_ = 0;
    std::vector<Transaction*> sales_;
    std::map<Transaction*, Transaction*> voids_;
    std::map<std::string, std::int64_t, std::less<>> net_;
};

}  // namespace

TEST_CASE("property: after any 2000 postings balances are the opening less the net, and double entry holds") {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        Ledger ledger = opened();
        RandomLife life(ledger, seed);
        for (int i = 0; i < 2000; ++i) life.step();
        std::int64_t sold = 0;
        for (const auto pan : pans) {
            CHECK(ledger.balance(pan).minor() == opening - life.net(pan));
            sold += life.net(pan);
        }
        CHECK(ledger.merchant_balance("104110045110012").minor() == sold);
        const auto totals = ledger.totals();
        CHECK(totals.debits == totals.credits);
        CHECK(totals.debits.minor() > 0);
    }
}

TEST_CASE("the ledger refuses what cannot be: it decides nothing, and hides no mistake") {
    Ledger ledger = opened();
    const auto sale = transaction(TransactionType::sale, 1, pans[0], 100);
    const Posting posted = ledger.post(sale);
    Transaction& kept = *ledger.find(posted.transaction->key);
    CHECK_THROWS_AS(ledger.post(sale), std::logic_error);
    CHECK_THROWS_AS(ledger.post(transaction(TransactionType::sale_void, 2, pans[0], 99, &kept)),
                    std::logic_error);
    CHECK_THROWS_AS(ledger.post(transaction(TransactionType::refund, 3, pans[0], 101, &kept)),
                    std::logic_error);
    CHECK_THROWS_AS(ledger.post(transaction(TransactionType::sale, 4, "9999999999999", 1)), std::logic_error);
    ledger.reverse(kept);
    CHECK_THROWS_AS(ledger.reverse(kept), std::logic_error);
    CHECK_THROWS_AS(ledger.post(transaction(TransactionType::sale_void, 5, pans[0], 100, &kept)),
                    std::logic_error);
    CHECK_THROWS_AS(ledger.open_account(pans[0], cents(1)), std::logic_error);
    CHECK_THROWS_AS(ledger.balance("1"), std::logic_error);
}

TEST_CASE("what was refused, and what was reversed before it came, is remembered without money") {
    Ledger ledger = opened();
    ledger.remember(transaction(TransactionType::sale, 1, pans[0], 100));
    ledger.forestall({"00000001", "000001", "000002"});
    CHECK(ledger.find({"00000001", "000001", "000001"})->standing == Standing::declined);
    CHECK(ledger.find({"00000001", "000001", "000002"})->standing == Standing::forestalled);
    CHECK(ledger.find({"00000001", "000002", "000001"}) == nullptr);
    CHECK(ledger.find_by_rrn("000000000001") != nullptr);
    CHECK(ledger.balance(pans[0]).minor() == opening);
}
