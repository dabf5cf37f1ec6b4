#pragma once

#include <memory>
#include <optional>
#include <string>

#include "bench/runtime/random.hpp"
#include "drivers/card/card.hpp"
#include "drivers/protocols/magstripe/stripe.hpp"
#include "drivers/terminal/emulated/fitness.hpp"
#include "drivers/terminal/emulated/kernel/kernel.hpp"
#include "drivers/terminal/emulated/messages.hpp"
#include "drivers/terminal/emulated/online.hpp"
#include "drivers/terminal/emulated/printer.hpp"

namespace posbench::terminal {

/// What the payment application is made of, as its transactions use it.
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
};

/// One sale, from the amount to the receipt. sale.cpp reads in the order in which things happen.
class Sale {
  public:
    explicit Sale(Parts& parts) : parts_(parts), panel_(parts.panel), settings_(parts.settings) {}
    runtime::Task<void> run();
    /// Charges an approved sale once more (a defect).
    runtime::Task<void> repeat();

  private:
    /// How it ended, as terminal.outcome tells it.
    struct End {
        std::string_view outcome;  ///< approved, declined, failed, cancelled
        std::string_view reason;   ///< empty when approved
        std::string text;
        std::string code;  ///< field 39 of the reply it acted on
    };
    using Step = std::optional<End>;  ///< none: the sale goes on
    enum class Presented : std::uint8_t { inserted, swiped, cancelled, nothing };

    runtime::Task<End> conduct();
    runtime::Task<Step> enter_amount();
    runtime::Task<Step> read_card();
    runtime::Task<Presented> wait_for_card(Text text, std::string_view prompt);
    runtime::Task<std::optional<ChipFailure>> read_chip();
    Step judge_stripe(const magstripe::Track2& track);
    runtime::Task<Step> make_ready();
    runtime::Task<Step> verify_stripe_holder();
    runtime::Task<Step> decide_with_chip();
    runtime::Task<Step> protect_pin(const PinEntry& pin);
    runtime::Task<End> go_online();
    runtime::Task<Result<Reply, End>> exchange(const iso8583::Message& request);
    runtime::Task<End> no_decision(LinkFailure failure);
    runtime::Task<End> undecided(End end);
    runtime::Task<void> amend_reversal(std::string_view reason);
    runtime::Task<End> act_on(const Reply& reply);
    runtime::Task<End> approve(const iso8583::Message& reply);
    runtime::Task<void> conclude(End end);
    runtime::Task<void> return_card();

    End ended(std::string_view outcome, std::string_view reason, Text text) const;
    End ended(const ChipFailure& failure) const;
    trace::Fields describe(const End& end) const;
    SaleRecord record(const iso8583::Message& reply) const;

    Parts& parts_;
    Panel& panel_;
    const TerminalSettings& settings_;
    SaleData data_;
    Amount approved_;  ///< what the host approved, at most the amount
    std::optional<card::Swipe> swipe_;
    std::unique_ptr<Kernel> kernel_;  ///< while a chip takes part
    bool chip_failed_ = false;        ///< fallback is allowed
    bool amount_known_ = false;
    bool entry_known_ = false;
};

}  // namespace posbench::terminal
