#include "drivers/terminal/emulated/transaction.hpp"

#include <utility>

#include <fmt/format.h>

#include "drivers/terminal/emulated/receipt.hpp"

namespace posbench::terminal {

using runtime::Task;
using trace::Kind;
using Type = iso8583::TransactionType;

Transaction::Transaction(Parts& parts, Type type)
    : parts_(parts),
      panel_(parts.panel),
      settings_(parts.settings),
      card_(parts.counter(), parts.fitness, parts.reader, parts.random, parts.journal) {
    data.type = type;
    data.amount = Amount(0, settings_.currency);
}

Step Transaction::has_room() const {
    if (parts_.journal.full() && !settings_.defects.has(Defect::sells_with_full_journal))
        return ended("failed", "storage", Text::journal_full);
    return std::nullopt;
}

Task<Step> Transaction::enter_amount() {
    auto amount = co_await ask_amount(counter(), "amount", Text::enter_amount, settings_.amount_max);
    if (!amount) co_return amount.error();
    set_amount(*amount);
    co_return std::nullopt;
}

Task<Step> Transaction::make_ready() {
    if (data.stan.empty()) data.stan = co_await parts_.journal.take_stan();
    if (approved_by_card() || parts_.online.signed_in()) co_return std::nullopt;
    co_await panel_.show(Text::sign_in_first);
    auto failure = co_await parts_.online.sign_in();
    if (!failure) co_return std::nullopt;
    co_return End{"failed", failure->reason, failure->text, failure->code};
}

Task<Step> Transaction::read_card() {
    Step end = co_await card_.read(data);
    if (!end && decided_by_chip(data.type)) chip_ = card_.chip();
    co_return end;
}

// ---- cardholder and chip ---------------------------------------------------------------------------------

Task<Step> Transaction::verify_holder() {
    if (chip_) co_return co_await decide_with_chip();
    co_return co_await verify_stripe_holder();
}

Task<Step> Transaction::verify_stripe_holder() {
    const PinEntry pin = co_await ask_pin(panel_, parts_.clock, settings_, data.amount);
    if (pin.end == PinEntry::End::cancelled) co_return ended("cancelled", "cancelled", Text::cancelled);
    if (pin.end == PinEntry::End::timed_out) co_return ended("cancelled", "no_input", Text::no_input);
    co_return co_await protect_pin(pin);
}

Task<Step> Transaction::decide_with_chip() {
    const ChipStep failure = co_await chip_->decide();
    if (failure) co_return ended(failure->outcome, failure->reason, failure->text);
    data.icc = chip_->field55();
    data.icc_for_reversal = chip_->field55_of_reversal();
    Step unprotected = co_await protect_pin(chip_->pin());
    if (!unprotected) co_return std::nullopt;
    End end = co_await undecided(*std::move(unprotected));
    co_return std::move(end);
}

/// The PIN block, made afresh for each transaction.
Task<Step> Transaction::protect_pin(const PinEntry& pin) {
    if (pin.digits.empty()) co_return std::nullopt;
    const auto block = crypto::pin_block_iso0(pin.digits, data.pan);
    if (!block)  // a number too short to bind a PIN to
        co_return End{"failed", "pin", std::string(say_code("14", panel_.language())), {}};
    const crypto::Block8 enciphered = parts_.keys.encrypt_pin(*block);
    data.pin_block.assign(enciphered.begin(), enciphered.end());
    co_return std::nullopt;
}

bool Transaction::confirmed_again() const {
    const bool again = panel_.take_lost_confirm();
    return again && !chip_ && settings_.defects.has(Defect::double_key_two_sales);
}

// ---- end -------------------------------------------------------------------------------------------------

Task<End> Transaction::accept_certificate() {
    data.type = Type::emv_offline_sale;
    data.icc = chip_->field55();
    co_return co_await approve_offline();
}

Task<End> Transaction::approve_offline() {
    if (data.stan.empty()) data.stan = co_await parts_.journal.take_stan();
    TransactionRecord kept = record();
    kept.upload = Upload::due;
    approved_ = kept.amount;
    co_await parts_.journal.approve(kept);
    co_return End{"approved", {}, std::string(say_code("00", panel_.cardholder_language())), {}};
}

Task<void> Transaction::conclude(End end) {
    std::string shown = end.text;
    co_await panel_.show(std::move(shown));
    trace::Fields event = describe(end);
    co_await panel_.emit(Kind::terminal_outcome, std::move(event));
    co_await print_open_receipt(counter(), parts_.printer, parts_.journal, false);
    co_await card_.give_back();
}

Task<void> Transaction::repeat() {
    if (!approved_ || data.type != Type::sale) co_return;
    approved_.reset();
    chip_ = nullptr;  // the card is out
    data.stan = co_await parts_.journal.take_stan();
    End end = co_await go_online();
    co_await conclude(std::move(end));
}

trace::Fields Transaction::describe(const End& end) const {
    trace::Fields event{{"transaction", lowers ? "adjustment_down" : to_string(data.type)},
                        {"outcome", end.outcome}};
    if (!end.reason.empty()) event.emplace_back("reason", end.reason);
    event.emplace_back("text", end.text);
    if (!end.code.empty()) event.emplace_back("code", end.code);
    if (!data.stan.empty()) event.emplace_back("stan", data.stan);
    if (amount_known_) {
        const Amount& amount = approved_ ? *approved_ : data.amount;
        event.emplace_back("amount", amount.minor());
        event.emplace_back("currency", fmt::format("{:03}", amount.currency().numeric));
    }
    if (data.entry) event.emplace_back("entry", to_string(*data.entry));
    if (card_.chip() && decided_by_chip(data.type)) {
        event.emplace_back("tvr", card_.chip()->tvr_names());
        event.emplace_back("tsi", card_.chip()->tsi_names());
    }
    return event;
}

TransactionRecord Transaction::record() const {
    const iso8583::CivilTime now(parts_.journal.civil_now());
    TransactionRecord record;
    record.type = data.type;
    record.stan = data.stan;
    record.batch = parts_.journal.batch();
    record.amount = data.amount;
    record.total = total.value_or(data.amount);
    record.down = lowers;
    record.pan = data.pan;
    record.expiry = data.expiry;
    record.psn = data.psn;
    if (data.entry) record.entry = to_string(*data.entry);
    record.auth_code = data.auth_code;
    record.date = fmt::format("{:02}{:02}", unsigned(now.date.month()), unsigned(now.date.day()));
    record.time = printed_time(now);
    if (data.original) record.original = *data.original;
    if (data.type == Type::emv_offline_sale) record.icc = data.icc;
    if (data.entry == Entry::code) record.signature = false;
    if (chip_) {
        record.chip = chip_->receipt_line();
        record.signature = chip_->wants_signature();
        record.unverified = data.entry == Entry::contactless && !record.signature && data.pin_block.empty();
    }
    return record;
}

}  // namespace posbench::terminal
