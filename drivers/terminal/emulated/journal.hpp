#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/runtime/clock.hpp"
#include "bench/runtime/money.hpp"
#include "bench/runtime/task.hpp"
#include "drivers/protocols/iso8583/message.hpp"
#include "drivers/terminal/emulated/downloads.hpp"
#include "drivers/terminal/emulated/flash.hpp"
#include "drivers/terminal/emulated/panel.hpp"
#include "drivers/terminal/emulated/transaction_record.hpp"

namespace posbench::terminal {

/// A reversal that waits to be sent: the 0400 with fields 4, 11, 49 and no MAC, its reason in field 39.
struct Reversal {
    iso8583::Message message;
    int attempts = 0;  ///< times sent

    std::string stan() const { return std::string(message.get(11)); }
    Amount amount() const;
};

/// A receipt that is still (partly) to be printed.
struct OpenReceipt {
    TransactionRecord transaction;
    int copies_printed = 0;
};

/// A settlement that was begun: from before its totals are sent until the host has answered the end of it.
struct SettlementProgress {
    std::string batch;      ///< that is settled: a sign-in on the way may bring another
    std::string stan;       ///< of the 0500, the same each time it is sent
    BatchTotals totals;     ///< as they were sent
    bool differs = false;   ///< the host wants the batch
    std::int64_t sent = 0;  ///< transactions of the batch, from the first, that the host has answered
};

/// An advice that the host refused for good: the merchant has to see to its money himself.
struct RefusedAdvice {
    std::string stan;
    std::int64_t amount = 0;  ///< minor units
    std::string code;         ///< field 39
};

/// What is printed of a settlement.
struct SettlementReport {
    std::string batch;
    Totals totals;
    bool differs = false;
    std::string time;
    std::vector<RefusedAdvice> refused{};  ///< at most as many as the journal has room for
};

/// The terminal's persistent state over its Flash, kept in RAM as read at the start of the power cycle: the
/// batch of its transactions, what it owes, its numbers. Each change is one flash write: it takes the write
/// time, is then there or, after a power cut, not there, and only then shows as terminal.journal.
class Journal {
  public:
    /// @param panel where its writes are reported
    Journal(runtime::Clock& clock, Panel& panel, Flash& flash, const TerminalSettings& settings)
        : clock_(clock), panel_(panel), flash_(flash), settings_(settings) {}

    /// Reads the flash. When something there is damaged nothing of it is used and it is left as it is: the
    /// caller must not trade or write, for what is owed, sold and numbered is not known. Returns the name of
    /// the first damaged cell; none when all are whole.
    std::optional<std::string> load();
    /// Working keys and a loaded master key are gone from a flash that no journal has read since: what a
    /// tamper circuit does.
    static void erase_keys(Flash& flash);
    /// For a terminal's first start: its clock runs this much ahead of the rig's.
    void set_clock_offset(runtime::Duration offset) noexcept { state_.clock_offset = offset; }

    /// The next STAN: 000001 to 999999, then 000001 again.
    runtime::Task<std::string> take_stan();

    // ---- the pending reversal

    const std::optional<Reversal>& reversal() const noexcept { return reversal_; }
    runtime::Task<void> store_reversal(iso8583::Message message);
    /// It is about to be sent once more.
    runtime::Task<void> count_reversal_attempt();
    /// Puts what has become known into the pending reversal of the transaction `stan`: why it is to be
    /// reversed (field 39: 98, A0 or 06) and how its card ended (field 55). What is empty stays as it was;
    /// nothing is written when nothing changes or another transaction's reversal is pending.
    runtime::Task<void> amend_reversal(std::string_view stan, std::string_view reason, Bytes icc);
    /// The pending reversal is not needed or settled; `state` as terminal.journal names it. Nothing happens
    /// when none is pending.
    runtime::Task<void> drop_reversal(std::string_view state);
    /// Loses the pending reversal without a word (a defect).
    void lose_reversal();

    // ---- the pending order of a code payment

    /// As it will be kept when it is paid; none: every order has come to its end.
    const std::optional<TransactionRecord>& order() const noexcept { return order_; }
    runtime::Task<void> store_order(TransactionRecord order);
    /// The host says that it is paid: it becomes a transaction of the batch with an open receipt, in one
    /// write.
    runtime::Task<void> order_paid(const iso8583::Message& reply);
    /// It is closed, unpaid.
    runtime::Task<void> drop_order();
    /// Loses the pending order without a word (a defect).
    void lose_order();

    // ---- the batch

