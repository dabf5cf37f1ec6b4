#pragma once

#include <string>
#include <string_view>

#include "bench/runtime/task.hpp"
#include "drivers/protocols/iso8583/civil_time.hpp"
#include "drivers/terminal/emulated/journal.hpp"
#include "drivers/terminal/emulated/printer.hpp"
#include "drivers/terminal/emulated/prompts.hpp"

namespace posbench::terminal {

/// Copies of a receipt, in the order of printing.
inline constexpr std::string_view receipt_copies[] = {"merchant", "cardholder"};

/// "2026/06/15 22:30:00", as receipts write a time.
std::string printed_time(const iso8583::CivilTime& time);

/// The text of one copy of the 签购单 of an approved transaction.
std::string receipt_text(const TerminalSettings& settings, const TransactionRecord& transaction,
                         std::string_view copy, bool again);

/// Prints what is still to be printed of the journal's open receipt, copy by copy; after a power cut the
/// copies that were not finished, marked 重打印. What the printer refuses is offered again until the operator
/// leaves it; the receipt stays open then.
runtime::Task<void> print_open_receipt(Counter counter, Printer& printer, Journal& journal, bool again);
/// Prints both copies of a transaction of the batch once more, marked 重打印. Counts nowhere. False: the
/// printer failed and the operator left it.
runtime::Task<bool> reprint_receipt(Counter counter, Printer& printer, TransactionRecord transaction);
/// Prints the report of the last settlement, when it is still to be printed; as with a receipt it stays open
/// when the operator leaves it.
runtime::Task<void> print_open_report(Counter counter, Printer& printer, Journal& journal);

}  // namespace posbench::terminal
