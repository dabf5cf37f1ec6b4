#include <charconv>
#include <cstdint>
#include <system_error>
#include <utility>

#include "drivers/protocols/iso8583/codes.hpp"
#include "drivers/terminal/emulated/advices.hpp"
#include "drivers/terminal/emulated/orders.hpp"
#include "drivers/terminal/emulated/transaction.hpp"

/// A transaction at its host: what is owed goes first, the reversal is stored, the request sent, the reply
/// checked and acted upon.
namespace posbench::terminal {

using runtime::Task;

namespace {

constexpr std::string_view host_not_reached = "Z3";  // tag 8A: unable to go online, declined

/// Field 4 of a partial approval: check_reply() saw that it is twelve digits and no more than was asked for,
/// where it looks at amounts (the defect reply-amount-unchecked).
std::optional<std::int64_t> part_of(const iso8583::Message& reply) {
    const std::string_view digits = reply.get(4);
    std::int64_t minor = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), minor);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size() || minor < 0)
        return std::nullopt;
    return minor;
}

}  // namespace

Task<End> Transaction::go_online() {
    const bool late = settings_.defects.has(Defect::reversal_after_next_sale);
    std::optional<Reversal> held = late ? parts_.journal.reversal() : std::nullopt;
    std::optional<OnlineFailure> owing;
    if (!late) owing = co_await parts_.online.settle_reversal();
    // Without keys it would fetch others than those that the PIN block is under.
    if (!owing && parts_.online.signed_in()) owing = co_await settle_order(parts_);
    if (owing) {
        End end{"failed", owing->reason, owing->text, owing->code};
        co_return co_await undecided(std::move(end));
    }
    End end = co_await ask_host();
    if (held) {
        co_await parts_.journal.store_reversal(held->message);
        const auto still_owing = co_await parts_.online.settle_reversal();
        static_cast<void>(still_owing);
    }
    co_return end;
}

Task<End> Transaction::ask_host() {
    if (!parts_.online.signed_in()) {  // what went before has cost the keys, and the PIN block is under them
        End end = ended("failed", "sign_in", Text::sign_in_first);
        co_return co_await undecided(std::move(end));
    }
    iso8583::Message request = transaction_request(settings_, parts_.journal.batch(), data);
    auto reply = co_await exchange(request);
    if (!reply && reply.error().reason == "no_reply" && settings_.defects.has(Defect::retries_sale)) {
        data.stan = co_await parts_.journal.take_stan();
        request.set(11, data.stan);
        reply = co_await exchange(request);
    }
    if (!reply) {
        if (reply.error().reason == "bad_reply") co_await amend_reversal("06");
        co_return co_await no_decision(reply.error());
    }
    const auto mismatch = check_reply(settings_, request, *reply);
    if (mismatch) {
        co_await amend_reversal(mismatch->reversal_reason);
        End end = ended("failed", mismatch->reason, mismatch->text);
        co_return co_await undecided(std::move(end));
    }
    host_answered_ = true;
    parts_.online.note_requirement(*reply);
    co_return co_await act_on(*reply);
}

bool Transaction::reversible() const noexcept {
    if (data.type == iso8583::TransactionType::inquiry)
        return settings_.defects.has(Defect::reverses_inquiries);
    return iso8583::transaction_row(data.type).reversible;
}

/// Sends the request and waits for the reply. The reversal is stored before the first octet leaves.
Task<Result<Reply, LinkFailure>> Transaction::exchange(const iso8583::Message& request) {
    const auto unreachable = co_await parts_.link.open();
    if (unreachable) co_return *unreachable;
    connected_ = true;

    const Defects& defects = settings_.defects;
    iso8583::Message reversal = reversal_request(settings_, request, data, "98");
    const bool stores = reversible() && !defects.has(Defect::forgets_reversal);
    const bool late = defects.has(Defect::reversal_after_sending);
    if (stores && !late) co_await parts_.journal.store_reversal(reversal);
    const auto unsent = co_await parts_.link.send(request, Link::Protection::mac);
    if (stores && late) co_await parts_.journal.store_reversal(std::move(reversal));
    if (unsent) co_return *unsent;

    auto reply = co_await parts_.link.receive();
    co_await parts_.link.close();
    if (!reply && reply.error().begun && defects.has(Defect::acts_on_half_message))
        co_return assumed_approval(settings_, request);
    co_return reply;
}

