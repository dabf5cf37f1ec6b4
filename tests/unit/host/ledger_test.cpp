#include "drivers/host/acquirer/ledger.hpp"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "bench/runtime/random.hpp"
#include "bench/trace/words.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::host;

namespace {

using Type = TransactionType;

constexpr std::int64_t opening = 1'000'000;
constexpr std::string_view pans[] = {"6210948000000011", "6210948000000029", "4761739001010119"};
constexpr std::string_view merchant = "104110045110012";

Amount cents(std::int64_t minor) {
    return {minor, cny};
}

Ledger opened(std::size_t history = 1000) {
    Ledger ledger(cny, history);
    for (const auto pan : pans) ledger.open_account(pan, cents(opening));
    return ledger;
}

Transaction transaction(Type type, int stan, std::string_view pan, std::int64_t amount) {
    Transaction made;
    made.key = {"00000001", "000001", fmt::format("{:06}", stan)};
    made.type = type;
    made.mid = merchant;
    made.pan = pan;
    made.rrn = fmt::format("{:012}", stan);
    if (type == Type::pre_authorisation) made.authorisation_code = fmt::format("{:06}", stan);
    made.asked = made.amount = cents(amount);
    return made;
}

/// A random life of postings of every type, with a book of its own beside the ledger: what each cardholder
/// has been charged, and what is held.
class RandomLife {
  public:
    RandomLife(Ledger& ledger, std::uint64_t seed) : ledger_(ledger), random_(seed) {}

    void step() {
        constexpr std::array begins{
            Type::sale,         Type::offline_sale,   Type::emv_offline_sale, Type::pre_authorisation,
            Type::scan_payment, Type::present_payment};
        if (known_.empty() || random_.between(0, 9) < 4) {
            begin(begins[pick(begins.size())]);
            return;
        }
        Transaction& chosen = *known_[pick(known_.size())];
        if (chosen.standing != Standing::approved) return;
        switch (random_.between(0, 3)) {
            case 0:
                reverse(chosen);
                break;
            case 1:
                undo(chosen);
                break;
            case 2:
                if (chosen.type == Type::pre_authorisation) complete(chosen);
                if (is_charge(chosen.type)) refund(chosen);
                break;
            default:
                if (is_charge(chosen.type)) change(chosen);
        }
    }

    std::int64_t charged(std::string_view pan) const { return value(charged_, pan); }
    std::int64_t held(std::string_view pan) const { return value(held_, pan); }
    std::map<std::string, int, std::less<>> entries;  ///< how often each was posted

  private:
    using Book = std::map<std::string, std::int64_t, std::less<>>;
    static std::int64_t value(const Book& book, std::string_view pan) {
        const auto found = book.find(pan);
        return found == book.end() ? 0 : found->second;
    }
    std::size_t pick(std::size_t count) {
        return static_cast<std::size_t>(random_.between(0, static_cast<std::int64_t>(count) - 1));
    }
    void post(const Transaction& made, Transaction* original = nullptr) {
        const Posting posting = ledger_.post(made, original);
        ++entries[std::string(posting.entry)];
        known_.push_back(ledger_.find(made.key));
    }
    Transaction next(Type type, std::string_view pan, std::int64_t amount) {
        return transaction(type, ++stan_, pan, amount);
    }
    Book::mapped_type& of(Book& book, const Transaction& transaction) {
        return book[std::string(std::string_view(transaction.pan))];
    }

