#include "drivers/card/emulated/emulated_card.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace posbench::card {
namespace {

/// How long the reader waits for an answer that a fault delays. An ATR is over 20,160 etu after it began at
/// the latest (EMV book 1 clause 8.1); an ATS begins within 65536 / 13.56 MHz (ISO/IEC 14443-4 clause 5.6).
runtime::Duration patience(Interface interface) noexcept {
    if (interface == Interface::contact) return emv::etu(20'160);
    return emv::Ats().frame_waiting_time();  // of FWI 4: the same figure
}

/// How a reset goes, as far as a rule changes it.
struct Course {
    runtime::Duration duration;
    bool silent = false;
    bool told_first = false;  ///< the rule acts from the beginning
    std::optional<RemoveFault::When> pulled;
};

Course course_of(const FaultRule* rule, Interface interface, const Timing& timing) {
    const bool contact = interface == Interface::contact;
    Course course{contact ? timing.reset : timing.contactless.activation, false, false, std::nullopt};
    if (!rule) return course;
    if (const auto* delay = rule->longer()) {
        course.duration += std::min(delay->time, patience(interface));
        course.silent = delay->time > patience(interface);
        course.told_first = true;
    }
    if (std::holds_alternative<MuteFault>(rule->effect)) {
        course.silent = course.told_first = true;
    } else if (const auto* remove = std::get_if<RemoveFault>(&rule->effect)) {
        course.pulled = remove->when;
        if (remove->when == RemoveFault::When::before) course.duration = {};
        if (remove->when == RemoveFault::When::during) course.duration /= 2;
    }
    return course;
}

}  // namespace

EmulatedCard::EmulatedCard(std::shared_ptr<const CardImage> image, drivers::Context& context)
    : image_(std::move(image)),
      clock_(context.clock),
      trace_(context.trace),
      random_(context.random.fork("card")),
      chip_(std::make_unique<Chip>(*image_, random_.fork("chip"))),
      faults_(image_->faults, random_.fork("faults")) {}

void EmulatedCard::put(Place place) noexcept {
    place_ = place;
    ++presentations_;
}

void EmulatedCard::insert(How how) {
    remove();
    put(Place::slot);
    contacts_meet_ = how == How::chip;
    trace_.emit(trace::Kind::card_inserted,
                {{"image", image_->name}, {"how", contacts_meet_ ? "chip" : "reversed"}});
    changed_.notify_all();
}

void EmulatedCard::tap(Field field) {
    remove();
    put(Place::field);
    cards_ = field == Field::one_card ? 1 : 2;
    trace_.emit(trace::Kind::card_tapped, {{"image", image_->name}, {"cards", cards_}});
    changed_.notify_all();
}

void EmulatedCard::remove() {
    if (place_ == Place::away) return;
    place_ = Place::away;
    power_down();
    trace_.emit(trace::Kind::card_removed);
    changed_.notify_all();
}

void EmulatedCard::swipe() {
    constexpr std::array of_track{"track1_faults", "track2_faults", "track3_faults"};
    WrittenSwipe written = write_swipe(image_->stripe, random_);
    swipe_ = std::move(written.swipe);
    ++swipes_;
    std::vector<std::string> shown;
    for (const std::string& name : image_->stripe.fault_names) {
        const auto names_it = [&](const auto& names) { return std::ranges::count(names, name) > 0; };
        if (!std::ranges::any_of(written.changed_by, names_it)) continue;
        shown.push_back(name);
        stripe_faults_shown_.insert(name);
    }
    trace::Fields event{{"image", image_->name}, {"faults", std::move(shown)}};
    for (std::size_t i = 0; i < of_track.size(); ++i)
        if (!written.changed_by[i].empty()) event.emplace_back(of_track[i], std::move(written.changed_by[i]));
    trace_.emit(trace::Kind::card_swiped, std::move(event));
    changed_.notify_all();
}

void EmulatedCard::conclude() {
    const auto unmet = [&](std::string text) {
        trace_.emit(trace::Kind::bench_note,
                    {{"severity", "stimulus"}, {"text", std::move(text)}, {"unmet", true}});
    };
    for (const auto& [rule, why] : faults_.idle())
        unmet(fmt::format("card fault {} {}: {}", rule->number, why, describe_fault(*rule)));
    if (swipes_ == 0) return;
    for (const std::string& name : image_->stripe.fault_names)
        if (!stripe_faults_shown_.contains(name))
            unmet(fmt::format("stripe fault {} changed nothing, number of swipes: {}", name, swipes_));
}

std::optional<Swipe> EmulatedCard::take_swipe() {
    return std::exchange(swipe_, std::nullopt);
}

void EmulatedCard::power_down() noexcept {
    active_.reset();
    chip_->reset(Interface::contact);
}

runtime::Task<bool> EmulatedCard::stays(std::uint64_t presentation, runtime::Duration duration) {
    const runtime::TimePoint end = clock_.now() + duration;
    // Notified of any change in slot and field; only the removal of this card ends the wait early.
    bool notified = true;
    while (notified && is_here(presentation)) notified = co_await changed_.wait(clock_, end);
    co_return is_here(presentation);
}

runtime::Task<void> EmulatedCard::tell(const FaultRule& rule, std::string command) {
    faults_.acted(rule);
    trace_.emit(trace::Kind::card_fault, {{"rule", rule.number},
                                          {"do", fault_name(rule)},
                                          {"command", std::move(command)},
                                          {"detail", effect_in_words(rule)}});
    co_await clock_.yield();
}

runtime::Task<ReaderResult<Bytes>> EmulatedCard::power_up() {
    return reset(emv::Reset::cold);
}

runtime::Task<ReaderResult<Bytes>> EmulatedCard::warm_reset() {
    const bool powered = active_ && active_->interface == Interface::contact;
    return reset(powered ? emv::Reset::warm : emv::Reset::cold);
}

runtime::Task<ReaderResult<Bytes>> EmulatedCard::reset(emv::Reset kind) {
    if (!present()) co_return ReaderError::removed;
    std::optional<ReaderError> failure;
    if (!contacts_meet_ || !image_->chip) failure = ReaderError::mute;
    const AnswerToReset& atr = kind == emv::Reset::warm ? image_->atr_warm : image_->atr;
    trace::Fields event{{"interface", to_string(Interface::contact)}, {"reset", to_string(kind)}};
    Waking waking{Interface::contact, failure, std::move(event), atr.octets, Transport(atr.read)};
    co_return co_await wake(std::move(waking));
}

runtime::Task<ReaderResult<Bytes>> EmulatedCard::activate() {
    if (in_field() == 0) co_return ReaderError::removed;
    std::optional<ReaderError> failure;
    if (!image_->chip || image_->ats.empty()) failure = ReaderError::mute;
    if (in_field() > 1) failure = ReaderError::collision;
    trace::Fields event{{"interface", to_string(Interface::contactless)}};
    Waking waking{Interface::contactless, failure, std::move(event), image_->ats,
                  Transport(image_->ats_read)};
    co_return co_await wake(std::move(waking));
}

runtime::Task<ReaderResult<Bytes>> EmulatedCard::wake(Waking waking) {
    power_down();
    const Interface interface = waking.interface;
    const bool contact = interface == Interface::contact;
    const std::string occasion = contact ? "reset" : "activation";
    const std::uint64_t presentation = presentations_;
    const FaultRule* rule = nullptr;
    if (!waking.failure)
        rule = faults_.acting(faults_.due(interface, occasion), [&] { return waking.answer; });
    const Course course = course_of(rule, interface, image_->timing);
    bool told = course.told_first;
    if (told) co_await tell(*rule, occasion);
    bool there = co_await stays(presentation, course.duration);
    if (there && course.pulled) {
        if (!std::exchange(told, true)) co_await tell(*rule, occasion);
        there = is_here(presentation);
        if (there && course.pulled != RemoveFault::When::after) {
            remove();
            there = false;
        }
    }
    if (!there) co_return ReaderError::removed;

    if (waking.failure || course.silent) {
        trace_.emit(trace::Kind::card_reset, std::move(waking.event));
        co_await clock_.yield();
        co_return waking.failure.value_or(ReaderError::mute);
    }
    const auto altered = rule ? faults_.altered(*rule, waking.answer) : std::nullopt;
    if (altered) {
        if (!told) co_await tell(*rule, occasion);
        if (!is_here(presentation)) co_return ReaderError::removed;
        waking.answer = *altered;
    }
    chip_->reset(interface);
    active_ = Active{interface, std::move(waking.transport)};
    waking.event.emplace_back(contact ? "atr" : "ats", chip_->without_pans(to_hex(waking.answer)));
    trace_.emit(trace::Kind::card_reset, std::move(waking.event));
    co_await clock_.yield();
    if (course.pulled && is_here(presentation)) remove();
    co_return std::move(waking.answer);
}

}  // namespace posbench::card
