#pragma once

#include <memory>
#include <optional>
#include <variant>

#include "bench/runtime/random.hpp"
#include "drivers/card/card.hpp"
#include "drivers/protocols/magstripe/stripe.hpp"
#include "drivers/terminal/emulated/contactless/contactless_kernel.hpp"
#include "drivers/terminal/emulated/fitness.hpp"
#include "drivers/terminal/emulated/journal.hpp"
#include "drivers/terminal/emulated/kernel/kernel.hpp"
#include "drivers/terminal/emulated/prompts.hpp"

namespace posbench::terminal {

/// How a transaction comes to its card: field, chip, stripe or keypad, and from one to the other.
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

    /// Asks for the card until it was read, a few times at most. Takes the STAN when a chip needs it;
    ///  leaves entry, PAN, expiry, PSN and track 2 in `data`.
    runtime::Task<Step> read(TransactionData& data);
    /// Asks for the card to be taken out of slot or field, as long as an operator's patience goes.
    runtime::Task<void> give_back();

    /// The chip of this transaction, its data read; null when the card was not read by chip.
    ChipKernel* chip() const noexcept { return chip_.get(); }

  private:
    enum class Presented : std::uint8_t { tapped, inserted, swiped, typed, cancelled, nothing };
    /// How the card is asked for, and why the transaction ended when nothing more comes.
    struct Question {
        Text text;
        std::string_view prompt;
        End given_up;
    };
    /// What came of a card: it was read, or the transaction is over, or it is asked for again.
    using Attempt = std::variant<Step, Question>;

    Question first_question(const TransactionData& data);
    Question again(Text text, std::string_view prompt, std::string_view reason) const;
    runtime::Task<Presented> wait(const TransactionData& data, Question question);
    /// A card in the field is to be read: not one of two that were refused, until one is taken away.
    bool tapped() const noexcept;
    runtime::Task<Attempt> attempt(Presented presented, TransactionData& data);
    runtime::Task<Attempt> try_field(TransactionData& data);
    runtime::Task<Attempt> try_chip(TransactionData& data);
    runtime::Task<Attempt> try_stripe(TransactionData& data);
    /// The number and expiry that the operator types, digits of which show nowhere.
    runtime::Task<Attempt> try_typed(TransactionData& data);
    void begin_tap(const TransactionData& data);
    runtime::Task<std::optional<ChipFailure>> read_chip(TransactionData& data);
    static void take_identity(const CardIdentity& identity, TransactionData& data);
    Step judge_stripe(const magstripe::Track2& track, TransactionData& data);
    Step judge_expiry(const magstripe::Track2& track) const;
    Amount unseen_by_host(std::string_view pan, std::string_view psn) const;

    Counter counter_;
    Panel& panel_;
    const TerminalSettings& settings_;
    const Fitness& fitness_;
    card::Reader* reader_;
    runtime::Random& random_;
    Journal& journal_;
    std::optional<card::Swipe> swipe_;
    std::string typed_;  ///< the first digit of a card's number
    std::unique_ptr<ChipKernel> chip_;
    std::unique_ptr<ContactlessKernel> field_;  ///< of taps that came to no decision yet
    bool field_open_ = false;                   ///< a card may be held into the field
    bool collided_ = false;                     ///< two cards were in the field at the last tap
    bool chip_failed_ = false;                  ///< fallback is allowed
};

}  // namespace posbench::terminal
