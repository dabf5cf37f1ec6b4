#include "bench/judge/books.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

namespace posbench::judge {
namespace {

using trace::Event;
using trace::Kind;

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

/// What charges the cardholder, or holds his money: a pre-authorisation.
constexpr std::array<std::string_view, 10> charges{
    "sale", "pre_authorisation", "completion",   "completion_advice", "offline_sale", "emv_offline_sale",
    "tip",  "adjustment",        "scan_payment", "present_payment"};
/// What gives back, or lets go.
constexpr std::array<std::string_view, 6> credits{
    "void", "refund", "pre_authorisation_void", "completion_void", "adjustment_down", "code_refund"};

bool is_charge(std::string_view entry) {
    return std::ranges::find(charges, entry) != charges.end();
}

/// What an entry moves, signed by its direction.
std::int64_t signed_amount(std::string_view entry, std::int64_t amount) {
    const std::int64_t bounded = std::clamp(amount, -most, most);
    return is_charge(entry) ? bounded : -bounded;
}

Account& touch(Books& books, const Event& event, std::size_t index) {
    Account& account = books.accounts[std::string(event.text("stan"))];
    account.last_event = index;
    const std::string currency(event.text("currency"));
    if (!currency.empty() && std::ranges::find(account.currencies, currency) == account.currencies.end())
        account.currencies.push_back(currency);
    return account;
}

void post(Account& account, const Event& event) {
    const auto entry = event.text("entry");
    const std::int64_t amount = event.integer("amount").value_or(0);
    if (entry == "reversal") {
        // It takes back what was posted last under this STAN; without that the cardholder is credited all the
        // same.
        const bool undoes_credit = account.last_posting < 0;
        account.host = saturating_add(
            account.host, undoes_credit ? signed_amount("sale", amount) : signed_amount("void", amount));
        return;
    }
    account.last_posting = signed_amount(entry, amount);
    account.host = saturating_add(account.host, account.last_posting);
    account.postings.push_back(account.last_posting);
    if (is_charge(entry)) ++account.host_sales;
}

/// An order that is open when the trace ends can still be paid.
void order(Books& books, const Event& event, std::size_t index) {
    const auto state = event.text("state");
    if (state == "pending" || state == "scanned") {
        touch(books, event, index).open_order = std::clamp(event.integer("amount").value_or(0), -most, most);
        return;
    }
    // What it came to, host.posted says; one that was closed has nothing to say of money.
    const auto found = books.accounts.find(event.text("stan"));
    if (found != books.accounts.end()) found->second.open_order.reset();
}

void journal(Account& account, const Event& event) {
    const std::string entry(event.text("entry"));
    const std::string state(event.text("state"));
    if (entry == "reversal" && state == "abandoned") account.gave_up = true;
    // What was settled has left the journal for good, and counts: the acquirer holds it now.
    if (event.text("op") == "delete" && state != "settled") {
        account.journal.erase(entry);
    } else {
        account.journal[entry] = {signed_amount(entry, event.integer("amount").value_or(0)), state};
    }
}

void receipt(Account& account, const Event& event) {
    const auto amount = event.integer("amount");
    const std::string transaction(event.text("transaction"));
    if (!amount) {
        account.receipt_without_amount = true;
        return;
    }
    auto& copies = account.receipts[transaction];
    const std::int64_t moved = signed_amount(transaction, *amount);
    if (std::ranges::find(copies, moved) == copies.end()) copies.push_back(moved);
}

/// A later refusal or failure on the display takes an earlier approval back.
void outcome(Account& account, const Event& event) {
    if (event.text("outcome") != "approved") return account.approvals.clear();
    const auto amount = event.integer("amount");
    account.approvals.push_back(amount ? std::optional(signed_amount(event.text("transaction"), *amount))
                                       : std::nullopt);
}

bool moves_money(std::string_view transaction) {
    return is_charge(transaction) || std::ranges::find(credits, transaction) != credits.end() ||
           transaction == "reversal";
}

/// A receipt that says money moved, as against a report or the slip of a refusal.
bool shows_money(const Event& event) {
    return event.text("outcome") == "approved" && event.text("copy") != "report" &&
           moves_money(event.text("transaction"));
}

}  // namespace

std::int64_t saturating_add(std::int64_t a, std::int64_t b) noexcept {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum)) return b > 0 ? most : -most;
    return std::max(sum, -most);
}

Books read_books(std::span<const Event> events) {
    Books books;
    for (std::size_t i = 0; i < events.size(); ++i) {
        const Event& event = events[i];
        if (event.kind == Kind::host_posted) {
            post(touch(books, event, i), event);
        } else if (event.kind == Kind::host_order) {
            order(books, event, i);
        } else if (event.kind == Kind::terminal_journal) {
            books.has_journal = true;
            journal(touch(books, event, i), event);
        } else if (event.kind == Kind::terminal_printed && shows_money(event)) {
            receipt(touch(books, event, i), event);
        } else if (event.kind == Kind::terminal_outcome && moves_money(event.text("transaction")) &&
                   event.find("stan")) {
            outcome(touch(books, event, i), event);
        }
    }
    return books;
}

}  // namespace posbench::judge