/// A host that was never reached leaves the decision upon a sale to terminal and card, where the terminal's
/// type lets them approve (EMV book 3, clause 10.7). One that may have got the request is asked to reverse
/// it, and so nothing is approved.
Task<End> Transaction::no_decision(LinkFailure failure) {
    End end = ended("failed", failure.reason, failure.text);
    if (!chip_ || connected_ || data.type != iso8583::TransactionType::sale)
        co_return co_await undecided(std::move(end));
    co_await panel_.enter(State::completing);
    const ChipStep refused = co_await chip_->complete_without_host();
    if (refused || !approved_by_card()) co_return end;
    co_return co_await accept_certificate();
}

/// The host did not decide, or nothing it said can be trusted: a card that gave its ARQC is told so with a
/// second GENERATE AC (EMV book 3, clause 10.11), whatever it answers.
Task<End> Transaction::undecided(End end) {
    if (chip_) {
        co_await panel_.enter(State::completing);
        HostDecision unreached{false, std::string(host_not_reached), {}};
        const ChipStep ignored = co_await chip_->complete(std::move(unreached));
        static_cast<void>(ignored);
        co_await amend_reversal({});
    }
    co_return end;
}

/// The stored reversal learns why it is to be sent (empty: as it was) and how the card stands now.
Task<void> Transaction::amend_reversal(std::string_view reason) {
    Bytes icc = chip_ ? chip_->field55_of_reversal() : Bytes();
    co_await parts_.journal.amend_reversal(data.stan, reason, std::move(icc));
}

Task<End> Transaction::act_on(const Reply& reply) {
    co_await panel_.enter(State::completing);
    const iso8583::Message& message = reply.message;
    const std::string code(message.get(39));
    const bool approved = approves(code, settings_.defects);
    if (!approved && reversible()) co_await parts_.journal.drop_reversal("declined");
    if (asks_for_sign_in(code, settings_.defects)) co_await parts_.online.require_sign_in();

    ChipStep refused;
    if (chip_) {
        const ByteView icc = message.bytes(55);
        HostDecision decision{approved, code, Bytes(icc.begin(), icc.end())};
        refused = co_await chip_->complete(std::move(decision));
    }
    if (!approved)
        co_return End{"declined", "host_code", std::string(say_code(code, panel_.cardholder_language())),
                      code};
    if (refused) {
        // The host has charged what the card does not confirm: the reversal stays.
        co_await amend_reversal("06");
        End end = ended(refused->outcome, refused->reason, refused->text);
        end.code = code;
        co_return end;
    }
    co_return co_await approve(message);
}

Task<End> Transaction::approve(const iso8583::Message& reply) {
    const std::string code(reply.get(39));
    End end{"approved", {}, std::string(say_code(code, panel_.cardholder_language())), code};
    balance_ = reply.get(54);
    if (data.type == iso8583::TransactionType::inquiry) {
        if (reversible()) co_await parts_.journal.drop_reversal("approved");
        co_return end;
    }
    TransactionRecord kept = record();
    const bool partly = iso8583::find_response_code(code).action == iso8583::CodeAction::partly_approved;
    if (partly && !settings_.defects.has(Defect::prints_full_amount_on_partial))
        kept.amount = kept.total = Amount(part_of(reply).value_or(data.amount.minor()), settings_.currency);
    kept.rrn = reply.get(37);
    kept.auth_code = reply.get(38);
    kept.foreign = is_foreign(reply.bytes(63));
    approved_ = kept.amount;
    co_await parts_.journal.approve(kept);
    co_return end;
}

Task<End> Transaction::advise() {
    const bool awaits_host = is_refund(data.type);
    auto owing = co_await parts_.online.settle_reversal();
    if (!owing && awaits_host) owing = co_await settle_order(parts_);
    if (owing) co_return End{"failed", owing->reason, owing->text, owing->code};
    End end;
    if (awaits_host) {
        end = co_await await_refund();
    } else {
        end = co_await approve_offline();
    }
    const auto unanswered = co_await clear_advices(parts_, data.stan);
    const TransactionRecord& kept = *parts_.journal.find(data.stan);
    if (kept.upload == Upload::refused)
        co_return End{"declined", "host_code",
                      std::string(say_code(kept.refusal, panel_.cardholder_language())), kept.refusal};
    if (!awaits_host || kept.upload == Upload::done) co_return end;
    std::string text = unanswered->text + "\n" + std::string(say(Text::refund_waits, panel_.language()));
    co_return End{"failed", unanswered->reason, std::move(text), unanswered->code};
}

/// A refund is no approval before its host says so: what is said here is said when it did.
Task<End> Transaction::await_refund() {
    TransactionRecord kept = record();
    co_await parts_.journal.keep_due(std::move(kept));
    co_return End{"approved", {}, std::string(say_code("00", panel_.language())), "00"};
}

}  // namespace posbench::terminal
