#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "drivers/host/acquirer/ledger.hpp"
#include "drivers/host/acquirer/transaction.hpp"

namespace posbench::host {

/// Postings of one kind of card: how many, and their sum in minor units.
struct BatchSums {
    std::int64_t debits = 0;  ///< charges, tips, adjustments upwards
    std::int64_t debit_amount = 0;
    std::int64_t credits = 0;  ///< voids, refunds, adjustments downwards
    std::int64_t credit_amount = 0;
    bool operator==(const BatchSums&) const = default;
};

/// What a batch has come to. What was reversed is in neither sum; pre-authorisations move nothing.
struct BatchTotals {
    BatchSums domestic;  ///< cards of UnionPay (field 63.1 is CUP)
    BatchSums foreign;   ///< all others
    bool operator==(const BatchTotals&) const = default;
};

/// The batch of one terminal: what is in it, and how far its settlement has come. The last one that was
/// closed is remembered, so that a terminal that lost an answer can ask again.
class TerminalBatch {
  public:
    using Number = FixedText<6>;
    using Stan = FixedText<6>;

    explicit TerminalBatch(std::string_view number) : number_(number) {}

    std::string_view number() const noexcept { return number_; }
    /// The last one that was closed; empty when none was.
    std::string_view closed_number() const noexcept { return closed_.number; }
    bool knows(std::string_view number) const noexcept;
    /// Of the batch in force or the last closed one. Precondition: knows(number)
    const BatchTotals& totals(std::string_view number) const noexcept;

    /// A transaction was entered under this batch's number.
    void enter(Transaction& transaction) { transactions_.push_back(&transaction); }
    /// Adds what was posted to the totals. A reversal takes its original out again; when that was counted in
    /// a batch which is closed, it counts on the other side.
    void count(const Posting& posting);

    /// Totals differ: the terminal is to upload its transactions.
    void await_upload() noexcept { upload_due_ = true; }
    /// Whether transactions of this batch may be uploaded, now or again.
    bool takes_upload(std::string_view number) const noexcept;
    /// One transaction was uploaded; it counts once. Precondition: takes_upload(number)
    /// @param amount minor units, as the terminal has it
    void upload(std::string_view number, Stan stan, std::int64_t amount);
    /// How many were. Precondition: knows(number)
    std::size_t uploaded(std::string_view number) const noexcept;
    /// What was uploaded of the batch in force is what its totals count, each STAN with its amount.
    bool uploaded_as_counted() const;

    /// Closes the batch, the next number being in force. @returns what was in it
    std::vector<Transaction*> close();

  private:
    using Details = std::map<Stan, std::int64_t>;  ///< amount, by STAN

    struct Closed {
        Number number;
        BatchTotals totals;
        Details uploaded;
    };

    Number number_;
    BatchTotals totals_;
    std::vector<Transaction*> transactions_;
    bool upload_due_ = false;
    Details uploaded_;
    Closed closed_;
};

}  // namespace posbench::host