    void begin(Type type) {
        const auto made = next(type, pans[pick(std::size(pans))], random_.between(1, 500));
        if (iso8583::opens_order(type)) return order(made);
        post(made);
        of(type == Type::pre_authorisation ? held_ : charged_, made) += made.amount.minor();
    }
    /// Nobody's until it is paid; some are not.
    void order(Transaction made) {
        const std::string payer(std::string_view(made.pan));
        made.pan = {};
        Transaction& opened = ledger_.open_order(made);
        if (random_.between(0, 3) == 0) return ledger_.close(opened);
        ++entries[std::string(ledger_.pay(opened, payer).entry)];
        known_.push_back(&opened);
        of(charged_, opened) += made.amount.minor();
    }
    void undo(Transaction& chosen) {
        if (chosen.type == Type::pre_authorisation) {
            post(next(Type::pre_authorisation_void, chosen.pan, chosen.amount.minor()), &chosen);
            of(held_, chosen) -= chosen.amount.minor();
        }
        if (chosen.refunded.minor() > 0) return;
        const auto total = chosen.total.minor();
        if (chosen.type == Type::sale) {
            post(next(Type::sale_void, chosen.pan, total), &chosen);
            of(charged_, chosen) -= total;
        } else if (chosen.type == Type::completion) {
            post(next(Type::completion_void, chosen.pan, total), &chosen);
            of(charged_, chosen) -= total;
            of(held_, chosen) += ledger_.original_of(chosen)->amount.minor();
        }
    }
    void complete(Transaction& hold) {
        const auto made = next(random_.between(0, 1) == 0 ? Type::completion : Type::completion_advice,
                               hold.pan, random_.between(1, hold.amount.minor()));
        post(made, &hold);
        of(held_, hold) -= hold.amount.minor();
        of(charged_, hold) += made.amount.minor();
    }
    void refund(Transaction& charge) {
        const auto left = charge.total.minor() - charge.refunded.minor();
        if (left == 0) return;
        const Type type = iso8583::opens_order(charge.type) ? Type::code_refund : Type::refund;
        const auto made = next(type, charge.pan, random_.between(1, left));
        post(made, &charge);
        of(charged_, charge) -= made.amount.minor();
    }
    void change(Transaction& charge) {
        const bool up = random_.between(0, 1) == 0;
        const auto total = charge.total.minor() + (up ? random_.between(1, 50) : -random_.between(1, 50));
        if (total < charge.refunded.minor() || total <= 0) return;
        const Type type = up && random_.between(0, 1) == 0 ? Type::tip : Type::adjustment;
        of(charged_, charge) += total - charge.total.minor();
        post(next(type, charge.pan, total), &charge);
    }
    void reverse(Transaction& chosen) {
        if (!iso8583::transaction_row(chosen.type).reversible) return;
        const bool untouched = chosen.refunded.minor() == 0 && chosen.total == chosen.amount;
        if (is_charge(chosen.type) && !untouched) return;
        Transaction* original = ledger_.original_of(chosen);
        const auto amount = chosen.amount.minor();
        switch (chosen.type) {
            case Type::sale:
                of(charged_, chosen) -= amount;
                break;
            case Type::completion:
                of(charged_, chosen) -= amount;
                of(held_, chosen) += original->amount.minor();
                break;
            case Type::sale_void:
                of(charged_, chosen) += amount;
                break;
            case Type::pre_authorisation:
                of(held_, chosen) -= amount;
                break;
            case Type::pre_authorisation_void:
                of(held_, chosen) += amount;
                break;
            default: {  // a completion's void
                Transaction* hold = ledger_.original_of(*original);
                if (hold->standing != Standing::approved) return;
                of(charged_, chosen) += amount;
                of(held_, chosen) -= hold->amount.minor();
            }
        }
        ledger_.reverse(chosen);
        ++entries["reversal"];
    }

    Ledger& ledger_;
    runtime::Random random_;
    int stan_ = 0;
    std::vector<Transaction*> known_;
    Book charged_, held_;
};

}  // namespace

TEST_CASE("property: after any postings of all types balances and holds are those of a second book") {
    std::map<std::string, int, std::less<>> entries;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        Ledger ledger = opened();
        RandomLife life(ledger, seed);
        for (int i = 0; i < 3000; ++i) {
            life.step();
            for (const auto pan : pans)
                if (ledger.held(pan).minor() < 0) FAIL("a hold is negative at step " << i);
        }
        std::int64_t sold = 0;
        for (const auto pan : pans) {
            CHECK(ledger.balance(pan).minor() == opening - life.charged(pan));
            CHECK(ledger.held(pan).minor() == life.held(pan));
            CHECK(ledger.available(pan) == ledger.balance(pan) - ledger.held(pan));
            sold += life.charged(pan);
        }
        CHECK(ledger.merchant_balance(merchant).minor() == sold);
        const auto totals = ledger.totals();
        CHECK(totals.debits == totals.credits);
        CHECK(totals.debits.minor() > 0);
        CHECK(ledger.difference().empty());
        for (const auto& [entry, count] : life.entries) entries[entry] += count;
    }
    // Every word that the trace has for an entry was posted, and none besides.
    CHECK(entries.size() == trace::words::ledger_entries.size());
    for (const auto word : trace::words::ledger_entries) CHECK(entries[std::string(word)] > 10);
}

