#pragma once

#include <memory>
#include <optional>

#include "bench/runtime/random.hpp"
#include "drivers/card/card.hpp"
#include "drivers/protocols/magstripe/stripe.hpp"
#include "drivers/terminal/emulated/fitness.hpp"
#include "drivers/terminal/emulated/journal.hpp"
#include "drivers/terminal/emulated/kernel/kernel.hpp"
#include "drivers/terminal/emulated/prompts.hpp"

namespace posbench::terminal {

/// How a transaction comes to its card: chip or stripe, with the fallback from one to the other.
class CardEntry {
  public:
    /// @param reader null: the terminal has none
    CardEntry(Counter counter, const Fitness& fitness, card::Reader* reader, runtime::Random& random,
              Journal& journal)
        : counter_(counter),
          panel_(counter.panel),
          settings_(counter.settings),
          fitness_(fitness),
          reader_(reader),
          random_(random),
          journal_(journal) {}

    /// Asks for the card until chip or stripe was read, a few times at most. Takes the STAN when a chip needs
    /// it; leaves entry, PAN, expiry, PSN and track 2 in `data`.
    runtime::Task<Step> read(TransactionData& data);
    /// Asks for the card to be taken out, as long as an operator's patience goes.
    runtime::Task<void> give_back();

    /// The chip of this transaction, its data read; null when the card was not read by chip.
    Kernel* chip() const noexcept { return kernel_.get(); }

  private:
    enum class Presented : std::uint8_t { inserted, swiped, cancelled, nothing };

    runtime::Task<Presented> wait(const TransactionData& data, Text text, std::string_view prompt);
    runtime::Task<std::optional<ChipFailure>> read_chip(TransactionData& data);
    Step judge_stripe(const magstripe::Track2& track, TransactionData& data);
    Amount unseen_by_host(std::string_view pan, std::string_view psn) const;

    Counter counter_;
    Panel& panel_;
    const TerminalSettings& settings_;
    const Fitness& fitness_;
    card::Reader* reader_;
    runtime::Random& random_;
    Journal& journal_;
    std::optional<card::Swipe> swipe_;
    std::unique_ptr<Kernel> kernel_;
    bool chip_failed_ = false;  ///< fallback is allowed
};

}  // namespace posbench::terminal
