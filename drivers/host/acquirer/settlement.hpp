#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "drivers/host/acquirer/request.hpp"
#include "drivers/host/acquirer/terminal_batch.hpp"

namespace posbench::host {

/// What the host found when it compared a terminal's totals, or at last what it uploaded, with its own
/// books, for the trace (host.settlement).
struct Compared {
    std::string batch;
    bool agreed = false;
    BatchTotals books;
};

/// The answer to a message of the settlement.
struct SettlementAnswer {
    std::string_view code;     ///< field 39
    std::string field48 = {};  ///< empty: none
    /// The batch is over: it is to be closed, and the answer's field 60.2 is the next one's number.
    bool closes = false;
    std::optional<Compared> compared = std::nullopt;
};

/// Field 48 of a settlement: two halves of 31 digits, domestic and foreign cards, each debit amount n12,
/// count n3, credit amount n12, count n3, and a digit that is the host's in an answer (0 in a request).
/// @param number a batch that the terminal has or has closed last
/// The answer has the host's totals; its digits say 1 agreed, 2 differs, 3 field 48 could not be read. Where
/// a half differs the code is 95, and the terminal uploads its batch.
SettlementAnswer settle(std::string_view field48, const TerminalBatch& batch, std::string_view number);

/// Field 48 of a batch upload (0320, 60.3 201): a count n2 of 1 to 8, then for each transaction kind of card
/// n2 (00 domestic, 01 foreign), STAN n6, PAN n20 (zeros before it), amount n12. Counts each STAN once; the
/// books stay as they are.
SettlementAnswer upload(std::string_view field48, TerminalBatch& batch, std::string_view number);

/// Field 48 of the end of an upload (0320, 60.3 202): how many transactions were uploaded, n1 to n6. 95 when
/// the host has got another number of them. When it closes the batch, what came is compared with the books:
/// a difference is told, and cleared by people.
SettlementAnswer end_upload(std::string_view field48, const TerminalBatch& batch, std::string_view number);

}  // namespace posbench::host