TEST_CASE("property: all that can be reversed, reversed in turn, leaves nothing behind") {
    Ledger ledger = opened();
    int stan = 0;
    const auto post = [&](Type type, std::int64_t amount, Transaction* original = nullptr) {
        const auto made = transaction(type, ++stan, pans[0], amount);
        ledger.post(made, original);
        return ledger.find(made.key);
    };
    Transaction* sale = post(Type::sale, 700);
    Transaction* sale_void = post(Type::sale_void, 700, sale);
    Transaction* hold = post(Type::pre_authorisation, 1000);
    Transaction* completion = post(Type::completion, 1100, hold);
    CHECK(ledger.available(pans[0]).minor() == opening - 1100);
    Transaction* completion_void = post(Type::completion_void, 1100, completion);
    CHECK(ledger.balance(pans[0]).minor() == opening);
    CHECK(ledger.held(pans[0]).minor() == 1000);
    Transaction* hold_void = post(Type::pre_authorisation_void, 1000, hold);
    CHECK(ledger.available(pans[0]).minor() == opening);

    ledger.reverse(*hold_void);
    CHECK(ledger.held(pans[0]).minor() == 1000);
    ledger.reverse(*completion_void);
    CHECK(ledger.balance(pans[0]).minor() == opening - 1100);
    CHECK(ledger.held(pans[0]).minor() == 0);
    ledger.reverse(*completion);
    CHECK(ledger.held(pans[0]).minor() == 1000);
    ledger.reverse(*hold);
    ledger.reverse(*sale_void);
    CHECK(ledger.balance(pans[0]).minor() == opening - 700);
    ledger.reverse(*sale);
    CHECK(ledger.available(pans[0]).minor() == opening);
    CHECK(ledger.totals().debits == ledger.totals().credits);
    CHECK(ledger.difference().empty());
}

TEST_CASE("books that do not stand for the transactions are told, also of those that are forgotten") {
    Ledger ledger = opened(0);
    const auto post = [&](Type type, int stan, std::int64_t amount) {
        const auto made = transaction(type, stan, pans[0], amount);
        ledger.post(made);
        return ledger.find(made.key);
    };
    Transaction* kept = post(Type::sale, 1, 700);
    ledger.settle(*post(Type::sale, 2, 50));
    ledger.settle(*post(Type::pre_authorisation, 3, 20));
    CHECK(ledger.size() == 1);
    CHECK(ledger.difference().empty());

    kept->standing = Standing::reversed;  // and nothing given back
    CHECK(ledger.difference() ==
          "account 621094******0011 was charged 7.50 CNY, by the transactions 0.50 CNY");
    kept->standing = Standing::approved;
    CHECK(ledger.difference().empty());

    Transaction* hold = post(Type::pre_authorisation, 4, 30);
    hold->standing = Standing::completed;  // and nothing released
    CHECK(ledger.difference() == "account 621094******0011 holds 0.30 CNY, by the transactions 0.00 CNY");
    hold->standing = Standing::approved;
    kept->mid = "104110045110099";
    CHECK(ledger.difference() == "merchant 104110045110012 got 7.50 CNY, by the transactions 0.50 CNY");
}

TEST_CASE("the ledger refuses what cannot be: it decides nothing, and hides no mistake") {
    Ledger ledger = opened();
    const auto sale = transaction(Type::sale, 1, pans[0], 100);
    const Posting posted = ledger.post(sale);
    Transaction& kept = *ledger.find(posted.transaction->key);
    CHECK_THROWS_AS(ledger.post(sale), std::logic_error);
    const auto refused = [&](Type type, int stan, std::int64_t amount) {
        CHECK_THROWS_AS(ledger.post(transaction(type, stan, pans[0], amount), &kept), std::logic_error);
    };
    refused(Type::sale_void, 2, 99);
    refused(Type::refund, 3, 101);
    refused(Type::completion, 4, 100);
    refused(Type::pre_authorisation_void, 5, 100);
    refused(Type::completion_void, 6, 100);
    refused(Type::tip, 7, 100);
    refused(Type::inquiry, 8, 100);
    CHECK_THROWS_AS(ledger.post(transaction(Type::sale, 9, "9999999999999", 1)), std::logic_error);
    CHECK_THROWS_AS(ledger.post(transaction(Type::refund, 10, pans[0], 1)), std::logic_error);
    ledger.reverse(kept);
    CHECK_THROWS_AS(ledger.reverse(kept), std::logic_error);
    refused(Type::sale_void, 11, 100);
    CHECK_THROWS_AS(ledger.open_account(pans[0], cents(1)), std::logic_error);
    CHECK_THROWS_AS(ledger.balance("1"), std::logic_error);
}

