#pragma once

#include "bench/runtime/result.hpp"
#include "drivers/terminal/emulated/transaction.hpp"

/// How the operator names the transaction that another one takes back, completes or changes.
namespace posbench::terminal {

/// The transaction of this batch whose voucher number (STAN) the operator types, when it is of `type` and no
/// other has taken it back or changed it. Null with the defect voids-reversed-sale when there is none.
runtime::Task<Result<const TransactionRecord*, End>> ask_voucher(Transaction& transaction,
                                                                 iso8583::TransactionType type);
/// Takes card data and reference of an original of this batch, so that no card is needed.
void take_original(Transaction& transaction, const TransactionRecord& original);
/// Field 37, twelve digits.
runtime::Task<Step> ask_reference(Transaction& transaction);
/// MMDD.
runtime::Task<Step> ask_date(Transaction& transaction);
/// Field 38, six digits.
runtime::Task<Step> ask_auth_code(Transaction& transaction);
/// What is to be given back. What the journal knows of an original of this batch, named by its reference
/// number, is held against it; of another the host knows. While a refund waits for its answer there is no
/// second one of the same original: it may have been made.
runtime::Task<Step> ask_refund_amount(Transaction& refund);

}  // namespace posbench::terminal
