#pragma once

#include <string>
#include <string_view>

#include "bench/runtime/task.hpp"
#include "drivers/protocols/iso8583/civil_time.hpp"
#include "drivers/terminal/emulated/journal.hpp"
#include "drivers/terminal/emulated/panel.hpp"
#include "drivers/terminal/emulated/printer.hpp"

namespace posbench::terminal {

/// Copies of a receipt, in the order of printing.
inline constexpr std::string_view receipt_copies[] = {"merchant", "cardholder"};

/// "2026/06/15 22:30:00", as receipts write a time.
std::string printed_time(const iso8583::CivilTime& time);

/// The text of one copy of the 签购单 of an approved sale.
std::string receipt_text(const TerminalSettings& settings, const SaleRecord& sale, std::string_view copy,
                         bool again);

/// Prints what is still to be printed of the journal's open receipt, copy by copy; after a power cut the
/// copies that were not finished, marked 重打印. What the printer refuses is offered again until the operator
/// leaves it; the receipt stays open then.
runtime::Task<void> print_open_receipt(Panel& panel, Printer& printer, Journal& journal,
                                       const TerminalSettings& settings, bool again);

}  // namespace posbench::terminal
