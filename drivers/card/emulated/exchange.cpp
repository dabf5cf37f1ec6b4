#include "drivers/card/emulated/exchange.hpp"

#include <algorithm>
#include <utility>

#include "drivers/card/command_words.hpp"

namespace posbench::card {
namespace {

/// CLA INS P1 P2, as far as there.
ByteView header_of(ByteView command) {
    constexpr std::size_t size = 4;
    return command.first(std::min(command.size(), size));
}

Bytes with_status(Bytes data, std::uint16_t sw) {
    append(data, big_endian(sw));
    return data;
}

/// The chip's answer, or the refusal of one that has more data than were asked for: then it did nothing.
/// @param chip another one behind a refusal
Answer ask(std::unique_ptr<Chip>& chip, const Transport& line, ByteView command) {
    // 67xx and 6Cxx are checking errors: the command is not performed (ISO/IEC 7816-4 clause 5.1.3).
    auto untouched = line.bounds_answer() ? std::make_unique<Chip>(*chip) : nullptr;
    Answer said = chip->process(command);
    const auto refusal = line.refusal(said.data.size());
    if (!refusal) return said;
    chip = std::move(untouched);
    return Answer::status(*refusal);
}

}  // namespace

EmulatedCard::Exchange::Exchange(EmulatedCard& card, ByteView command)
    : card_(card),
      command_(command),
      name_(command_name(command)),
      event_(command, *card.chip_),
      presentation_(card.presentations_) {
    if (!card.active_) return;
    interface_ = card.active_->interface;
    choose_rule();
    // From now; once more when the command is over.
    patience_ends_ = card.clock_.now() + card.active_->transport.waiting_time();
}

runtime::Task<ReaderResult<Bytes>> EmulatedCard::Exchange::run() {
    if (!card_.active_) {
        co_await card_.stays(presentation_, card_.image_->timing.command);
        co_return co_await end_without_answer();
    }
    if (pulled(RemoveFault::When::before)) co_await pull();
    const bool arrived = co_await arrive();
    if (!arrived) co_return co_await end_without_answer();
    const bool in_time = co_await work();
    if (!in_time) co_return co_await end_without_answer();
    co_await answer();
    const bool left = co_await leave();
    if (!left) co_return co_await end_without_answer();
    co_return co_await deliver();
}

runtime::Task<bool> EmulatedCard::Exchange::stays(runtime::Duration duration) {
    const bool there = co_await card_.stays(presentation_, duration);
    co_return there&& card_.active_;
}

void EmulatedCard::Exchange::choose_rule() {
    const auto unfinished = std::exchange(card_.active_->unfinished, std::nullopt);
    if (unfinished && std::ranges::equal(unfinished->header, header_of(command_))) {
        rule_ = unfinished->rule;
        told_ = unfinished->told;
    } else {
        rule_ = card_.faults_.acting(card_.faults_.due(interface_, name_, command_),
                                     [this] { return answer_on_trial(); });
    }
    tells_length_ = rule_ && rule_->card_works() && tells_length_on_trial();
}

bool EmulatedCard::Exchange::speaks() const noexcept {
    return card_.is_here(presentation_) && card_.active_;
}

Bytes EmulatedCard::Exchange::answer_on_trial() const {
    Transport line = card_.active_->transport;
    auto chip = std::make_unique<Chip>(*card_.chip_);
    Transport::Taken taken = line.take(command_);
    if (taken.answer) return std::move(taken.answer->octets);
    Answer said = ask(chip, line, taken.command);
    return with_status(std::move(said.data), said.sw);
}

bool EmulatedCard::Exchange::tells_length_on_trial() const {
    Transport line = card_.active_->transport;
    Transport::Taken taken = line.take(command_);
    if (taken.answer) return taken.answer->length_alone;
    if (!line.may_tell_length()) return false;
    auto chip = std::make_unique<Chip>(*card_.chip_);
    Answer said = ask(chip, line, taken.command);
    Bytes whole = with_status(std::move(said.data), said.sw);
    if (auto altered = card_.faults_.altered_on_trial(*rule_, whole)) whole = *std::move(altered);
    return line.give(std::move(whole)).length_alone;
}

runtime::Task<void> EmulatedCard::Exchange::tell() {
    if (!std::exchange(told_, true)) co_await card_.tell(*rule_, name_);
}

runtime::Task<void> EmulatedCard::Exchange::pull() {
    co_await tell();
    if (card_.is_here(presentation_)) card_.remove();
}

runtime::Duration EmulatedCard::Exchange::transfer_time(std::size_t octets, int extra_guard_time) const {
    constexpr int character = 12;  // etu: start, eight bits, parity, two of guard time
    const Timing& timing = card_.image_->timing;
    const auto count = static_cast<std::int64_t>(octets);
    if (interface_ == Interface::contactless) return timing.contactless.per_octet * count;
    return timing.per_octet * count * (character + extra_guard_time) / character;
}

runtime::Task<bool> EmulatedCard::Exchange::arrive() {
    if (!card_.active_) co_return false;
    const auto octets = transport().command_octets(command_);
    const bool there = co_await stays(transfer_time(octets, transport().extra_guard_time()));
    if (there) patience_ends_ = card_.clock_.now() + transport().waiting_time();
    co_return there;
}

runtime::Task<bool> EmulatedCard::Exchange::work() {
    const Timing& timing = card_.image_->timing;
    auto time = interface_ == Interface::contact ? timing.command : timing.contactless.command;
    const auto* delay = rule_ && !tells_length_ ? rule_->longer() : nullptr;
    const auto* mute = effect<MuteFault>();
    const auto* status = effect<StatusFault>();
    const bool refuses = status && !status->after;
    bool silent = mute && !mute->after;
    if (delay || silent || refuses) {
        co_await tell();
        if (!speaks()) co_return false;
    }
    if (delay) time += delay->time;
    if (delay && !delay->extension) silent = time > transport().waiting_time();
    if (silent) {
        // The reader gives up first, and what the card was at ends with its power.
        co_await stays(patience_ends_ - card_.clock_.now());
        co_return false;
    }
    const Transport line = transport();  // the card's own goes with its power
    const runtime::Duration request = transfer_time(line.extension_octets());
    const runtime::TimePoint begin = card_.clock_.now();
    extensions_ = line.extensions(time);
    const runtime::Duration whole = time + request * extensions_;
    const bool leaves = pulled(RemoveFault::When::working);
    bool there = co_await stays(leaves ? whole / 2 : whole);
    if (there && leaves) {
        co_await pull();
        there = false;
    }
    // The reader's patience began anew with each request for more time that there was until now.
    const auto asked = std::min(extensions_, line.extensions(card_.clock_.now() - begin));
    patience_ends_ = begin + line.patience(time, asked) + request * asked;
    co_return there;
}

runtime::Task<void> EmulatedCard::Exchange::answer() {
    const auto* status = effect<StatusFault>();
    if (status && !status->after) {
        // Data that wait are lost with any other command, but not fetched by a refused GET RESPONSE.
        Transport refused = transport();
        if (!refused.take(command_).answer) transport() = std::move(refused);
        answer_ = with_status({}, status->sw);
        co_return;
    }
    Transport::Taken taken = transport().take(command_);
    const bool of_chip = !taken.answer;
    if (of_chip) {
        Answer said = ask(card_.chip_, transport(), taken.command);
        cryptogram_ = said.cryptogram;
        answer_ = with_status(std::move(said.data), said.sw);
    } else {
        answer_ = taken.answer->octets;
        altered_ = card_.active_->altered;
        readable_ = taken.answer->whole && !altered_;
    }
    co_await alter(of_chip);
    if (!speaks()) co_return;
    Transport::Given given = of_chip ? transport().give(std::move(answer_)) : *std::move(taken.answer);
    if (given.length_alone) {
        const ByteView header = header_of(command_);
        card_.active_->unfinished = Unfinished{Bytes(header.begin(), header.end()), rule_, told_};
    }
    if (!of_chip) co_return;
    answer_ = std::move(given.octets);
    readable_ = readable_ && given.whole;
    card_.active_->altered = altered_;
    constexpr std::size_t status_alone = 2;
    altered_ = altered_ && answer_.size() > status_alone;  // else it is told of the data when they come
}

runtime::Task<void> EmulatedCard::Exchange::alter(bool of_chip) {
    if (tells_length_ && !of_chip) co_return;
    if (!rule_) co_return;
    auto altered = tells_length_ ? card_.faults_.altered_on_trial(*rule_, answer_)
                                 : card_.faults_.altered(*rule_, answer_);
    const bool unheard = effect<MuteFault>() != nullptr;
    const bool same_length = altered && altered->size() == answer_.size();
    if (unheard || (altered && !(tells_length_ && same_length))) co_await tell();
    if (!altered) co_return;
    answer_ = *std::move(altered);
    altered_ = effect<StatusFault>() == nullptr;
    readable_ = !altered_;
    cryptogram_.reset();
}

runtime::Task<bool> EmulatedCard::Exchange::repeat_block(std::int64_t damaged) {
    co_await tell();
    if (!speaks()) co_return false;
    const std::size_t block = transport().first_part_octets(answer_.size());
    const auto asking = transfer_time(transport().request_octets(), transport().extra_guard_time());
    const std::int64_t most = transport().most_retransmissions();
    retransmissions_ = std::min(damaged, most);
    const bool there = co_await stays((transfer_time(block) + asking) * retransmissions_);
    if (!there || damaged <= most) co_return there;
    co_await stays(transfer_time(block));  // the last one, damaged too
    co_return false;
}

runtime::Task<bool> EmulatedCard::Exchange::leave() {
    if (!card_.active_) co_return false;
    if (effect<MuteFault>()) {
        co_await stays(std::max(patience_ends_ - card_.clock_.now(), runtime::Duration()));
        co_return false;
    }
    const auto* damage = effect<CorruptBlockFault>();
    if (damage) {
        const bool arrives = co_await repeat_block(damage->times);
        if (!arrives) co_return false;
    }
    const auto time = transfer_time(transport().answer_octets(answer_.size()));
    if (!pulled(RemoveFault::When::during)) co_return co_await stays(time);
    const bool half = co_await stays(time / 2);
    if (half) co_await pull();
    co_return false;
}

void EmulatedCard::Exchange::emit(trace::Fields event) const {
    if (retransmissions_ > 0) event.emplace_back("retransmissions", retransmissions_);
    card_.trace_.emit(trace::Kind::card_apdu, std::move(event));
}

runtime::Task<ReaderResult<Bytes>> EmulatedCard::Exchange::deliver() {
    const bool goes = pulled(RemoveFault::When::after);
    if (goes) {
        co_await tell();
        if (!speaks()) co_return co_await end_without_answer();
    }
    trace::Fields event = std::move(event_).answered(answer_, readable_, cryptogram_, *card_.chip_);
    if (altered_) event.emplace_back("altered", true);
    if (extensions_ > 0) event.emplace_back("extensions", extensions_);
    emit(std::move(event));
    co_await card_.clock_.yield();
    if (goes && card_.is_here(presentation_)) card_.remove();
    co_return std::move(answer_);
}

runtime::Task<ReaderResult<Bytes>> EmulatedCard::Exchange::end_without_answer() {
    const bool there = card_.is_here(presentation_);
    emit(std::move(event_).unanswered());
    // A slot has a switch; in a field there is only an answer that does not come.
    const bool notices_late = !there && interface_ == Interface::contactless;
    co_await card_.clock_.sleep_until(notices_late ? patience_ends_ : card_.clock_.now());
    if (!there) co_return ReaderError::removed;
    card_.power_down();
    co_return ReaderError::mute;
}

runtime::Task<ReaderResult<Bytes>> EmulatedCard::transmit(ByteView command_view) {
    if (place_ == Place::away) co_return ReaderError::removed;
    const Bytes command(command_view.begin(), command_view.end());
    Exchange exchange(*this, command);
    co_return co_await exchange.run();
}

}  // namespace posbench::card
