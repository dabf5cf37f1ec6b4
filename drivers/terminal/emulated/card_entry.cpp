#include "drivers/terminal/emulated/card_entry.hpp"

#include <array>
#include <utility>

#include "drivers/protocols/emv/dates.hpp"
#include "drivers/terminal/emulated/stripe_reader.hpp"

namespace posbench::terminal {

using runtime::Task;

/// What it asks for depends on what went wrong before; when nothing more comes, that is why the transaction
/// ended.
Task<Step> CardEntry::read(TransactionData& data) {
    Question question = first_question(data);
    for (int tries = 0; tries < settings_.card_tries; ++tries) {
        const Presented presented = co_await wait(data, question);
        if (presented == Presented::cancelled)
            co_return counter_.ended("cancelled", "cancelled", Text::cancelled);
        if (presented == Presented::nothing) break;
        Attempt came = co_await attempt(presented, data);
        if (Step* end = std::get_if<Step>(&came)) co_return *std::move(end);
        question = std::get<Question>(std::move(came));
    }
    co_return question.given_up;
}

CardEntry::Question CardEntry::first_question(const TransactionData& data) {
    chip_failed_ = fitness_.chip_reader_dead();
    field_open_ = reader_ && fitness_.reads_field() && ContactlessKernel::allowed(settings_, data.amount);
    return {fitness_.card_prompt(field_open_), "card",
            counter_.ended("cancelled", "no_input", Text::no_input)};
}

CardEntry::Question CardEntry::again(Text text, std::string_view prompt, std::string_view reason) const {
    return {text, prompt, counter_.ended("failed", reason, text)};
}

/// Waits for a card. One that is in the slot or in the field already counts as presented.
Task<CardEntry::Presented> CardEntry::wait(const TransactionData& data, Question question) {
    co_await panel_.enter(State::card);
    Panel::Dialogue dialogue(panel_);
    if (reader_) reader_->take_swipe();  // a swipe nobody asked for
    co_await panel_.show(question.text, data.amount);
    co_await panel_.prompt(question.prompt);
    const runtime::TimePoint deadline = counter_.clock.now() + settings_.operator_wait;
    for (;;) {
        if (reader_ && reader_->present()) co_return Presented::inserted;
        if (reader_) swipe_ = reader_->take_swipe();
        if (swipe_) co_return Presented::swiped;
        if (reader_ && reader_->in_field() < 2) collided_ = false;
        if (tapped()) co_return Presented::tapped;
        const auto input = co_await dialogue.next(deadline);
        if (!input) co_return Presented::nothing;
        if (input->what == Input::What::key && input->key == Key::cancel) {
            co_await panel_.took(Key::cancel);
            co_return Presented::cancelled;
        }
        const bool digit = input->what == Input::What::key && input->key <= Key::digit_9;
        if (digit && settings_.manual_entry) {
            co_await panel_.took_pin_digit();
            typed_ = to_string(input->key);
            co_return Presented::typed;
        }
    }
}

bool CardEntry::tapped() const noexcept {
    return field_open_ && !collided_ && reader_->in_field() > 0;
}

Task<CardEntry::Attempt> CardEntry::attempt(Presented presented, TransactionData& data) {
    if (presented == Presented::tapped) return try_field(data);
    if (presented == Presented::typed) return try_typed(data);
    return presented == Presented::inserted ? try_chip(data) : try_stripe(data);
}

void CardEntry::begin_tap(const TransactionData& data) {
    field_ = std::make_unique<ContactlessKernel>(*reader_, panel_, counter_.clock, random_, settings_);
    field_->begin(data.type, data.amount, data.stan, iso8583::CivilTime(journal_.civil_now()));
}

/// The same transaction for each tap, so that a card that left too early does not pay twice.
Task<CardEntry::Attempt> CardEntry::try_field(TransactionData& data) {
    co_await panel_.enter(State::reading);
    co_await panel_.show(Text::reading_in_field);
    data.entry = Entry::contactless;
    if (data.stan.empty()) data.stan = co_await journal_.take_stan();
    if (!field_ || settings_.defects.has(Defect::second_tap_pays_again)) begin_tap(data);
    const Tap tap = co_await field_->tap();
    switch (tap.end) {
        case Tap::End::present_again:
            collided_ = tap.why.text == Text::one_card_only;
            co_return again(tap.why.text, "tap_again", tap.why.reason);
        case Tap::End::use_contacts:
            field_open_ = false;
            co_return again(tap.why.text, "use_chip", tap.why.reason);
        case Tap::End::decided:
            break;
    }
    take_identity(field_->identity(), data);
    chip_ = std::move(field_);
    co_await panel_.show(Text::card_read);
    co_return Step();
}

Task<CardEntry::Attempt> CardEntry::try_chip(TransactionData& data) {
    field_.reset();
    const auto failure = co_await read_chip(data);
    if (!failure) co_return Step();
    if (!failure->fallback) co_return Step(counter_.ended(failure->outcome, failure->reason, failure->text));
    chip_failed_ = true;
    co_await give_back();
    chip_.reset();
    Question question = again(Text::chip_failed, "insert_again", "chip_error");
    question.given_up = counter_.ended("failed", "chip_error", Text::chip_error);
    co_return question;
}

Task<CardEntry::Attempt> CardEntry::try_stripe(TransactionData& data) {
    card::Swipe swipe = *std::exchange(swipe_, std::nullopt);
    const auto track = co_await read_stripe(panel_, counter_.clock, settings_, std::move(swipe));
    const bool stripe_allowed = chip_failed_ || settings_.defects.has(Defect::swipes_chip_cards);
    if (!track) {
        Question question = again(Text::swipe_again, "swipe_again", "read_error");
        question.given_up = counter_.ended("failed", "read_error", Text::read_error);
        co_return question;
    }
    if (is_chip_card(*track) && !stripe_allowed) co_return again(Text::use_chip, "use_chip", "use_chip");
    field_.reset();
    co_return judge_stripe(*track, data);
}

Task<CardEntry::Attempt> CardEntry::try_typed(TransactionData& data) {
    const DigitsAsked number_asked{"card_number", Text::enter_card_number, 12, 19, true, State::card, typed_};
    const auto number = co_await ask_digits(counter_, number_asked);
    if (!number) co_return Step(number.error());
    if (!magstripe::luhn_valid(*number)) co_return again(Text::card_number_wrong, "card", "read_error");
    const DigitsAsked expiry_asked{"expiry", Text::enter_expiry, 4, 4, true, State::card};
    const auto expiry = co_await ask_digits(counter_, expiry_asked);
    if (!expiry) co_return Step(expiry.error());
    if (!emv::parse_month(*expiry)) co_return again(Text::card_number_wrong, "card", "read_error");
    field_.reset();
    data.entry = Entry::manual;
    data.pan = *number;
    data.expiry = *expiry;
    magstripe::Track2 card;
    card.expiry = *expiry;
    co_return judge_expiry(card);
}

/// The chip from its reset to the end of its data.
Task<std::optional<ChipFailure>> CardEntry::read_chip(TransactionData& data) {
    constexpr std::array steps{&Kernel::reset, &Kernel::select_application, &Kernel::initiate,
                               &Kernel::read_data};
    co_await panel_.enter(State::reading);
    co_await panel_.show(Text::reading);
    data.entry = Entry::chip;
    if (data.stan.empty()) data.stan = co_await journal_.take_stan();
    auto made = std::make_unique<Kernel>(*reader_, panel_, counter_.clock, random_, settings_);
    Kernel& kernel = *made;
    chip_ = std::move(made);
    kernel.begin(data.type, data.amount, data.stan, iso8583::CivilTime(journal_.civil_now()));
    kernel.use_log([this](std::string_view pan, std::string_view psn) { return unseen_by_host(pan, psn); });
    for (const auto step : steps) {
        const ChipStep failure = co_await (kernel.*step)();
        if (failure) co_return failure;
    }
    take_identity(kernel.identity(), data);
    co_return std::nullopt;
}

void CardEntry::take_identity(const CardIdentity& identity, TransactionData& data) {
    data.pan = identity.pan;
    data.expiry = identity.expiry;
    data.psn = identity.psn;
    data.track2 = identity.track2;
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

Step CardEntry::judge_stripe(const magstripe::Track2& track, TransactionData& data) {
    data.entry = is_chip_card(track) && chip_failed_ ? Entry::fallback : Entry::stripe;
    data.pan = track.pan;
    data.expiry = track.expiry;
    data.track2 = track.field35();
    return judge_expiry(track);
}

/// An expired card without a chip is refused here, before anything is sent.
Step CardEntry::judge_expiry(const magstripe::Track2& track) const {
    const bool checked = settings_.check_stripe_expiry && !settings_.defects.has(Defect::ignores_expiry);
    const iso8583::CivilTime now(journal_.civil_now());
    if (checked && has_expired(track, now.month(), settings_.defects))
        return counter_.ended("declined", "expired_card", Text::expired_card);
    return std::nullopt;
}

Task<void> CardEntry::give_back() {
    const auto there = [this] { return reader_->present() || reader_->in_field() > 0; };
    if ((!chip_ && !field_) || !there()) co_return;
    reader_->power_down();
    Panel::Dialogue dialogue(panel_);
    co_await panel_.show(Text::remove_card);
    co_await panel_.prompt("remove_card");
    const runtime::TimePoint deadline = counter_.clock.now() + settings_.operator_wait;
    while (there()) {
        const auto input = co_await dialogue.next(deadline);
        if (!input) co_return;
    }
}

}  // namespace posbench::terminal
