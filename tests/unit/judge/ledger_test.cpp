#include <algorithm>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "bench/runtime/random.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/judge/story.hpp"

using namespace posbench;
using namespace posbench::judge;
using namespace posbench::judge::test;

namespace {

LedgerLine only_line(const Story& story) {
    const auto lines = reconcile(story.events());
    REQUIRE(lines.size() == 1);
    return lines.front();
}

/// A sale as a good terminal does it: the reversal stored first, deleted when the reply came.
void approved_sale(Story& story, std::string_view stan, std::int64_t amount) {
    story.journal("store", "reversal", stan, amount, "pending").posted("sale", stan, amount);
    story.journal("store", "sale", stan, amount, "approved")
        .journal("delete", "reversal", stan, amount, "pending");
    story.printed("sale", stan, amount).printed("sale", stan, amount, "cardholder");
}

void check_difference(const Story& story, const char* sentence) {
    const LedgerLine line = only_line(story);
    CHECK_FALSE(line.agrees);
    CHECK(line.difference == sentence);
}

}  // namespace

TEST_CASE("an approved sale is whole: one amount in three books, two copies are one receipt") {
    Story story;
    approved_sale(story, "000002", 1234);
    const LedgerLine line = only_line(story);
    CHECK(line.stan == "000002");
    CHECK(line.currency == "156");
    CHECK(line.host == 1234);
    CHECK(line.terminal == 1234);
    CHECK(line.receipts == 1234);
    CHECK(line.agrees);
    CHECK(line.difference.empty());
    CHECK_FALSE(line.reversal_pending);
}

TEST_CASE("a declined sale and a reversed one leave nothing") {
    Story story;
    story.journal("store", "reversal", "000001", 500, "pending")
        .journal("delete", "reversal", "000001", 500, "pending");
    story.journal("store", "sale", "000001", 500, "declined")
        .printed("sale", "000001", 500, "merchant", "declined");
    story.journal("store", "reversal", "000002", 700, "pending").posted("sale", "000002", 700);
    story.posted("reversal", "000002", 700).journal("update", "reversal", "000002", 700, "reversed");
    for (const LedgerLine& line : reconcile(story.events())) {
        CHECK(line.agrees);
        CHECK(line.host == 0);
    }
}

TEST_CASE("a void and a refund give back in all three books, each under its own STAN") {
    Story story;
    approved_sale(story, "000001", 1234);
    story.posted("void", "000002", 1234).journal("store", "void", "000002", 1234, "approved");
    story.printed("void", "000002", 1234);
    story.posted("refund", "000003", 200).journal("store", "refund", "000003", 200, "approved");
    story.printed("refund", "000003", 200);
    const auto lines = reconcile(story.events());
    REQUIRE(lines.size() == 3);
    CHECK(lines[0].host == 1234);
    CHECK(lines[1].host == -1234);
    CHECK(lines[2].receipts == -200);
    for (const LedgerLine& line : lines) CHECK(line.agrees);
}

TEST_CASE("the reversal of a void charges again") {
    Story story;
    story.posted("void", "000002", 1234).posted("reversal", "000002", 1234);
    CHECK(only_line(story).host == 0);
}

TEST_CASE(
    "a pre-authorisation holds, its void lets go, a completion and a tip charge: each under its own STAN") {
    Story story;
    const auto whole = [&](std::string_view entry, std::string_view stan, std::int64_t amount) {
        story.posted(entry, stan, amount)
            .journal("store", entry, stan, amount, "approved")
            .printed(entry, stan, amount);
    };
    whole("pre_authorisation", "000001", 5000);
    whole("completion", "000002", 4200);
    whole("pre_authorisation", "000003", 700);
    whole("pre_authorisation_void", "000004", 700);
    whole("tip", "000005", 300);
    const auto lines = reconcile(story.events());
    REQUIRE(lines.size() == 5);
    const std::int64_t moved[] = {5000, 4200, 700, -700, 300};
    for (std::size_t i = 0; i < lines.size(); ++i) {
        INFO("STAN " << lines[i].stan);
        CHECK(lines[i].agrees);
        CHECK(lines[i].host == moved[i]);
    }
}

