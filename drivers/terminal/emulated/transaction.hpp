#pragma once

#include <optional>
#include <string>

#include "drivers/terminal/emulated/card_entry.hpp"
#include "drivers/terminal/emulated/fitness.hpp"
#include "drivers/terminal/emulated/online.hpp"
#include "drivers/terminal/emulated/printer.hpp"

namespace posbench::terminal {

/// What the payment application is made of, as the functions of its menu use it.
struct Parts {
    const TerminalSettings& settings;
    runtime::Clock& clock;
    runtime::Random& random;
    Panel& panel;
    Journal& journal;
    WorkingKeys& keys;
    Link& link;
    Online& online;
    Printer& printer;
    Fitness& fitness;
    card::Reader* reader;  ///< null: the terminal has no card reader

    Counter counter() const { return {panel, clock, settings}; }
};

/// One transaction under way: what is known of it, and the steps that the families of transactions put into
/// their order, each in a file of its own (families.hpp). A step that ends the transaction says how.
class Transaction {
  public:
    Transaction(Parts& parts, iso8583::TransactionType type);

    // What is known of it. Families fill in what their prompts bring.
    TransactionData data;
    /// A tip or an adjustment: what the original comes to with it, field 4. `data.amount` is the difference.
    std::optional<Amount> total;
    bool lowers = false;  ///< an adjustment to less

    Parts& parts() const noexcept { return parts_; }
    Counter counter() const { return parts_.counter(); }
    End ended(std::string_view outcome, std::string_view reason, Text text) const {
        return counter().ended(outcome, reason, text);
    }

    // ---- steps (transaction.cpp)

    /// There is room in the journal.
    Step has_room() const;
    void set_amount(Amount amount) {
        data.amount = amount;
        amount_known_ = true;
    }
    runtime::Task<Step> enter_amount();
    /// The STAN and, when there are no working keys, a sign-in: nothing is sent, and no PIN enciphered,
    /// without them.
    /// What the card has approved by itself needs no keys.
    runtime::Task<Step> make_ready();
    runtime::Task<Step> read_card();
    /// The cardholder, and the chip's first decision: by the EMV flow for a chip, by PIN for a stripe.
    runtime::Task<Step> verify_holder();
    /// Terminal and card have approved without the host (a TC at the first GENERATE AC, or over the field).
    bool approved_by_card() const noexcept { return chip_ && chip_->decision() == Decision::approved; }
    /// That approval: an EMV offline sale with its certificate.
    runtime::Task<End> accept_certificate();
    /// Keeps what the host has not been asked about: an approval that is to be uploaded.
    runtime::Task<End> approve_offline();
    /// Tells the end, prints what was approved and gives the card back.
    runtime::Task<void> conclude(End end);
    /// Charges an approved sale once more (a defect); nothing happens after anything else.
    runtime::Task<void> repeat();

    /// Confirm was pressed again, at a terminal with the defect double-key-two-sales. Not with a chip, which
    /// gives one cryptogram.
    bool confirmed_again() const;

    // ---- online (exchange.cpp)

    /// What is owed goes first, then the request with its reversal stored; the reply is checked and acted
    /// upon. Ends without a request when the working keys were lost on the way.
    runtime::Task<End> go_online();
    /// Stores an advice before it is sent, and sends it with those before it; without an answer it stays to
    /// be uploaded. It is approved all the same, but for a refund: that one the host decides, and it waits
    /// for an order without a result.
    runtime::Task<End> advise();
    /// The host has answered go_online(), with whatever code.
    bool host_answered() const noexcept { return host_answered_; }
    /// Field 54 of the reply that go_online() acted upon.
    const std::string& balance() const noexcept { return balance_; }
    /// The same for a family that talks to the host itself.
    void heard_host() noexcept { host_answered_ = true; }
    /// As the journal is to keep it.
    TransactionRecord record() const;

  private:
    runtime::Task<Step> decide_with_chip();
    runtime::Task<Step> verify_stripe_holder();
    runtime::Task<Step> protect_pin(const PinEntry& pin);

    runtime::Task<End> ask_host();
    runtime::Task<Result<Reply, LinkFailure>> exchange(const iso8583::Message& request);
    bool reversible() const noexcept;
    runtime::Task<End> no_decision(LinkFailure failure);
    runtime::Task<End> undecided(End end);
    runtime::Task<void> amend_reversal(std::string_view reason);
    runtime::Task<End> act_on(const Reply& reply);

    runtime::Task<End> approve(const iso8583::Message& reply);
    runtime::Task<End> await_refund();
    trace::Fields describe(const End& end) const;

    Parts& parts_;
    Panel& panel_;
    const TerminalSettings& settings_;
    CardEntry card_;
    ChipKernel* chip_ = nullptr;      ///< when it takes part in the decision
    std::optional<Amount> approved_;  ///< what the host approved, at most the amount
    std::string balance_;
    bool amount_known_ = false;
    bool connected_ = false;  ///< the host may have got the request
    bool host_answered_ = false;
};

}  // namespace posbench::terminal
