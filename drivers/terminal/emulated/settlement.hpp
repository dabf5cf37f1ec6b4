#pragma once

#include <span>
#include <string>

#include "drivers/terminal/emulated/transaction.hpp"

namespace posbench::terminal {

/// Settlement of the batch: totals are compared (0500); when they differ the batch is uploaded (0320) to its
/// end; then, and only then, the journal is cleared. What was interrupted, by a power cut or a lost line,
/// goes on where it was. settlement.cpp reads from top to bottom.
class Settlement {
  public:
    explicit Settlement(Parts& parts)
        : parts_(parts),
          panel_(parts.panel),
          journal_(parts.journal),
          keys_(parts.keys),
          online_(parts.online),
          settings_(parts.settings) {}

    /// Ends with terminal.settlement; the report is left to be printed.
    runtime::Task<End> run();

  private:
    runtime::Task<Step> make_ready();
    runtime::Task<void> begin();
    runtime::Task<Step> compare_totals();
    runtime::Task<Step> upload_batch();
    runtime::Task<Step> upload_some(std::span<const TransactionRecord> some);
    runtime::Task<Step> end_upload(std::int64_t uploaded);
    runtime::Task<Step> ask(iso8583::Message request, iso8583::Message& answer);
    runtime::Task<End> close();
    runtime::Task<End> fail(End end);
    iso8583::Message request(std::string_view mti, std::string_view type, std::string_view management,
                             const std::string& stan) const;
    runtime::Task<void> report(std::string_view outcome, SettlementProgress progress);

    Parts& parts_;
    Panel& panel_;
    Journal& journal_;
    WorkingKeys& keys_;
    Online& online_;
    const TerminalSettings& settings_;
};

/// Field 48 of a settlement: 62 digits, domestic cards and then foreign ones, each: debit amount
/// (12), debits (3), credit amount (12), credits (3), the host's answer (1; 0 in the request).
std::string settlement_totals(const BatchTotals& totals);
/// Field 48 of a batch upload: number of records (2), at most eight, each: kind of card (00 domestic, 01
/// foreign), STAN (6), PAN (20, zeros in
/// front), amount (12).
std::string upload_records(std::span<const TransactionRecord> transactions);

}  // namespace posbench::terminal