TEST_CASE("a hold that the terminal does not know of is a difference") {
    Story story;
    story.journal("store", "reversal", "000001", 5000, "pending")
        .posted("pre_authorisation", "000001", 5000)
        .journal("delete", "reversal", "000001", 5000, "abandoned");
    check_difference(story,
                     "50.00 CNY, STAN 000001: cardholder charged, terminal shows no approval and gave its "
                     "reversal up: the cardholder loses 50.00 CNY");
}

TEST_CASE("what was settled has left the journal and counts; what was merely deleted does not") {
    Story story;
    approved_sale(story, "000001", 900);
    story.journal("delete", "sale", "000001", 900, "settled");
    CHECK(only_line(story).agrees);

    Story dropped;
    approved_sale(dropped, "000001", 900);
    dropped.journal("delete", "sale", "000001", 900, "approved");
    CHECK_FALSE(only_line(dropped).agrees);
}

TEST_CASE("cardholder charged, terminal shows no approval") {
    Story story;
    story.journal("store", "reversal", "000002", 1234, "pending").posted("sale", "000002", 1234);
    story.journal("delete", "reversal", "000002", 1234, "pending");
    check_difference(
        story,
        "12.34 CNY, STAN 000002: cardholder charged, terminal shows no approval and owes no reversal: the "
        "cardholder loses 12.34 CNY");
}

TEST_CASE("a reversal that was given up") {
    Story story;
    story.journal("store", "reversal", "000002", 1234, "pending").posted("sale", "000002", 1234);
    story.journal("update", "reversal", "000002", 1234, "abandoned");
    check_difference(
        story,
        "12.34 CNY, STAN 000002: cardholder charged, terminal shows no approval and gave its reversal up: "
        "the cardholder loses 12.34 CNY");
}

TEST_CASE("a reversal still owed") {
    Story charged;
    charged.journal("store", "reversal", "000002", 1234, "pending").posted("sale", "000002", 1234);
    check_difference(
        charged,
        "12.34 CNY, STAN 000002: the terminal still owes a reversal; the cardholder is charged 12.34 CNY "
        "until it is sent; nobody has lost for good yet");
    CHECK(only_line(charged).reversal_pending);
    Story harmless;
    harmless.journal("store", "reversal", "000002", 1234, "pending");
    check_difference(
        harmless,
        "12.34 CNY, STAN 000002: the terminal still owes a reversal; host and receipts agree; nobody has "
        "lost for good yet");
}

TEST_CASE("a payment by code charges, its refund gives back") {
    const auto agrees = [](const Story& story) { return only_line(story).agrees; };
    for (const auto entry : {"scan_payment", "present_payment", "code_refund"}) {
        INFO(entry);
        CHECK(agrees(Story()
                         .posted(entry, "000007", 1234)
                         .journal("store", entry, "000007", 1234, "approved")
                         .printed(entry, "000007", 1234)));
        CHECK_FALSE(agrees(Story().posted(entry, "000007", 1234)));
    }
    Story story;
    CHECK(only_line(story.posted("scan_payment", "000007", 1234)).host == 1234);
    CHECK(only_line(story.posted("code_refund", "000007", 1000)).host == 234);
}

TEST_CASE("the host did not book what the receipt shows") {
    Story story;
    story.journal("store", "sale", "000002", 1234, "approved").printed("sale", "000002", 1234);
    check_difference(
        story,
        "12.34 CNY, STAN 000002: host did not book what the receipt shows: the merchant loses 12.34 CNY");
}

TEST_CASE("a sale that the host reversed although the terminal approved it") {
    Story story;
    approved_sale(story, "000002", 1234);
    story.posted("reversal", "000002", 1234);
    check_difference(
        story,
        "12.34 CNY, STAN 000002: host did not book what the receipt shows: the merchant loses 12.34 CNY");
}

TEST_CASE("approved twice at the host") {
    Story story;
    approved_sale(story, "000002", 1234);
    story.posted("sale", "000002", 1234);
    check_difference(story,
                     "12.34 CNY, STAN 000002: approved twice at the host: the cardholder loses 12.34 CNY");
}

TEST_CASE("booked by host and terminal without a receipt") {
    Story story;
    story.posted("sale", "000002", 1234).journal("store", "sale", "000002", 1234, "approved");
    check_difference(
        story,
        "12.34 CNY, STAN 000002: booked by host and terminal, but no receipt was printed: the cardholder "
        "paid 12.34 CNY without proof");
}

