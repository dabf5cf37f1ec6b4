#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "bench/judge/books.hpp"
#include "bench/judge/explain.hpp"
#include "bench/judge/judge.hpp"

namespace posbench::judge {
namespace {

std::int64_t journal_total(const Account& account) {
    std::int64_t total = 0;
    for (const auto& [entry, line] : account.journal)
        if (entry != "reversal" && (line.state == "approved" || line.state == "settled"))
            total = saturating_add(total, line.amount);
    return total;
}

bool owes_reversal(const Account& account) {
    const auto reversal = account.journal.find("reversal");
    return reversal != account.journal.end() && reversal->second.state == "pending";
}

/// The order of a payment by code whose result the terminal has not heard yet; null when there is none.
const Account::JournalEntry* pending_order(const Account& account) {
    for (const char* entry : {"scan_payment", "present_payment"}) {
        const auto order = account.journal.find(entry);
        if (order != account.journal.end() && order->second.state == "pending") return &order->second;
    }
    return nullptr;
}

std::int64_t receipts_total(const Account& account) {
    std::int64_t total = 0;
    for (const auto& [transaction, copies] : account.receipts) total = saturating_add(total, copies.front());
    return total;
}

/// Puts one account's difference into words: amount, STAN, direction, and who loses.
class Wording {
  public:
    Wording(const LedgerLine& line, const Account& account) : line_(line), account_(account) {}

    /// Empty when the books agree.
    std::string text() const {
        const std::string what = difference();
        if (what.empty()) return {};
        const std::string stan = line_.stan.empty() ? "no STAN" : "STAN " + line_.stan;
        return fmt::format("{}, {}: {}", money(amount_at_stake()), stan, what);
    }

  private:
    std::string difference() const {
        if (account_.currencies.size() > 1)
            return fmt::format("the books are in different currencies ({})",
                               fmt::join(account_.currencies, ", "));
        if (account_.receipt_without_amount) return "a receipt shows approval without an amount";
        for (const auto& [transaction, copies] : account_.receipts)
            if (copies.size() > 1)
                return fmt::format("the copies of one {} receipt differ: {} and {}", transaction,
                                   money(magnitude(copies[0])), money(magnitude(copies[1])));
        if (line_.reversal_pending) return pending();
        if (pending_order(account_)) return unasked();
        const std::int64_t over = over_host();
        if (over > 0) return cardholder_loses(over);
        if (over < 0) return merchant_loses(magnitude(over));
        if (line_.has_journal && line_.terminal != line_.host) return journal_differs();
        if (std::string shown = display_differs(); !shown.empty()) return shown;
        return account_.open_order ? left_open() : std::string();
    }

    /// The books agree with one another; what the display said may still be more than they hold.
    std::string display_differs() const {
        const auto& postings = account_.postings;
        for (const auto& shown : account_.approvals) {
            const std::string loss = ": the merchant loses " + money(shown ? magnitude(*shown) : 0);
            if (postings.empty()) return "the display shows approval, and no book holds anything" + loss;
            if (line_.host == 0) return "the display shows approval of what the host took back" + loss;
            if (shown && std::ranges::find(postings, *shown) == postings.end())
                return fmt::format("the display shows {}, the host booked {}", money(magnitude(*shown)),
                                   money(magnitude(postings.back())));
        }
        if (account_.approvals.size() > postings.size())
            return fmt::format("the display shows approval {}, the host booked it {}",
                               times(account_.approvals.size()), times(postings.size()));
        return {};
    }

    std::string pending() const {
        const auto books =
            line_.host == line_.receipts ? std::string("host and receipts agree")
            : line_.host > line_.receipts
                ? fmt::format("the cardholder is charged {} until it is sent", money(over_host()))
                : "the host holds less than the receipts show";
        return fmt::format("the terminal still owes a reversal; {}; nobody has lost for good yet", books);
    }

    std::string unasked() const {
        const std::int64_t over = over_host();
        const auto books =
            over > 0 ? fmt::format("its customer is charged {} without a receipt until it does", money(over))
            : over < 0
                ? fmt::format("the receipts show {} that the host has not booked", money(magnitude(over)))
            : line_.host != 0             ? "host and receipts agree"
            : !account_.approvals.empty() ? "the display shows approval of what nobody has paid yet"
                                          : "nobody has paid yet";
        return fmt::format("the terminal still has to ask for an order; {}; nobody has lost for good yet",
                           books);
    }

