#include "drivers/host/acquirer/terminal_batch.hpp"

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "drivers/host/acquirer/reply.hpp"

namespace posbench::host {
namespace {

/// The batch number after this one; 000001 follows 999999.
std::string following(std::string_view number) {
    int value = 0;
    std::from_chars(number.data(), number.data() + number.size(), value);
    return fmt::format("{:06}", value % 999'999 + 1);
}

enum class Side { none, debit, credit };

Side side_of(TransactionType type, std::string_view entry) {
    if (is_charge(type) || type == TransactionType::tip) return Side::debit;
    switch (type) {
        case TransactionType::adjustment:
            return entry == "adjustment_down" ? Side::credit : Side::debit;
        case TransactionType::sale_void:
        case TransactionType::completion_void:
        case TransactionType::refund:
        case TransactionType::code_refund:
            return Side::credit;
        default:
            return Side::none;
    }
}

Side other(Side side) {
    if (side == Side::none) return side;
    return side == Side::debit ? Side::credit : Side::debit;
}

/// Whether the totals have it.
bool is_counted(const Transaction& transaction) {
    const bool in_books = transaction.standing == Standing::approved ||
                          transaction.standing == Standing::voided ||
                          transaction.standing == Standing::completed;
    return in_books && transaction.amount.minor() != 0 &&
           side_of(transaction.type, to_string(transaction.type)) != Side::none;
}

}  // namespace

bool TerminalBatch::knows(std::string_view number) const noexcept {
    return number == number_ || (!closed_.number.empty() && number == closed_.number);
}

const BatchTotals& TerminalBatch::totals(std::string_view number) const noexcept {
    return number == number_ ? totals_ : closed_.totals;
}

void TerminalBatch::count(const Posting& posting) {
    const Transaction& transaction = *posting.transaction;
    const bool reversed = posting.entry == to_string(TransactionType::reversal);
    BatchSums& sums = organisation(transaction.pan) == "CUP" ? totals_.domestic : totals_.foreign;
    const bool takes_out = reversed && !transaction.settled;
    const std::int64_t one = takes_out ? -1 : 1;
    const std::int64_t amount = one * transaction.amount.minor();
    const Side side = side_of(transaction.type, posting.entry);
    switch (reversed && !takes_out ? other(side) : side) {
        case Side::debit:
            sums.debits += one;
            sums.debit_amount += amount;
            break;
        case Side::credit:
            sums.credits += one;
            sums.credit_amount += amount;
            break;
        case Side::none:
            break;
    }
}

bool TerminalBatch::takes_upload(std::string_view number) const noexcept {
    return number == number_ ? upload_due_ : knows(number);
}

void TerminalBatch::upload(std::string_view number, Stan stan, std::int64_t amount) {
    (number == number_ ? uploaded_ : closed_.uploaded).emplace(stan, amount);
}

std::size_t TerminalBatch::uploaded(std::string_view number) const noexcept {
    return (number == number_ ? uploaded_ : closed_.uploaded).size();
}

bool TerminalBatch::uploaded_as_counted() const {
    Details counted;
    for (const Transaction* transaction : transactions_)
        if (is_counted(*transaction)) counted.emplace(transaction->key.stan, transaction->amount.minor());
    return uploaded_ == counted;
}

std::vector<Transaction*> TerminalBatch::close() {
    closed_ = {number_, totals_, std::move(uploaded_)};
    number_ = following(number_);
    totals_ = {};
    upload_due_ = false;
    uploaded_.clear();
    return std::exchange(transactions_, {});
}

}  // namespace posbench::host