TEST_CASE("amounts that differ between host and receipt") {
    Story story;
    story.posted("sale", "000002", 1234).journal("store", "sale", "000002", 1000, "approved");
    story.printed("sale", "000002", 1000);
    check_difference(
        story,
        "2.34 CNY, STAN 000002: the host booked 12.34 CNY, the receipt shows 10.00 CNY: the cardholder "
        "loses 2.34 CNY");
}

TEST_CASE("only the journal differs") {
    Story story;
    story.posted("sale", "000002", 1234).printed("sale", "000002", 1234);
    story.journal("store", "sale", "000002", 1234, "failed");
    check_difference(
        story,
        "12.34 CNY, STAN 000002: host and receipts say 12.34 CNY, the terminal's journal 0.00 CNY: nobody "
        "has lost yet, but the settlement will not balance");
}

TEST_CASE("what the display shows and no book holds") {
    Story unbooked;
    unbooked.outcome("approved", "000002", 1234);
    check_difference(unbooked,
                     "12.34 CNY, STAN 000002: the display shows approval, and no book holds anything: the "
                     "merchant loses 12.34 CNY");
    Story reversed;
    reversed.posted("sale", "000002", 1234).outcome("approved", "000002", 1234);
    reversed.posted("reversal", "000002", 1234);
    check_difference(reversed,
                     "12.34 CNY, STAN 000002: the display shows approval of what the host took back: the "
                     "merchant loses 12.34 CNY");
    Story taken_back;
    taken_back.posted("sale", "000002", 1234).outcome("approved", "000002", 1234);
    taken_back.posted("reversal", "000002", 1234).outcome("failed", "000002", 1234);
    CHECK(only_line(taken_back).agrees);

    Story amount;
    approved_sale(amount, "000002", 1234);
    amount.outcome("approved", "000002", 999);
    check_difference(amount, "12.34 CNY, STAN 000002: the display shows 9.99 CNY, the host booked 12.34 CNY");
    Story twice;
    approved_sale(twice, "000002", 1234);
    twice.outcome("approved", "000002", 1234).outcome("approved", "000002", 1234);
    check_difference(twice,
                     "12.34 CNY, STAN 000002: the display shows approval twice, the host booked it once");
}

TEST_CASE("cardholder charged, the display shows approval, nothing was printed or stored") {
    Story story;
    story.posted("sale", "000002", 1234).journal("delete", "sale", "000002", 1234, "approved");
    story.outcome("approved", "000002", 1234);
    check_difference(story,
                     "12.34 CNY, STAN 000002: cardholder charged, terminal shows approval without a receipt "
                     "and owes no reversal: the cardholder loses 12.34 CNY");
}

TEST_CASE("refunds: the direction turns") {
    Story unbooked;
    unbooked.journal("store", "refund", "000003", 200, "approved").printed("refund", "000003", 200);
    check_difference(
        unbooked,
        "2.00 CNY, STAN 000003: the receipt shows money given back that the host did not book: the "
        "cardholder loses 2.00 CNY");
    Story unshown;
    unshown.posted("refund", "000003", 200).journal("store", "refund", "000003", 200, "approved");
    check_difference(
        unshown,
        "2.00 CNY, STAN 000003: the host gave back money that no receipt shows: the merchant loses 2.00 "
        "CNY");
}

TEST_CASE("copies that differ, currencies that differ, a receipt without amount") {
    Story copies;
    approved_sale(copies, "000002", 1234);
    copies.printed("sale", "000002", 4321, "cardholder");
    check_difference(
        copies, "12.34 CNY, STAN 000002: the copies of one sale receipt differ: 12.34 CNY and 43.21 CNY");

    Story currencies;
    approved_sale(currencies, "000002", 1234);
    currencies.at(2000, Kind::host_posted,
                  {{"entry", "sale"},
                   {"stan", "000002"},
                   {"tid", "1"},
                   {"amount", 0},
                   {"currency", "840"},
                   {"pan", ""}});
    check_difference(currencies, "12.34 CNY, STAN 000002: the books are in different currencies (156, 840)");

    Story blank;
    blank.at(2000, Kind::terminal_printed,
             {{"copy", "merchant"}, {"transaction", "sale"}, {"outcome", "approved"}, {"text", "?"}});
    check_difference(blank, "0 minor units, no STAN: a receipt shows approval without an amount");
}

