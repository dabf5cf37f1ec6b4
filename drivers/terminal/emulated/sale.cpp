#include "drivers/terminal/emulated/sale.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "bench/trace/mask.hpp"
#include "drivers/protocols/iso8583/codes.hpp"
#include "drivers/terminal/emulated/receipt.hpp"
#include "drivers/terminal/emulated/stripe_reader.hpp"

namespace posbench::terminal {

using runtime::Task;
using trace::Kind;

namespace {

constexpr std::size_t most_amount_digits = 12;
constexpr std::string_view host_not_reached = "Z3";  // tag 8A: unable to go online, declined

}  // namespace

Task<void> Sale::run() {
    End end = co_await conduct();
    co_await conclude(std::move(end));
}

/// The order of a sale. Each step either lets it go on or ends it.
Task<Sale::End> Sale::conduct() {
    if (parts_.journal.full(settings_.journal_capacity))
        co_return ended("failed", "storage", Text::journal_full);
    Step end = co_await enter_amount();
    if (!end) end = co_await read_card();
    if (!end) end = co_await make_ready();
    if (!end && kernel_) end = co_await decide_with_chip();
    if (!end && !kernel_) end = co_await verify_stripe_holder();
    if (end) co_return *std::move(end);
    co_return co_await go_online();
}

// ---- amount ----------------------------------------------------------------------------------------------

/// Digits are minor units as they are typed: 1 2 3 4 is 12.34.
Task<Sale::Step> Sale::enter_amount() {
    co_await panel_.enter(State::amount);
    Panel::Dialogue dialogue(panel_);
    co_await panel_.show(Text::enter_amount, Amount(0, settings_.currency));
    co_await panel_.prompt("amount");
    std::string digits;
    for (;;) {
        const auto input = co_await dialogue.next(parts_.clock.now() + settings_.operator_wait);
        if (!input) co_return ended("cancelled", "no_input", Text::no_input);
        if (input->what != Input::What::key) continue;
        const bool digit = input->key <= Key::double_zero;
        const bool known =
            digit || input->key == Key::clear || input->key == Key::cancel || input->key == Key::confirm;
        if (!known) continue;
        co_await panel_.took(input->key);
        if (input->key == Key::cancel) co_return ended("cancelled", "cancelled", Text::cancelled);
        if (input->key == Key::clear) digits.clear();
        if (digit && digits.size() + to_string(input->key).size() <= most_amount_digits)
            digits += to_string(input->key);

        data_.amount = Amount(digits.empty() ? 0 : std::stoll(digits), settings_.currency);
        if (input->key != Key::confirm) {
            co_await panel_.show(Text::enter_amount, data_.amount);
        } else if (data_.amount.minor() == 0) {
            co_await panel_.show(Text::amount_zero);
        } else if (data_.amount > settings_.amount_max) {
            co_await panel_.show(Text::amount_too_large);
        } else {
            amount_known_ = true;
            co_return std::nullopt;
        }
    }
}

// ---- card ------------------------------------------------------------------------------------------------

/// Asks for the card until chip or stripe was read, a few times at most. What it asks for depends on what
/// went wrong before; when nothing more comes, that is why the sale ended.
Task<Sale::Step> Sale::read_card() {
    Text text = Text::present_card;
    std::string_view prompt = "card";
    End given_up = ended("cancelled", "no_input", Text::no_input);
    for (int attempt = 0; attempt < settings_.card_tries; ++attempt) {
        const Presented presented = co_await wait_for_card(text, prompt);
        if (presented == Presented::cancelled) co_return ended("cancelled", "cancelled", Text::cancelled);
        if (presented == Presented::nothing) break;
        if (presented == Presented::inserted) {
            const auto failure = co_await read_chip();
            if (!failure) co_return std::nullopt;
            if (!failure->fallback) co_return ended(*failure);
            chip_failed_ = true;
            text = Text::chip_failed;
            prompt = "insert_again";
            given_up = ended("failed", "chip_error", Text::chip_error);
            co_await return_card();
            kernel_.reset();
            continue;
        }
        card::Swipe swipe = *std::exchange(swipe_, std::nullopt);
        const auto track = co_await read_stripe(panel_, parts_.clock, settings_, std::move(swipe));
        const bool stripe_allowed = chip_failed_ || settings_.defects.has(Defect::swipes_chip_cards);
        if (!track) {
            text = Text::swipe_again;
            prompt = "swipe_again";
            given_up = ended("failed", "read_error", Text::read_error);
        } else if (is_chip_card(*track) && !stripe_allowed) {
            text = Text::use_chip;
            prompt = "use_chip";
            given_up = ended("failed", "use_chip", Text::use_chip);
        } else {
            co_return judge_stripe(*track);
        }
    }
    co_return given_up;
}

/// Waits for an insertion or a swipe. A card that is in the slot already counts as inserted.
Task<Sale::Presented> Sale::wait_for_card(Text text, std::string_view prompt) {
    co_await panel_.enter(State::card);
    Panel::Dialogue dialogue(panel_);
    if (parts_.reader) parts_.reader->take_swipe();  // a swipe nobody asked for
    co_await panel_.show(text, data_.amount);
    co_await panel_.prompt(prompt);
    const runtime::TimePoint deadline = parts_.clock.now() + settings_.operator_wait;
    for (;;) {
        if (parts_.reader && parts_.reader->present()) co_return Presented::inserted;
        if (parts_.reader) swipe_ = parts_.reader->take_swipe();
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
Task<std::optional<ChipFailure>> Sale::read_chip() {
    constexpr std::array steps{&Kernel::reset, &Kernel::select_application, &Kernel::initiate,
                               &Kernel::read_data};
    co_await panel_.enter(State::reading);
    co_await panel_.show(Text::reading);
    data_.entry = Entry::chip;
    entry_known_ = true;
    if (data_.stan.empty()) data_.stan = co_await parts_.journal.take_stan();
    kernel_ = std::make_unique<Kernel>(*parts_.reader, panel_, parts_.clock, parts_.random, settings_);
    kernel_->begin(data_.amount, data_.stan, iso8583::CivilTime(parts_.journal.civil_now()));
    for (const auto step : steps) {
        const ChipStep failure = co_await (kernel_.get()->*step)();
        if (failure) co_return failure;
    }
    data_.pan = kernel_->pan();
    data_.expiry = kernel_->expiry();
    data_.psn = kernel_->psn();
    data_.track2 = kernel_->track2();
    co_return std::nullopt;
}

/// A stripe that was read: an expired card is refused here, before anything is sent.
Sale::Step Sale::judge_stripe(const magstripe::Track2& track) {
    data_.entry = is_chip_card(track) && chip_failed_ ? Entry::fallback : Entry::stripe;
    entry_known_ = true;
    data_.pan = track.pan;
    data_.expiry = track.expiry;
    data_.track2 = track.field35();
    const bool checked = settings_.check_stripe_expiry && !settings_.defects.has(Defect::ignores_expiry);
    const iso8583::CivilTime now(parts_.journal.civil_now());
    if (checked && has_expired(track, now.month(), settings_.defects))
        return ended("declined", "expired_card", Text::expired_card);
    return std::nullopt;
}

/// Nothing is sent, and no PIN enciphered, without the keys of a good sign-in.
Task<Sale::Step> Sale::make_ready() {
    if (data_.stan.empty()) data_.stan = co_await parts_.journal.take_stan();
    if (parts_.online.signed_in()) co_return std::nullopt;
    co_await panel_.show(Text::sign_in_first);
    auto failure = co_await parts_.online.sign_in();
    if (!failure) co_return std::nullopt;
    co_return End{"failed", failure->reason, failure->text, failure->code};
}

// ---- cardholder and chip ---------------------------------------------------------------------------------

Task<Sale::Step> Sale::verify_stripe_holder() {
    const PinEntry pin = co_await ask_pin(panel_, parts_.clock, settings_, data_.amount);
    if (pin.end == PinEntry::End::cancelled) co_return ended("cancelled", "cancelled", Text::cancelled);
    if (pin.end == PinEntry::End::timed_out) co_return ended("cancelled", "no_input", Text::no_input);
    co_return co_await protect_pin(pin);
}

Task<Sale::Step> Sale::decide_with_chip() {
    constexpr std::array steps{&Kernel::authenticate, &Kernel::restrict_processing,
                               &Kernel::verify_cardholder, &Kernel::manage_risk, &Kernel::first_cryptogram};
    for (const auto step : steps) {
        const ChipStep failure = co_await (kernel_.get()->*step)();
        if (failure) co_return ended(*failure);
    }
    data_.icc = kernel_->field55();
    data_.icc_for_reversal = kernel_->field55_of_reversal();
    Step unprotected = co_await protect_pin(kernel_->pin());
    if (!unprotected) co_return std::nullopt;
    End end = co_await undecided(*std::move(unprotected));
    co_return std::move(end);
}

/// The PIN block, made afresh for each transaction.
Task<Sale::Step> Sale::protect_pin(const PinEntry& pin) {
    if (pin.digits.empty()) co_return std::nullopt;
    const auto block = crypto::pin_block_iso0(pin.digits, data_.pan);
    if (!block)  // a number too short to bind a PIN to
        co_return End{"failed", "pin", std::string(say_code("14", panel_.language())), {}};
    const crypto::Block8 enciphered = parts_.keys.encrypt_pin(*block);
    data_.pin_block.assign(enciphered.begin(), enciphered.end());
    co_return std::nullopt;
}

// ---- online ----------------------------------------------------------------------------------------------

Task<Sale::End> Sale::go_online() {
    const auto owing = co_await parts_.online.settle_reversal();
    if (owing) {
        End end{"failed", owing->reason, owing->text, owing->code};
        co_return co_await undecided(std::move(end));
    }
    const iso8583::Message request = sale_request(settings_, parts_.journal.batch(), data_);
    auto reply = co_await exchange(request);
    if (!reply) co_return std::move(reply.error());
    const auto mismatch = check_reply(settings_, request, *reply);
    if (mismatch) {
        co_await amend_reversal(mismatch->reversal_reason);
        End end = ended("failed", mismatch->reason, mismatch->text);
        co_return co_await undecided(std::move(end));
    }
    co_return co_await act_on(*reply);
}

/// Sends the request and waits for the reply. The reversal is stored before the first octet leaves.
Task<Result<Reply, Sale::End>> Sale::exchange(const iso8583::Message& request) {
    const auto unreachable = co_await parts_.link.open();
    if (unreachable) co_return co_await no_decision(*unreachable);

    const Defects& defects = settings_.defects;
    iso8583::Message reversal = reversal_request(request, data_, "98");
    const bool forgets = defects.has(Defect::forgets_reversal);
    const bool late = defects.has(Defect::reversal_after_sending);
    if (!forgets && !late) co_await parts_.journal.store_reversal(reversal);
    const auto unsent = co_await parts_.link.send(request, Link::Protection::mac);
    if (!forgets && late) co_await parts_.journal.store_reversal(std::move(reversal));
    if (unsent) co_return co_await no_decision(*unsent);

    auto reply = co_await parts_.link.receive();
    co_await parts_.link.close();
    if (reply) co_return *std::move(reply);
    if (reply.error().reason == "bad_reply") co_await amend_reversal("06");
    co_return co_await no_decision(reply.error());
}

Task<Sale::End> Sale::no_decision(LinkFailure failure) {
    End end = ended("failed", failure.reason, failure.text);
    co_return co_await undecided(std::move(end));
}

/// The host did not decide, or nothing it said can be trusted: a card that gave its ARQC is told so with a
/// second GENERATE AC (EMV book 3, clause 10.11), whatever it answers.
Task<Sale::End> Sale::undecided(End end) {
    if (kernel_) {
        co_await panel_.enter(State::completing);
        HostDecision unreached{false, std::string(host_not_reached), {}};
        const ChipStep ignored = co_await kernel_->complete(std::move(unreached));
        static_cast<void>(ignored);
        co_await amend_reversal({});
    }
    co_return end;
}

/// The stored reversal learns why it is to be sent (empty: as it was) and how the card stands now.
Task<void> Sale::amend_reversal(std::string_view reason) {
    Bytes icc = kernel_ ? kernel_->field55_of_reversal() : Bytes();
    co_await parts_.journal.amend_reversal(data_.stan, reason, std::move(icc));
}

// ---- completion ------------------------------------------------------------------------------------------

Task<Sale::End> Sale::act_on(const Reply& reply) {
    co_await panel_.enter(State::completing);
    const iso8583::Message& message = reply.message;
    const std::string code(message.get(39));
    const bool approved = approves(code, settings_.defects);
    if (!approved) co_await parts_.journal.drop_reversal("declined");
    if (asks_for_sign_in(code)) co_await parts_.online.require_sign_in();

    ChipStep refused;
    if (kernel_) {
        const ByteView icc = message.bytes(55);
        HostDecision decision{approved, code, Bytes(icc.begin(), icc.end())};
        refused = co_await kernel_->complete(std::move(decision));
    }
    if (!approved)
        co_return End{"declined", "host_code", std::string(say_code(code, panel_.language())), code};
    if (refused) {
        // The host has charged what the card does not confirm: the reversal stays.
        co_await amend_reversal("06");
        End end = ended(*refused);
        end.code = code;
        co_return end;
    }
    co_return co_await approve(message);
}

Task<Sale::End> Sale::approve(const iso8583::Message& reply) {
    const SaleRecord sale = record(reply);
    approved_ = sale.amount;
    co_await parts_.journal.approve(sale);
    const std::string code(reply.get(39));
    co_return End{"approved", {}, std::string(say_code(code, panel_.language())), code};
}

/// Tells the end, prints what was approved and gives the card back.
Task<void> Sale::conclude(End end) {
    std::string shown = end.text;
    co_await panel_.show(std::move(shown));
    trace::Fields event = describe(end);
    co_await panel_.emit(Kind::terminal_outcome, std::move(event));
    co_await print_open_receipt(panel_, parts_.clock, parts_.journal, settings_, false);
    co_await return_card();
}

/// Asks for the card to be taken out, as long as an operator's patience goes.
Task<void> Sale::return_card() {
    if (!kernel_ || !parts_.reader->present()) co_return;
    parts_.reader->power_down();
    Panel::Dialogue dialogue(panel_);
    co_await panel_.show(Text::remove_card);
    co_await panel_.prompt("remove_card");
    const runtime::TimePoint deadline = parts_.clock.now() + settings_.operator_wait;
    while (parts_.reader->present()) {
        const auto input = co_await dialogue.next(deadline);
        if (!input) co_return;
    }
}

// ---- what is told of it ----------------------------------------------------------------------------------

Sale::End Sale::ended(std::string_view outcome, std::string_view reason, Text text) const {
    return {outcome, reason, std::string(say(text, panel_.language())), {}};
}

Sale::End Sale::ended(const ChipFailure& failure) const {
    return ended(failure.outcome, failure.reason, failure.text);
}

trace::Fields Sale::describe(const End& end) const {
    trace::Fields event{{"transaction", "sale"}, {"outcome", end.outcome}};
    if (!end.reason.empty()) event.emplace_back("reason", end.reason);
    event.emplace_back("text", end.text);
    if (!end.code.empty()) event.emplace_back("code", end.code);
    if (!data_.stan.empty()) event.emplace_back("stan", data_.stan);
    if (amount_known_) {
        const Amount& amount = end.outcome == "approved" ? approved_ : data_.amount;
        event.emplace_back("amount", amount.minor());
        event.emplace_back("currency", fmt::format("{:03}", amount.currency().numeric));
    }
    if (entry_known_) event.emplace_back("entry", to_string(data_.entry));
    if (kernel_) {
        event.emplace_back("tvr", kernel_->tvr_names());
        event.emplace_back("tsi", kernel_->tsi_names());
    }
    return event;
}

SaleRecord Sale::record(const iso8583::Message& reply) const {
    SaleRecord sale;
    sale.stan = data_.stan;
    sale.batch = parts_.journal.batch();
    sale.amount = data_.amount;
    // check_reply() saw that a partial approval names twelve digits and no more than was asked for.
    if (iso8583::find_response_code(reply.get(39)).action == iso8583::CodeAction::partly_approved)
        sale.amount = Amount(std::stoll(std::string(reply.get(4))), settings_.currency);
    sale.pan = trace::mask_pan(data_.pan);
    sale.entry = to_string(data_.entry);
    sale.rrn = reply.get(37);
    sale.auth_code = reply.get(38);
    sale.time = printed_time(iso8583::CivilTime(parts_.journal.civil_now()));
    if (kernel_) {
        sale.chip = kernel_->receipt_line();
        sale.signature = kernel_->wants_signature();
    }
    return sale;
}

}  // namespace posbench::terminal
