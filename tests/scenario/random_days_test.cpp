// Random days of the reference terminal, without defects, under random faults: the three books agree after
// each, and the same days find a terminal that loses money. Time is virtual; a day that fails is named by its
// seed.

#include <array>
#include <string>

#include "tests/scenario/random_day.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using tests::Day;
using tests::Menu;
using tests::Presented;
using tests::Way;
using trace::Kind;

namespace {

constexpr int sales_in_a_run = 10;
constexpr int functions_in_a_day = 10;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int sales_in_all = 1'000;
constexpr int days_in_all = 100;
#else
constexpr int sales_in_all = 10'000;
constexpr int days_in_all = 1'500;
#endif

constexpr std::string_view with_track_key = ", sign_in_key_type = '004'";

constexpr std::array cards{Presented{"unionpay-credit"},
                           Presented{"unionpay-debit"},
                           Presented{"visa-credit", Way::inserted, "", with_track_key},
                           Presented{"unionpay-credit-dda"},
                           Presented{"unionpay-stripe-only", Way::swiped},
                           Presented{"unionpay-credit-t0"},
                           Presented{"unionpay-credit", Way::tapped},
                           Presented{"unionpay-debit", Way::tapped}};

/// The last one is approved by terminal and card between them.
constexpr std::array cards_of_days{
    Presented{"unionpay-credit"}, Presented{"unionpay-debit"},
    Presented{"unionpay-stripe-only", Way::swiped, "", with_track_key},
    Presented{"unionpay-credit-dda", Way::inserted, ", application.credit.online_required = false",
              ", terminal_type = '22', floor_limit = '100.00'"},
    Presented{"unionpay-debit", Way::tapped}};

Day sales(const Presented& card, int run, const char* defects = "") {
    return {tests::bound_day(card, defects), card.way, Menu::sales, sales_in_a_run,
            static_cast<std::uint64_t>(run)};
}

Day whole_day(int run, const char* defects = "") {
    const Presented& card = cards_of_days[static_cast<std::size_t>(run) % cards_of_days.size()];
    return {tests::bound_day(card, defects), card.way, Menu::whole, functions_in_a_day,
            static_cast<std::uint64_t>(run)};
}

}  // namespace

TEST_CASE("random sales under random faults reconcile without one difference") {
    int begun = 0, approved = 0, reversed = 0, power_cuts = 0;
    for (int run = 0; begun < sales_in_all; ++run) {
        const Presented& card = cards[static_cast<std::size_t>(run) % cards.size()];
        const Day day = sales(card, run);
        INFO("seed " << run << ", card " << card.image);
        CHECK(day.at_rest());
        for (const judge::LedgerLine& line : day.differences()) FAIL_CHECK(line.difference);
        begun += day.begun();
        approved += day.count(Kind::terminal_outcome, "outcome", "approved");
        reversed += day.count(Kind::host_posted, "entry", "reversal");
        power_cuts += day.count(Kind::terminal_power, "state", "off");
    }
    // The faults do act, and leave sales enough to say something.
    CHECK(approved > sales_in_all / 4);
    CHECK(reversed > sales_in_all / 50);
    CHECK(power_cuts > sales_in_all / 50);
    INFO(begun << " sales, " << approved << " approved, " << reversed << " reversed, " << power_cuts
               << " power cuts");
    CHECK(begun >= sales_in_all);
}

TEST_CASE("the same days find a terminal that loses money") {
    for (const char* defect : {"'forgets-reversal'", "'reversal-new-stan'", "'reversal-lost-at-power-off'"}) {
        INFO(defect);
        std::size_t differences = 0;
        for (int run = 0; run < 100 && differences == 0; ++run) {
            const Presented& card = cards[static_cast<std::size_t>(run) % cards.size()];
            const Day day = sales(card, run, defect);
            differences += day.differences().size();
        }
        CHECK(differences > 0);
    }
}

TEST_CASE("random days over the whole menu reconcile without one difference, and are settled") {
    int begun = 0, refunds = 0, settled = 0, uploaded = 0, power_cuts = 0, by_code = 0, closed = 0;
    for (int run = 0; run < days_in_all; ++run) {
        const Day day = whole_day(run);
        INFO("seed " << run);
        CHECK(day.at_rest());
        for (const judge::LedgerLine& line : day.differences()) FAIL_CHECK(line.difference);
        begun += day.begun();
        refunds += day.count(Kind::host_posted, "entry", "refund");
        settled += day.count(Kind::terminal_settlement, "outcome", "agreed");
        uploaded += day.count(Kind::host_posted, "entry", "offline_sale");
        power_cuts += day.count(Kind::terminal_power, "state", "off");
        by_code += day.count(Kind::host_order, "state", "paid");
        closed += day.count(Kind::host_order, "state", "closed");
    }
    INFO(begun << " functions, " << by_code << " orders paid, " << closed << " closed, " << refunds
               << " refunds, " << settled << " settlements, " << uploaded << " offline sales uploaded, "
               << power_cuts << " power cuts");
    CHECK(begun > days_in_all * functions_in_a_day / 2);
    CHECK(refunds > days_in_all / 50);
    CHECK(settled >= days_in_all / 2);
    CHECK(uploaded > days_in_all / 10);
    CHECK(power_cuts > days_in_all / 10);
    CHECK(by_code > days_in_all / 20);
    CHECK(closed > days_in_all / 20);
}

/// The search ends with the first day that finds, so a build that is slow can afford it too.
constexpr int days_until_found = 1'500;

TEST_CASE("the same days over the menu find a terminal that loses money") {
    for (const char* defect :
         {"'forgets-reversal'", "'reversal-lost-at-power-off'", "'drops-batch-after-failed-settlement'",
          "'counts-reprint-twice'", "'takes-pending-as-paid'", "'sends-code-twice'",
          "'forgets-order-at-power-cut'", "'leaves-order-open'"}) {
        INFO(defect);
        std::size_t found = 0;
        for (int run = 0; run < days_until_found && found == 0; ++run) {
            const Day day = whole_day(run, defect);
            found += day.differences().size() + (day.at_rest() ? 0 : 1);
        }
        CHECK(found > 0);
    }
}