TEST_CASE("a terminal without a journal is compared by two books, and that is said") {
    Story story;
    story.posted("sale", "000002", 1234).printed("sale", "000002", 1234).end(5000);
    const LedgerLine line = only_line(story);
    CHECK(line.agrees);
    CHECK_FALSE(line.has_journal);
    const Judgement judgement = judge::judge(define(""), story.events());
    REQUIRE(judgement.findings.size() == 1);
    CHECK(
        judgement.findings[0].seen ==
        "1 transaction: host and receipts agree; the terminal shows no journal, so two books were compared");
    Story lost;
    lost.posted("sale", "000002", 1234);
    check_difference(
        lost,
        "12.34 CNY, STAN 000002: cardholder charged, no receipt shows it: the cardholder loses 12.34 CNY");
}

TEST_CASE("reports and settlements are no receipts of money") {
    Story story;
    story.printed("sale", "000002", 1234, "report").printed("settlement", "000003", 1234);
    CHECK(reconcile(story.events()).empty());
}

TEST_CASE("the ledger is judged without being asked, under its own name or the scenario's") {
    Story story;
    story.posted("sale", "000002", 1234).journal("store", "sale", "000002", 1234, "failed").end(5000);
    const Judgement unasked = judge::judge(define(""), story.events());
    CHECK(unasked.verdict == Verdict::fail);
    REQUIRE(unasked.findings.size() == 1);
    CHECK(unasked.findings[0].id == "ledger");
    CHECK(unasked.findings[0].event == 3U);
    CHECK_THAT(unasked.findings[0].seen, Catch::Matchers::ContainsSubstring("12.34 CNY, STAN 000002"));
    const Judgement asked = judge::judge(
        define("[[criterion]]\nid = \"money-is-whole\"\nledger = \"reconciled\""), story.events());
    REQUIRE(asked.findings.size() == 1);
    CHECK(asked.findings[0].id == "money-is-whole");
    CHECK(asked.findings[0].verdict == Verdict::fail);
}

TEST_CASE("books that could not be closed are inconclusive") {
    Story story;
    story.posted("sale", "000002", 1234);
    const Judgement judgement = judge::judge(define(""), story.events());
    REQUIRE(judgement.findings.size() == 2);  // behind the one that tells of the cut
    CHECK(judgement.findings[1].verdict == Verdict::inconclusive);
    CHECK_THAT(judgement.findings[1].seen,
               Catch::Matchers::ContainsSubstring("cut off before the books could be closed"));
}

TEST_CASE("figures at the end of the range do not overflow") {
    constexpr auto largest = std::numeric_limits<std::int64_t>::max();
    constexpr auto smallest = std::numeric_limits<std::int64_t>::min();
    for (const std::int64_t amount : {largest, smallest}) {
        Story story;
        for (const char* entry : {"sale", "sale", "void", "refund", "reversal"}) {
            story.posted(entry, "000002", amount).journal("store", entry, "000002", amount, "approved");
            story.printed(entry, "000002", amount).printed("refund", "000003", amount);
        }
        CHECK(reconcile(story.events()).size() == 2);
    }
}

TEST_CASE("random consistent histories reconcile, and without any one posting exactly its STAN differs") {
    runtime::Random random(13);
    for (int round = 0; round < 300; ++round) {
        Story story;
        const auto count = random.between(1, 6);
        for (std::int64_t i = 1; i <= count; ++i) {
            const std::string stan = fmt::format("{:06}", i);
            const std::int64_t amount = random.between(1, 99'999'999);
            switch (random.between(0, 3)) {
                case 0:
                    approved_sale(story, stan, amount);
                    break;
                case 1:
                    story.journal("store", "reversal", stan, amount, "pending").posted("sale", stan, amount);
                    story.posted("reversal", stan, amount)
                        .journal("delete", "reversal", stan, amount, "reversed");
                    break;
                case 2:
                    story.posted("refund", stan, amount).journal("store", "refund", stan, amount, "approved");
                    story.printed("refund", stan, amount);
                    break;
                default:
                    story.journal("store", "reversal", stan, amount, "pending");
                    story.journal("delete", "reversal", stan, amount, "pending");
            }
        }
        const auto whole = reconcile(story.events());
        CHECK(whole.size() == static_cast<std::size_t>(count));
        CHECK(std::all_of(whole.begin(), whole.end(), [](const LedgerLine& line) { return line.agrees; }));

        for (std::size_t i = 0; i < story.events().size(); ++i) {
            if (story.events()[i].kind != Kind::host_posted) continue;
            auto less = story.events();
            less.erase(less.begin() + static_cast<std::ptrdiff_t>(i));
            std::set<std::string> differing;
            for (const LedgerLine& line : reconcile(less))
                if (!line.agrees) differing.insert(line.stan);
            CHECK(differing == std::set<std::string>{std::string(story.events()[i].text("stan"))});
        }
    }
}