    /// The terminal has no entry that makes it ask; one without a journal in the trace may have.
    std::string left_open() const {
        return fmt::format("the host still has an open order{}: its customer can still pay it",
                           line_.has_journal ? " that the terminal has given up" : "");
    }

    std::string cardholder_loses(std::int64_t over) const {
        const std::string loss = fmt::format(": the cardholder loses {}", money(over));
        if (account_.host_sales > 1)
            return fmt::format("approved {} at the host", times(account_.host_sales)) + loss;
        if (line_.host <= 0) return "the receipt shows money given back that the host did not book" + loss;
        if (line_.receipts != 0)
            return fmt::format("the host booked {}, the receipt shows {}", money(line_.host),
                               money(line_.receipts)) +
                   loss;
        if (!line_.has_journal) return "cardholder charged, no receipt shows it" + loss;
        if (line_.terminal == line_.host)
            return "booked by host and terminal, but no receipt was printed: the cardholder paid " +
                   money(over) + " without proof";
        if (account_.gave_up)
            return fmt::format("cardholder charged, {} and gave its reversal up", display()) + loss;
        return fmt::format("cardholder charged, {} and owes no reversal", display()) + loss;
    }

    std::string_view display() const {
        return account_.approvals.empty() ? "terminal shows no approval"
                                          : "terminal shows approval without a receipt";
    }

    std::string merchant_loses(std::int64_t under) const {
        const std::string loss = fmt::format(": the merchant loses {}", money(under));
        if (line_.receipts <= 0) return "the host gave back money that no receipt shows" + loss;
        return "host did not book what the receipt shows" + loss;
    }

    std::string journal_differs() const {
        return fmt::format(
            "host and receipts say {}, the terminal's journal {}: nobody has lost yet, but the "
            "settlement will not balance",
            money(line_.host), money(line_.terminal));
    }

    /// What the host took from the cardholder beyond what the receipts show.
    std::int64_t over_host() const { return saturating_add(line_.host, -line_.receipts); }

    /// The amount the sentence begins with.
    std::int64_t amount_at_stake() const {
        if (const auto over = over_host(); over != 0) return magnitude(over);
        if (const auto off = saturating_add(line_.terminal, -line_.host); line_.has_journal && off != 0)
            return magnitude(off);
        if (const auto* order = pending_order(account_)) return magnitude(order->amount);
        const auto reversal = account_.journal.find("reversal");
        if (reversal != account_.journal.end()) return magnitude(reversal->second.amount);
        if (line_.host == 0 && !account_.approvals.empty())
            return magnitude(account_.approvals.back().value_or(0));
        return magnitude(line_.host == 0 ? account_.open_order.value_or(0) : line_.host);
    }

    static std::int64_t magnitude(std::int64_t amount) { return amount < 0 ? -amount : amount; }
    template <class Count>
    static std::string times(Count count) {
        return count == 1 ? "once" : count == 2 ? "twice" : fmt::format("{} times", count);
    }
    std::string money(std::int64_t minor) const { return format_money(minor, line_.currency); }

    const LedgerLine& line_;
    const Account& account_;
};

}  // namespace

LedgerLine balance(const std::string& stan, const Account& account, bool has_journal) {
    LedgerLine line;
    line.stan = stan;
    if (!account.currencies.empty()) line.currency = account.currencies.front();
    line.host = account.host;
    line.terminal = journal_total(account);
    line.has_journal = has_journal;
    line.receipts = receipts_total(account);
    line.reversal_pending = owes_reversal(account);
    line.difference = Wording(line, account).text();
    line.agrees = line.difference.empty();
    return line;
}

std::vector<LedgerLine> reconcile(std::span<const trace::Event> events) {
    const Books books = read_books(events);
    std::vector<LedgerLine> lines;
    for (const auto& [stan, account] : books.accounts)
        lines.push_back(balance(stan, account, books.has_journal));
    return lines;
}

}  // namespace posbench::judge
