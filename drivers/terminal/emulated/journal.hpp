#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/runtime/clock.hpp"
#include "bench/runtime/money.hpp"
#include "bench/runtime/task.hpp"
#include "drivers/protocols/iso8583/message.hpp"
#include "drivers/terminal/emulated/flash.hpp"
#include "drivers/terminal/emulated/panel.hpp"
#include "drivers/terminal/emulated/record.hpp"

namespace posbench::terminal {

/// An approved sale as the journal keeps it and the receipt prints it. No clear PAN is kept.
struct SaleRecord {
    std::string stan, batch;
    Amount amount;
    std::string pan;        ///< first six and last four digits
    std::string entry;      ///< chip, stripe, fallback
    std::string rrn;        ///< field 37
    std::string auth_code;  ///< field 38
    std::string time;       ///< 2026/06/15 22:30:00, the terminal's clock
    std::string chip;       ///< AID, TVR, TSI and cryptogram for the receipt; empty for a stripe
    bool signature = true;  ///< the cardholder is to sign the merchant's copy
};

/// A reversal that waits to be sent: the 0400 with fields 4, 11, 49 and no MAC, its reason in field 39.
struct Reversal {
    iso8583::Message message;
    int attempts = 0;  ///< times sent

    std::string stan() const { return std::string(message.get(11)); }
    Amount amount() const;
};

/// A receipt that is still (partly) to be printed.
struct OpenReceipt {
    SaleRecord sale;
    int copies_printed = 0;
};

/// The terminal's persistent state over its Flash, kept in RAM as read at the start of the power cycle. Each
/// change is one flash write: it takes the write time, is then there or, after a power cut, not there, and
/// only then shows as terminal.journal.
class Journal {
  public:
    /// @param panel where its writes are reported
    /// @param dialect of the reversal that is stored
    Journal(runtime::Clock& clock, Panel& panel, Flash& flash, runtime::Duration write_time,
            const iso8583::Dialect& dialect)
        : clock_(clock), panel_(panel), flash_(flash), write_time_(write_time), dialect_(dialect) {}

    /// Reads the flash. When something there is damaged nothing of it is used and it is left as it is: the
    /// caller must not trade or write, for what is owed, sold and numbered is not known. Returns the name of
    /// the first damaged cell; none when all are whole.
    std::optional<std::string> load();
    /// The working keys are gone from a flash that no journal has read since: what a tamper circuit does.
    static void erase_keys(Flash& flash);
    /// For a terminal's first start: its clock runs this much ahead of the rig's.
    void set_clock_offset(runtime::Duration offset) noexcept { state_.clock_offset = offset; }

    /// The next STAN: 000001 to 999999, then 000001 again.
    runtime::Task<std::string> take_stan();

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

    /// The sale is approved: stored, its reversal deleted and its receipt opened, in one write.
    runtime::Task<void> approve(const SaleRecord& sale);
    bool full(int capacity) const noexcept { return sales_ >= capacity; }

    const std::optional<OpenReceipt>& open_receipt() const noexcept { return receipt_; }
    /// One more copy is printed; after the last one the receipt is closed.
    runtime::Task<void> count_copy(int copies);

    /// What a good sign-in leaves: keys (field 62), batch number, clock.
    runtime::Task<void> store_sign_in(ByteView field62, std::string_view batch,
                                      std::optional<runtime::WallTime> host_time);
    /// The working keys must not be used again.
    runtime::Task<void> forget_keys();
    const Bytes& keys() const noexcept { return state_.keys; }
    const std::string& batch() const noexcept { return state_.batch; }

    /// The terminal's own civil clock.
    runtime::WallTime civil_now() const noexcept { return clock_.wall_now() + state_.clock_offset; }
    bool is_new() const noexcept { return new_; }

  private:
    struct State {
        std::int64_t last_stan = 0;
        std::string batch = "000001";
        Bytes keys;  ///< field 62 of the last sign-in; empty: sign-in needed
        runtime::Duration clock_offset{};
    };
    FlashChange state_change() const;
    FlashChange reversal_change() const;
    std::optional<std::string> find_damage();
    bool load_state();
    bool load_reversal();
    bool load_receipt();
    runtime::Task<void> write(std::vector<FlashChange> changes);
    trace::Fields describe_reversal(std::string_view op, std::string_view state) const;

    runtime::Clock& clock_;
    Panel& panel_;
    Flash& flash_;
    runtime::Duration write_time_;
    const iso8583::Dialect& dialect_;
    State state_;
    std::optional<Reversal> reversal_;
    std::optional<OpenReceipt> receipt_;
    int sales_ = 0;
    bool new_ = true;
};

}  // namespace posbench::terminal
