#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/card/emulated/driver.hpp"
#include "drivers/terminal/emulated/contactless/contactless_kernel.hpp"
#include "drivers/terminal/emulated/kernel/kernel.hpp"
#include "tests/unit/terminal/emulated_rig.hpp"

/// The terminal's kernel and a programmable card, without application or host, in virtual time.
namespace posbench::terminal::testing {

/// A panel with somebody at it who answers prompts.
class PanelRig {
  public:
    explicit PanelRig(std::string_view terminal_overrides);

    /// What is pressed at "pin", prompt after prompt: the digits and confirm, "" to bypass, "cancel"; nothing
    /// is when they run out.
    std::vector<std::string> pins;
    /// Keys at "confirm", prompt after prompt.
    std::vector<std::string> choices;

    std::vector<const trace::Event*> all(trace::Kind kind) const;
    int prompts(std::string_view what) const;
    bool shown(std::string_view text) const;
    /// Names of the card's commands, in order.
    std::vector<std::string> commands() const;
    int count_commands(std::string_view name) const;
    /// "done", or what the step ended with; "" when it did not come.
    std::string step(std::string_view name) const;
    std::string detail(std::string_view step_name) const;

    std::shared_ptr<const TerminalSettings> profile;
    runtime::VirtualClock clock;
    trace::Recorder trace;
    Device device{trace};
    Panel panel;

  private:
    void press_next();

    std::string waiting_;  ///< the prompt that is to be answered
    std::size_t pins_used_ = 0, choices_used_ = 0;
    runtime::CallbackTimer typing_;
};

class KernelRig : public PanelRig {
  public:
    KernelRig(const std::string& card_image, std::string_view card_overrides = {},
              std::string_view terminal_overrides = {}, std::uint64_t seed = 1);

    /// The next transaction: the steps from the reset to the first cryptogram, or up to the one that ends it.
    ChipStep run(std::int64_t minor = 1234);
    ChipStep complete(HostDecision decision);
    ChipStep complete_without_host();

    Kernel& kernel() { return *kernel_; }
    /// As the transaction stands.
    std::string object(emv::Tag tag) const;
    std::string tvr() const { return object(0x95); }
    /// Of 9F34.
    std::string cvm_results() const { return object(0x9F34); }

    LoggedAmount log;
    std::unique_ptr<card::Card> card;

  private:
    runtime::ResourceJournal resources_;
    drivers::Context context_;
    runtime::Random random_;
    std::unique_ptr<Kernel> kernel_;
    int stan_ = 0;
};

/// The same over the field.
class FieldKernelRig : public PanelRig {
  public:
    FieldKernelRig(const std::string& card_image, std::string_view card_overrides = {},
                   std::string_view terminal_overrides = {});

    /// A new transaction; whether the field may be used for it.
    bool begin(std::int64_t minor = 1234, iso8583::TransactionType type = iso8583::TransactionType::sale);
    /// The card in the field for one tap, then away.
    Tap tap(card::Card::Field field = card::Card::Field::one_card);
    ChipStep verify_cardholder();
    ChipStep decide();
    ChipStep complete(HostDecision decision);
    ChipStep complete_without_host();

    ContactlessKernel& kernel() { return *kernel_; }
    std::string object(emv::Tag tag) const;

    std::unique_ptr<card::Card> card;

  private:
    runtime::ResourceJournal resources_;
    drivers::Context context_;
    runtime::Random random_{1};
    std::unique_ptr<ContactlessKernel> kernel_;
    int stan_ = 0;
};

/// Why it ended; "" when it did not.
std::string reason(const ChipStep& step);

}  // namespace posbench::terminal::testing