    const std::vector<TransactionRecord>& transactions() const noexcept { return transactions_; }
    /// The transaction of this batch with that STAN; null when there is none.
    const TransactionRecord* find(std::string_view stan) const noexcept;
    /// The transaction is approved: stored, its own reversal deleted, its original in this batch marked as
    /// voided or adjusted, and its receipt opened, in one write.
    runtime::Task<void> approve(const TransactionRecord& transaction);
    /// Stores what is not approved before the host has answered it, a refund: due, without a receipt.
    runtime::Task<void> keep_due(TransactionRecord transaction);
    /// The advice of that STAN is told to the host as one of the batch in force from now on.
    runtime::Task<void> move_to_batch(std::string_view stan);
    /// The host took the advice of that STAN, with `reply`; the receipt of a refund is opened in the same
    /// write.
    runtime::Task<void> upload_done(std::string_view stan, const iso8583::Message& reply);
    /// The host refused the advice of that STAN with `code`, in one write: a receipt of which nothing was
    /// printed yet goes, and the original of a tip or an adjustment is again what it was.
    runtime::Task<void> upload_refused(std::string_view stan, std::string_view code);
    bool full() const noexcept;
    BatchTotals totals() const;
    std::vector<RefusedAdvice> refused() const;
    /// Enters a transaction once more without a word (a defect).
    runtime::Task<void> count_twice(TransactionRecord transaction);

    // ---- settlement

    const std::optional<SettlementProgress>& settlement() const noexcept { return settlement_; }
    runtime::Task<void> store_settlement(SettlementProgress progress);
    /// The host has the batch: its transactions are deleted, the keys too (the next sign-in brings the next
    /// batch number), and the report is opened, in one write.
    runtime::Task<void> close_batch(const SettlementReport& report);

    // ---- what is to be printed

    const std::optional<OpenReceipt>& open_receipt() const noexcept { return receipt_; }
    /// One more copy is printed; after the last one the receipt is closed.
    runtime::Task<void> count_copy(int copies);
    const std::optional<SettlementReport>& open_report() const noexcept { return report_; }
    runtime::Task<void> close_report();

    // ---- downloads

    /// As apply_download() takes it, of the last download that was complete, or of parameters of all there
    /// were; empty: what the profile has.
    const Bytes& downloaded(Download what) const noexcept {
        return downloads_[static_cast<std::size_t>(what)];
    }
    runtime::Task<void> store_download(Download what, Bytes octets);

    // ---- sign-in and operators

    /// What a good sign-in leaves: keys (field 62), batch number, clock.
    runtime::Task<void> store_sign_in(ByteView field62, std::string_view batch,
                                      std::optional<runtime::WallTime> host_time);
    /// The working keys must not be used again.
    runtime::Task<void> forget_keys();
    const Bytes& keys() const noexcept { return state_.keys; }
    /// The master key that was loaded last; empty: the profile's.
    const Bytes& master_key() const noexcept { return master_key_; }
    /// Another master key, and no working keys, which were under the old one, in one write.
    runtime::Task<void> store_master_key(Bytes key);
    const std::string& batch() const noexcept { return state_.batch; }
    /// Passwords that were wrong since the last right one.
    int password_failures() const noexcept { return static_cast<int>(state_.password_failures); }
    runtime::Task<void> set_password_failures(int failures);

    /// The terminal's own civil clock.
    runtime::WallTime civil_now() const noexcept { return clock_.wall_now() + state_.clock_offset; }
    bool is_new() const noexcept { return new_; }

  private:
    struct State {
        std::int64_t last_stan = 0;
        std::string batch = "000001";
        Bytes keys;  ///< field 62 of the last sign-in; empty: sign-in needed
        runtime::Duration clock_offset{};
        std::int64_t password_failures = 0;
    };
    FlashChange state_change() const;
    FlashChange reversal_change() const;
    /// The cell of transaction number `index`, from 0.
    FlashChange transaction_change(std::size_t index) const;
    FlashChange order_change() const;
    FlashChange receipt_change() const;
    FlashChange settlement_change() const;
    FlashChange report_change() const;
    std::optional<std::string> find_damage();
    bool load_state();
    bool load_master_key();
    bool load_reversal();
    bool load_order();
    bool load_receipt();
    bool load_settlement();
    bool load_report();
    bool load_download(Download what);
    bool load_transaction(const std::string& key);
    runtime::Task<void> write(std::vector<FlashChange> changes);
    runtime::Task<void> write(FlashChange change);
    TransactionRecord* find_record(std::string_view stan) noexcept;
    FlashChange transaction_change(const TransactionRecord& transaction) const;
    std::optional<std::size_t> mark_original(const TransactionRecord& transaction);
    trace::Fields describe_reversal(std::string_view op, std::string_view state) const;
    /// As terminal.journal, how the transaction stands now.
    runtime::Task<void> tell(std::string_view op, const TransactionRecord& transaction);

    runtime::Clock& clock_;
    Panel& panel_;
    Flash& flash_;
    const TerminalSettings& settings_;
    State state_;
    Bytes master_key_;
    std::optional<Reversal> reversal_;
    std::optional<TransactionRecord> order_;
    std::optional<OpenReceipt> receipt_;
    std::optional<SettlementProgress> settlement_;
    std::optional<SettlementReport> report_;
    std::vector<TransactionRecord> transactions_;
    std::array<Bytes, static_cast<std::size_t>(Download::count_)> downloads_;
    bool new_ = true;
};

}  // namespace posbench::terminal
