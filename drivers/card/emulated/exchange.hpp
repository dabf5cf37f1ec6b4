#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "drivers/card/emulated/apdu_event.hpp"
#include "drivers/card/emulated/emulated_card.hpp"

namespace posbench::card {

/// One command and its answer on the line, in simulated time. The reader's patience begins when the command
/// is over, and anew whenever the card asks for more time; at its end it takes the power away (EMV book 1
/// clause 9.2; ISO/IEC 14443-4 clause 7.5.4).
class EmulatedCard::Exchange {
  public:
    /// @param command outlives the exchange
    Exchange(EmulatedCard& card, ByteView command);

    runtime::Task<ReaderResult<Bytes>> run();

  private:
    /// False when the card left, or its power did, before the time was over.
    runtime::Task<bool> stays(runtime::Duration duration);
    /// Card and power are still there: transport() may be asked. Not so once a step has taken the card out,
    /// so it is to be asked anew behind everything that suspends.
    bool speaks() const noexcept;
    /// The command goes over.
    runtime::Task<bool> arrive();
    /// The card does what it was told. @return whether there will be an answer in time
    runtime::Task<bool> work();
    /// Chip, or transmission protocol, or fault: makes the answer.
    runtime::Task<void> answer();
    /// The answer as the rule leaves it. @param of_chip it is the chip's, and not the line's own
    runtime::Task<void> alter(bool of_chip);
    /// The rule that acts; of a command that comes again behind 6Cxx the one that was due on it the first
    /// time.
    void choose_rule();
    /// What would be answered without a fault, of copies of chip and line.
    Bytes answer_on_trial() const;
    /// Under the rule, T=0 answers with 6Cxx.
    bool tells_length_on_trial() const;
    /// The answer goes over.
    runtime::Task<bool> leave();
    /// A block of the answer comes damaged, and again when the reader has asked for it.
    runtime::Task<bool> repeat_block(std::int64_t damaged);
    runtime::Task<ReaderResult<Bytes>> deliver();
    /// Nothing comes back.
    runtime::Task<ReaderResult<Bytes>> end_without_answer();

    template <class Effect>
    const Effect* effect() const noexcept {
        return rule_ && !tells_length_ ? std::get_if<Effect>(&rule_->effect) : nullptr;
    }
    bool pulled(RemoveFault::When when) const noexcept {
        const auto* remove = effect<RemoveFault>();
        return remove && remove->when == when;
    }
    /// card.fault, once: before anything can be seen of the rule.
    runtime::Task<void> tell();
    runtime::Task<void> pull();
    Transport& transport() { return card_.active_->transport; }
    runtime::Duration transfer_time(std::size_t octets, int extra_guard_time = 0) const;
    /// card.apdu, with the number of retransmissions.
    void emit(trace::Fields event) const;

    EmulatedCard& card_;
    ByteView command_;
    std::string name_;
    ApduEvent event_;
    std::uint64_t presentation_;
    Interface interface_ = Interface::contact;
    const FaultRule* rule_ = nullptr;
    bool told_ = false;
    /// Only the number of data goes back: the rule waits for the command to come again, but the number is
    /// that of the data as it leaves them.
    bool tells_length_ = false;
    runtime::TimePoint patience_ends_{};
    std::int64_t extensions_ = 0;
    std::int64_t retransmissions_ = 0;

    Bytes answer_;
    bool readable_ = true;  ///< what goes back is what the chip said, in one piece
    bool altered_ = false;  ///< a fault changed octets of it
    std::optional<Answer::Cryptogram> cryptogram_;
};

}  // namespace posbench::card