TEST_CASE("what was refused, and what was reversed before it came, is remembered without money") {
    Ledger ledger = opened();
    ledger.remember(transaction(Type::sale, 1, pans[0], 100));
    ledger.forestall({"00000001", "000001", "000002"});
    CHECK(ledger.find({"00000001", "000001", "000001"})->standing == Standing::declined);
    CHECK(ledger.find({"00000001", "000001", "000002"})->standing == Standing::forestalled);
    CHECK(ledger.find({"00000001", "000002", "000001"}) == nullptr);
    CHECK(ledger.find_by_rrn("000000000001") != nullptr);
    CHECK(ledger.balance(pans[0]).minor() == opening);
}

TEST_CASE("settled transactions are forgotten, the oldest first, and open ones never") {
    Ledger ledger = opened(100);
    std::vector<TransactionKey> keys;
    for (int stan = 1; stan <= 1000; ++stan) {
        const auto made = transaction(Type::sale, stan, pans[0], 1);
        ledger.post(made);
        keys.push_back(made.key);
    }
    CHECK(ledger.size() == 1000);
    for (std::size_t i = 0; i < 500; ++i) ledger.settle(*ledger.find(keys[i]));
    CHECK(ledger.size() == 600);
    CHECK(ledger.find(keys[399]) == nullptr);
    CHECK(ledger.find_by_rrn("000000000400") == nullptr);
    CHECK(ledger.find(keys[400]) != nullptr);
    CHECK(ledger.find_by_rrn("000000000401") != nullptr);
    CHECK(ledger.find(keys[999]) != nullptr);
    // The money stays where it is, and later postings find nothing in disorder.
    CHECK(ledger.balance(pans[0]).minor() == opening - 1000);
    ledger.post(transaction(Type::refund, 1001, pans[0], 1), ledger.find(keys[450]));
    CHECK(ledger.balance(pans[0]).minor() == opening - 999);
}

TEST_CASE("a hold ends when its pre-authorisation is forgotten; its void is reversed without it") {
    Ledger ledger = opened(0);
    const auto first = transaction(Type::pre_authorisation, 1, pans[0], 500);
    ledger.post(first);
    CHECK(ledger.available(pans[0]).minor() == opening - 500);
    ledger.settle(*ledger.find(first.key));
    CHECK(ledger.find(first.key) == nullptr);
    CHECK(ledger.find_by_authorisation(pans[0], "000001") == nullptr);
    CHECK(ledger.available(pans[0]).minor() == opening);

    const auto second = transaction(Type::pre_authorisation, 2, pans[0], 300);
    const auto undo = transaction(Type::pre_authorisation_void, 3, pans[0], 300);
    ledger.post(second);
    ledger.post(undo, ledger.find(second.key));
    ledger.settle(*ledger.find(second.key));
    ledger.reverse(*ledger.find(undo.key));
    CHECK(ledger.held(pans[0]).minor() == 0);
}

TEST_CASE("a reference number that comes again names the later transaction") {
    Ledger ledger = opened(1);
    auto early = transaction(Type::sale, 1, pans[0], 1), late = transaction(Type::sale, 2, pans[0], 2);
    late.rrn = early.rrn;
    ledger.post(early);
    ledger.post(late);
    CHECK(ledger.find_by_rrn(early.rrn)->key == late.key);
    ledger.settle(*ledger.find(early.key));
    ledger.settle(*ledger.find(late.key));
    CHECK(ledger.find(early.key) == nullptr);
    CHECK(ledger.find_by_rrn(early.rrn)->key == late.key);
}