TEST_CASE("an order that the terminal has not heard of yet is owed a question, whoever has paid") {
    Story open;
    open.journal("store", "scan_payment", "000002", 1234, "pending");
    check_difference(
        open,
        "12.34 CNY, STAN 000002: the terminal still has to ask for an order; nobody has paid yet; "
        "nobody has lost for good yet");
    Story paid;
    paid.journal("store", "present_payment", "000002", 1234, "pending")
        .posted("present_payment", "000002", 1234);
    check_difference(paid,
                     "12.34 CNY, STAN 000002: the terminal still has to ask for an order; its customer is "
                     "charged 12.34 CNY without a receipt until it does; nobody has lost for good yet");
    paid.journal("update", "present_payment", "000002", 1234, "approved")
        .printed("present_payment", "000002", 1234);
    CHECK(only_line(paid).agrees);
    open.journal("delete", "scan_payment", "000002", 1234, "declined");
    CHECK(only_line(open).agrees);
}

TEST_CASE("an order to be asked for: what its receipt and the display say already is told as it is") {
    const auto pending = [] {
        Story story;
        story.journal("store", "scan_payment", "000002", 1234, "pending");
        return story;
    };
    check_difference(pending().printed("scan_payment", "000002", 1234),
                     "12.34 CNY, STAN 000002: the terminal still has to ask for an order; the receipts show "
                     "12.34 CNY that the host has not booked; nobody has lost for good yet");
    check_difference(
        pending().posted("scan_payment", "000002", 1234).printed("scan_payment", "000002", 1234),
        "12.34 CNY, STAN 000002: the terminal still has to ask for an order; host and receipts agree; nobody "
        "has lost for good yet");
    check_difference(pending().at(2000, Kind::terminal_outcome,
                                  {{"transaction", "scan_payment"},
                                   {"outcome", "approved"},
                                   {"stan", "000002"},
                                   {"amount", 1234},
                                   {"currency", "156"}}),
                     "12.34 CNY, STAN 000002: the terminal still has to ask for an order; the display shows "
                     "approval of what nobody has paid yet; nobody has lost for good yet");
}

TEST_CASE("an order that is open at the host when the trace ends, and that no terminal will ask for") {
    const auto order = [](Story& story, std::string_view state) -> Story& {
        return story.at(2000, Kind::host_order,
                        {{"state", state},
                         {"stan", "000002"},
                         {"tid", "00000001"},
                         {"batch", "000001"},
                         {"amount", 1234},
                         {"currency", "156"}});
    };
    Story story;
    story.journal("store", "scan_payment", "000002", 1234, "pending");
    order(story, "pending");
    // The terminal will ask: that is another difference.
    check_difference(
        story,
        "12.34 CNY, STAN 000002: the terminal still has to ask for an order; nobody has paid yet; "
        "nobody has lost for good yet");
    story.journal("delete", "scan_payment", "000002", 1234, "failed");
    constexpr auto given_up =
        "12.34 CNY, STAN 000002: the host still has an open order that the terminal has given up: its "
        "customer "
        "can still pay it";
    check_difference(story, given_up);
    check_difference(order(story, "scanned"), given_up);
    CHECK(only_line(order(story, "closed")).agrees);

    Story paid;
    paid.journal("store", "scan_payment", "000002", 1234, "pending");
    order(paid, "pending");
    order(paid, "paid").posted("scan_payment", "000002", 1234);
    paid.journal("update", "scan_payment", "000002", 1234, "approved")
        .printed("scan_payment", "000002", 1234);
    CHECK(only_line(paid).agrees);

    Story real;  // a terminal whose journal nobody sees
    check_difference(
        order(real, "pending"),
        "12.34 CNY, STAN 000002: the host still has an open order: its customer can still pay it");
}
