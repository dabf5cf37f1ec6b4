#include "drivers/card/emulated/emulated_card.hpp"

#include <utility>

#include "drivers/card/emulated/apdu_event.hpp"

namespace posbench::card {

EmulatedCard::EmulatedCard(std::shared_ptr<const CardImage> image, drivers::Context& context)
    : image_(std::move(image)),
      clock_(context.clock),
      trace_(context.trace),
      random_(context.random.fork("card")),
      chip_(*image_, random_.fork("chip")) {}

void EmulatedCard::insert(How how) {
    remove();
    inserted_ = true;
    contacts_meet_ = how == How::chip;
    ++insertions_;
    trace_.emit(trace::Kind::card_inserted,
                {{"image", image_->name}, {"how", contacts_meet_ ? "chip" : "reversed"}});
    changed_.notify_all();
}

void EmulatedCard::remove() {
    if (!inserted_) return;
    inserted_ = false;
    power_down();
    trace_.emit(trace::Kind::card_removed);
    changed_.notify_all();
}

void EmulatedCard::swipe() {
    swipe_ = write_swipe(image_->stripe, random_);
    trace_.emit(trace::Kind::card_swiped, {{"image", image_->name}, {"faults", image_->stripe.fault_names}});
    changed_.notify_all();
}

std::optional<Swipe> EmulatedCard::take_swipe() {
    return std::exchange(swipe_, std::nullopt);
}

void EmulatedCard::power_down() noexcept {
    powered_ = false;
    chip_.reset(Interface::contact);
}

runtime::Duration EmulatedCard::transfer_time(std::size_t octets) const noexcept {
    return image_->timing.per_octet * static_cast<std::int64_t>(octets);
}

runtime::Task<bool> EmulatedCard::stays(std::uint64_t insertion, runtime::Duration duration) {
    const runtime::TimePoint end = clock_.now() + duration;
    // Notified of any change in the slot; only the removal of this card ends the wait early.
    bool notified = true;
    while (notified && inserted_ && insertions_ == insertion) notified = co_await changed_.wait(clock_, end);
    co_return inserted_&& insertions_ == insertion;
}

runtime::Task<ReaderResult<Bytes>> EmulatedCard::power_up() {
    if (!inserted_) co_return ReaderError::removed;
    power_down();
    const bool there = co_await stays(insertions_, image_->timing.reset);
    if (!there) co_return ReaderError::removed;
    if (!contacts_meet_ || !image_->chip) {
        trace_.emit(trace::Kind::card_reset);
        co_await clock_.yield();
        co_return ReaderError::mute;
    }
    powered_ = true;
    chip_.reset(Interface::contact);
    Bytes atr = image_->atr;
    trace_.emit(trace::Kind::card_reset, {{"atr", to_hex(atr)}});
    co_await clock_.yield();
    co_return std::move(atr);
}

runtime::Task<ReaderResult<Bytes>> EmulatedCard::transmit(ByteView command_view) {
    if (!inserted_) co_return ReaderError::removed;
    const Bytes command(command_view.begin(), command_view.end());
    const std::uint64_t insertion = insertions_;
    ApduEvent event(command, chip_);
    const auto exchange_time = transfer_time(command.size()) + image_->timing.command;
    bool there = co_await stays(insertion, exchange_time);
    if (!there || !powered_) {
        trace_.emit(trace::Kind::card_apdu, std::move(event).unanswered());
        co_await clock_.yield();
        co_return there ? ReaderError::mute : ReaderError::removed;
    }

    const Answer answer = chip_.process(command);
    there = co_await stays(insertion, transfer_time(answer.data.size() + 2));
    if (!there) {
        trace_.emit(trace::Kind::card_apdu, std::move(event).unanswered());
        co_await clock_.yield();
        co_return ReaderError::removed;
    }
    trace_.emit(trace::Kind::card_apdu, std::move(event).answered(answer, chip_));
    Bytes octets = answer.data;
    octets.push_back(static_cast<std::uint8_t>(answer.sw >> 8));
    octets.push_back(static_cast<std::uint8_t>(answer.sw));
    co_await clock_.yield();
    co_return std::move(octets);
}

}  // namespace posbench::card
