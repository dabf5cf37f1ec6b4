#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/judge/record.hpp"
#include "bench/trace/event.hpp"

/// The three books of money, taken from a trace.
namespace posbench::judge {

/// All that a trace says of the money under one STAN (minor units; positive: the cardholder pays).
struct Account {
    std::vector<std::string> currencies;  ///< numeric ISO 4217; more than one is a difference
    std::int64_t host = 0;
    int host_sales = 0;
    std::vector<std::int64_t> postings;  ///< of sales, voids and refunds, signed
    std::int64_t last_posting = 0;       ///< what a reversal takes back

    struct JournalEntry {
        std::int64_t amount = 0;  ///< signed
        std::string state;
    };
    std::map<std::string, JournalEntry, std::less<>> journal;  ///< by entry: sale, void, refund, reversal
    bool gave_up = false;                                      ///< a reversal was abandoned

    std::map<std::string, std::vector<std::int64_t>, std::less<>>
        receipts;  ///< amounts by transaction, signed
    bool receipt_without_amount = false;

    /// What the display called approved and did not take back, signed; no figure where the outcome named
    /// none. No book, but what merchant and cardholder act on.
    std::vector<std::optional<std::int64_t>> approvals;

    /// Of a payment by code that the host can still be paid: what it comes to (host.order).
    std::optional<std::int64_t> open_order;

    std::size_t last_event = 0;  ///< number of the last event that touched it
};

struct Books {
    std::map<std::string, Account, std::less<>> accounts;  ///< by STAN
    bool has_journal = false;                              ///< the trace holds terminal.journal at all
};

/// Reads host.posted, host.order, terminal.journal, terminal.printed and terminal.outcome.
Books read_books(std::span<const trace::Event> events);

/// The sum, held within plus and minus the largest integer: a stored trace may hold any figure, and the
/// negative of a sum must exist.
std::int64_t saturating_add(std::int64_t a, std::int64_t b) noexcept;

/// One account's books side by side, with the difference in words.
LedgerLine balance(const std::string& stan, const Account& account, bool has_journal);

}  // namespace posbench::judge
