#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "drivers/host/acquirer/authorisation.hpp"
#include "drivers/protocols/iso8583/civil_time.hpp"
#include "drivers/protocols/iso8583/codes.hpp"

// A recording answers transactions. The host still says who may ask, and keeps the books: what it answers is
// booked, and what cannot be booked is not answered.

namespace posbench::host {
namespace {

using Answer = Replayed::Answer;

/// Field 39 where nothing is left to answer with: the system does not work.
constexpr std::string_view nothing_left = "96";

/// The first check of this concern that refuses, with its code; null when none does, and no code.
const Check* first_refusing(Deciding& deciding, Concern concern, Refusal& code) {
    code = passed;
    for (const Check& check : checks_for(deciding.type)) {
        if (check.concern != concern) continue;
        code = check.ask(deciding);
        if (!code.empty()) return &check;
        if (deciding.known) return nullptr;
    }
    return nullptr;
}

/// A reversal, an upload, or what asks about an order: it tells of a transaction that the books know already.
bool is_bookkeeping(const Deciding& deciding) {
    return deciding.type == TransactionType::reversal || iso8583::asks_about_order(deciding.type) ||
           deciding.request.message.mti() == "0320";
}

/// A reversal that these answer is forgotten by its terminal, as if it had been done.
bool ends_reversal(std::string_view code) {
    return code == "12" || code == "25";
}

bool is_in_force(const Transaction* original) {
    return original && original->standing == Standing::approved;
}

/// What was approved of the amount of a sale or pre-authorisation; none where it is another transaction, or
/// field 4 says more than was asked for, or nothing.
std::optional<Amount> approved_part(const Deciding& deciding, const iso8583::Message& reply) {
    const bool divisible =
        deciding.type == TransactionType::sale || deciding.type == TransactionType::pre_authorisation;
    const std::string_view digits = reply.get(4);
    std::int64_t minor = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), minor);
    const bool is_number = error == std::errc() && end == digits.data() + digits.size();
    const Amount part(minor, deciding.profile.currency);
    return divisible && is_number && minor > 0 && part <= deciding.amount() ? std::optional(part)
                                                                            : std::nullopt;
}

/// The recorded answer as it goes out now: what it repeats is this request's, what it dates is today.
iso8583::Message reply_now(const Deciding& deciding, const RecordedExchange& recorded) {
    const KeptMessage& kept = recorded.reply.value();
    iso8583::Message reply = answer_like(deciding.profile.dialect, recorded, deciding.request.message);
    const iso8583::CivilTime time(deciding.now);
    if (!kept.get(12).empty()) reply.set(12, time.hhmmss());
    for (const int date : {13, 15})
        if (!kept.get(date).empty()) reply.set(date, time.mmdd());
    return reply;
}

std::string in_words(const StandIn::Found& found) {
    if (found.taken)
        return found.differs.empty()
                   ? ""
                   : fmt::format("recorded with another {}", fmt::join(found.differs, ", "));
    if (found.line == 0) return "the recording has no such message type";
    return found.differs.empty() ? "all of this kind have been answered"
                                 : fmt::format("the nearest has another {}", fmt::join(found.differs, ", "));
}

}  // namespace

std::string_view to_string(Answer answer) noexcept {
    constexpr std::array<std::string_view, 5> names{"given", "withheld", "hung_up", "missing", "overruled"};
    return names[static_cast<std::size_t>(answer)];
}

Outcome Authorisation::replay(Deciding& deciding) {
    Refusal code;
    if (const Check* refusing = first_refusing(deciding, Concern::message, code))
        return refuse(deciding, code, refusing->name);
    if (deciding.known) return repeat(deciding);
    const StandIn::Found found = stand_in_->take(deciding.request.message);
    Replayed replayed{Answer::missing, found.line, {}, in_words(found)};
    Outcome outcome;
    if (!found.taken) {
        outcome = replay_missing(deciding);
    } else if (found.taken->reply) {
        replayed.wait = found.taken->took;
        outcome = replay_reply(deciding, *found.taken, replayed);
    } else {
        replayed.answer = found.taken->closed ? Answer::hung_up : Answer::withheld;
        replayed.wait = found.taken->closed.value_or(runtime::Duration());
        // What that host decided nobody knows: nothing is booked, and this reply is never sent.
        outcome = refuse_unasked(deciding.request, nothing_left, deciding.now);
    }
    outcome.replayed = std::move(replayed);
    return outcome;
}

Outcome Authorisation::replay_missing(Deciding& deciding) {
    Refusal code = nothing_left;
    const Check* refusing =
        is_bookkeeping(deciding) ? first_refusing(deciding, Concern::original, code) : nullptr;
    if (!code.empty()) return refuse(deciding, code, refusing ? refusing->name : std::string_view());
    open_account(deciding);
    return approve(deciding);
}

Outcome Authorisation::replay_reply(Deciding& deciding, const RecordedExchange& recorded,
                                    Replayed& replayed) {
    replayed.answer = Answer::overruled;
    const iso8583::Message reply = reply_now(deciding, recorded);
    if (iso8583::is_of_order(deciding.type)) return replay_order(deciding, reply, replayed);
    const std::string_view recorded_code = reply.get(39);
    const bool is_reversal = deciding.type == TransactionType::reversal;
    Refusal code;
    const Check* unbookable = first_refusing(deciding, Concern::original, code);
    // The reversal of what was never seen undoes nothing, whatever it is answered.
    const bool forestalls = is_reversal && code == "25";
    if (iso8583::approves(recorded_code) && unbookable && !forestalls) {
        replayed.detail =
            fmt::format("code {} cannot be booked: {} refuses", recorded_code, unbookable->name);
        return refuse(deciding, code, unbookable->name);
    }
    if (recorded_code == "10" && !(deciding.partly = approved_part(deciding, reply))) {
        replayed.detail = "code 10 cannot be booked: field 4 is no part of the amount of a sale";
        return refuse(deciding, nothing_left, {});
    }
    if (is_reversal && ends_reversal(recorded_code) && !unbookable && is_in_force(deciding.original)) {
        replayed.detail = fmt::format("code {} would end the reversal of what is booked", recorded_code);
        return approve(deciding);
    }
    replayed.answer = Answer::given;
    Outcome outcome = iso8583::approves(recorded_code) && !forestalls
                          ? approve_as(deciding, reply)
                          : refuse(deciding, forestalls ? code : recorded_code, {});
    outcome.reply = reply;
    return outcome;
}

Outcome Authorisation::approve_as(Deciding& deciding, const iso8583::Message& reply) {
    constexpr std::size_t rrn_size = 12;
    open_account(deciding);
    std::string rrn(reply.get(37));
    if (rrn.size() != rrn_size) rrn = next_rrn(deciding.now);
    return approve(deciding, {reply.get(39), std::move(rrn), std::string(reply.get(38))});
}

/// A card that the profile does not know has an account from its first approval on, which begins with
/// nothing.
void Authorisation::open_account(const Deciding& deciding) {
    const std::string& pan = deciding.request.card.pan;
    if (!deciding.original && !pan.empty() && !ledger_.has_account(pan))
        ledger_.open_account(pan, Amount(0, profile_.currency));
}

}  // namespace posbench::host
