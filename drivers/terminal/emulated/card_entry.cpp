#include "drivers/terminal/emulated/card_entry.hpp"

#include <array>
#include <utility>

#include "drivers/terminal/emulated/stripe_reader.hpp"

namespace posbench::terminal {

using runtime::Task;

/// What it asks for depends on what went wrong before; when nothing more comes, that is why the transaction
/// ended.
Task<Step> CardEntry::read(TransactionData& data) {
    Text text = fitness_.card_prompt();
    chip_failed_ = fitness_.chip_reader_dead();
    std::string_view prompt = "card";
    End given_up = counter_.ended("cancelled", "no_input", Text::no_input);
    for (int attempt = 0; attempt < settings_.card_tries; ++attempt) {
        const Presented presented = co_await wait(data, text, prompt);
        if (presented == Presented::cancelled)
            co_return counter_.ended("cancelled", "cancelled", Text::cancelled);
        if (presented == Presented::nothing) break;
        if (presented == Presented::inserted) {
            const auto failure = co_await read_chip(data);
            if (!failure) co_return std::nullopt;
            if (!failure->fallback)
                co_return counter_.ended(failure->outcome, failure->reason, failure->text);
            chip_failed_ = true;
            text = Text::chip_failed;
            prompt = "insert_again";
            given_up = counter_.ended("failed", "chip_error", Text::chip_error);
            co_await give_back();
            kernel_.reset();
            continue;
        }
        card::Swipe swipe = *std::exchange(swipe_, std::nullopt);
        const auto track = co_await read_stripe(panel_, counter_.clock, settings_, std::move(swipe));
        const bool stripe_allowed = chip_failed_ || settings_.defects.has(Defect::swipes_chip_cards);
        if (!track) {
            text = Text::swipe_again;
            prompt = "swipe_again";
            given_up = counter_.ended("failed", "read_error", Text::read_error);
        } else if (is_chip_card(*track) && !stripe_allowed) {
            text = Text::use_chip;
            prompt = "use_chip";
            given_up = counter_.ended("failed", "use_chip", Text::use_chip);
        } else {
            co_return judge_stripe(*track, data);
        }
    }
    co_return given_up;
}

/// Waits for an insertion or a swipe. A card that is in the slot already counts as inserted.
Task<CardEntry::Presented> CardEntry::wait(const TransactionData& data, Text text, std::string_view prompt) {
    co_await panel_.enter(State::card);
    Panel::Dialogue dialogue(panel_);
    if (reader_) reader_->take_swipe();  // a swipe nobody asked for
    co_await panel_.show(text, data.amount);
    co_await panel_.prompt(prompt);
    const runtime::TimePoint deadline = counter_.clock.now() + settings_.operator_wait;
    for (;;) {
        if (reader_ && reader_->present()) co_return Presented::inserted;
        if (reader_) swipe_ = reader_->take_swipe();
        if (swipe_) co_return Presented::swiped;
        const auto input = co_await dialogue.next(deadline);
        if (!input) co_return Presented::nothing;
        if (input->what == Input::What::key && input->key == Key::cancel) {
            co_await panel_.took(Key::cancel);
            co_return Presented::cancelled;
        }
    }
}

/// The chip from its reset to the end of its data.
Task<std::optional<ChipFailure>> CardEntry::read_chip(TransactionData& data) {
    constexpr std::array steps{&Kernel::reset, &Kernel::select_application, &Kernel::initiate,
                               &Kernel::read_data};
    co_await panel_.enter(State::reading);
    co_await panel_.show(Text::reading);
    data.entry = Entry::chip;
    if (data.stan.empty()) data.stan = co_await journal_.take_stan();
    kernel_ = std::make_unique<Kernel>(*reader_, panel_, counter_.clock, random_, settings_);
    kernel_->begin(data.type, data.amount, data.stan, iso8583::CivilTime(journal_.civil_now()));
    kernel_->use_log([this](std::string_view pan, std::string_view psn) { return unseen_by_host(pan, psn); });
    for (const auto step : steps) {
        const ChipStep failure = co_await (kernel_.get()->*step)();
        if (failure) co_return failure;
    }
    data.pan = kernel_->pan();
    data.expiry = kernel_->expiry();
    data.psn = kernel_->psn();
    data.track2 = kernel_->track2();
    co_return std::nullopt;
}

/// What terminal and card have approved between them since the host last heard of it.
Amount CardEntry::unseen_by_host(std::string_view pan, std::string_view psn) const {
    Amount sum(0, settings_.currency);
    for (const TransactionRecord& kept : journal_.transactions())
        if (kept.type == iso8583::TransactionType::emv_offline_sale && kept.upload == Upload::due &&
            kept.pan == pan && kept.psn == psn)
            sum = sum + kept.effective();
    return sum;
}

/// A stripe that was read: an expired card is refused here, before anything is sent.
Step CardEntry::judge_stripe(const magstripe::Track2& track, TransactionData& data) {
    data.entry = is_chip_card(track) && chip_failed_ ? Entry::fallback : Entry::stripe;
    data.pan = track.pan;
    data.expiry = track.expiry;
    data.track2 = track.field35();
    const bool checked = settings_.check_stripe_expiry && !settings_.defects.has(Defect::ignores_expiry);
    const iso8583::CivilTime now(journal_.civil_now());
    if (checked && has_expired(track, now.month(), settings_.defects))
        return counter_.ended("declined", "expired_card", Text::expired_card);
    return std::nullopt;
}

Task<void> CardEntry::give_back() {
    if (!kernel_ || !reader_->present()) co_return;
    reader_->power_down();
    Panel::Dialogue dialogue(panel_);
    co_await panel_.show(Text::remove_card);
    co_await panel_.prompt("remove_card");
    const runtime::TimePoint deadline = counter_.clock.now() + settings_.operator_wait;
    while (reader_->present()) {
        const auto input = co_await dialogue.next(deadline);
        if (!input) co_return;
    }
}

}  // namespace posbench::terminal
