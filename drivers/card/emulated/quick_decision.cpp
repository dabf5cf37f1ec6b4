#include "drivers/card/emulated/quick_decision.hpp"

#include <algorithm>

#include "drivers/protocols/emv/apdu.hpp"

namespace posbench::card {
namespace {

/// Of history a quick profile tells that the PIN try limit and velocity limits are exceeded, and what scripts
/// did.
emv::CardResults told(emv::CardResults results) noexcept {
    results.last_online_not_completed = results.new_card = results.issuer_authentication_failed_before =
        results.issuer_authentication_missing = results.application_blocked_by_pin =
            results.sda_failed_before = false;
    return results;
}

std::optional<std::int64_t> amount_of(const ApplicationMemory& memory, emv::Tag tag) {
    const Bytes* value = memory.objects.find(tag);
    return value ? std::optional(packed_decimal(*value)) : std::nullopt;
}

bool offline_only(const QuickRequest& request) noexcept {
    return (request.qualifiers[0] & ttq::offline_only) != 0;
}

bool verification_required(const Contactless& settings, const ApplicationMemory& memory,
                           const QuickRequest& request) {
    if (request.qualifiers[1] & ttq::cvm_required) return true;
    if (!request.situation.in_card_currency) return settings.cvm_abroad;
    const auto limit = amount_of(memory, quick_tag::cvm_limit);
    return limit && request.situation.amount > *limit;
}

/// The first of both sides' methods, in the order online PIN, signature, as a bit of 9F6C; 0 without any.
std::uint8_t common_verification(const Contactless& settings, const QuickRequest& request) noexcept {
    const bool pin = request.situation.in_card_currency ? settings.online_pin : settings.online_pin_abroad;
    if (pin && (request.qualifiers[0] & ttq::online_pin) && !offline_only(request)) return ctq::online_pin;
    if (settings.signature && (request.qualifiers[0] & ttq::signature)) return ctq::signature;
    return 0;
}

/// Without a method in common: Visa's cards send the holder to the contacts, where the reader has some.
std::uint16_t refusal(const Contactless& settings, const QuickRequest& request) noexcept {
    const bool contacts = (request.qualifiers[0] & ttq::contact_supported) != 0;
    return settings.profile == Profile::qvsdc && contacts ? emv::sw::data_invalidated
                                                          : emv::sw::conditions_not_satisfied;
}

bool balance_suffices(const ApplicationMemory& memory, std::int64_t amount) {
    const auto limit = amount_of(memory, quick_tag::transaction_limit);
    return amount <= amount_of(memory, quick_tag::balance).value_or(0) && (!limit || amount <= *limit);
}

/// The balance would fall below the threshold at which the issuer is to be asked for more.
bool runs_low(const ApplicationMemory& memory, std::int64_t amount) {
    const auto threshold = amount_of(memory, quick_tag::reset_threshold);
    return threshold && amount_of(memory, quick_tag::balance).value_or(0) - amount < *threshold;
}

/// A purchase that nothing but the limits can keep from being approved offline.
bool may_stay_offline(const Contactless& settings, const QuickRequest& request, std::uint8_t verification) {
    return settings.approves_offline() && request.purchase && request.situation.in_card_currency &&
           !request.situation.online_required && verification != ctq::online_pin &&
           (request.qualifiers[1] & ttq::cryptogram_online) == 0;
}

CryptogramType decide_within_limits(const Contactless& settings, const ApplicationMemory& memory,
                                    const QuickRequest& request) {
    const TransactionSituation& now = request.situation;
    if (settings.low_value && !balance_suffices(memory, now.amount)) return CryptogramType::arqc;
    if (settings.low_value && !offline_only(request) && runs_low(memory, now.amount))
        return CryptogramType::arqc;
    const CryptogramType type = decide_first(memory, now);
    if (type != CryptogramType::arqc || !offline_only(request)) return type;
    // A reader without a host is a terminal that could not reach it: the upper limits count.
    TransactionSituation alone = now;
    alone.issuer = IssuerContact::unreachable;
    return decide_second(memory, alone);
}

}  // namespace

std::variant<QuickDecision, std::uint16_t> decide_quick(const Contactless& settings,
                                                        const ApplicationMemory& memory,
                                                        const QuickRequest& request) {
    const TransactionSituation& now = request.situation;
    if ((request.qualifiers[0] & ttq::quick_supported) == 0 || memory.blocked)
        return emv::sw::conditions_not_satisfied;

    QuickDecision decision;
    decision.qualifiers = settings.qualifiers;
    std::uint8_t verification = 0;
    if (verification_required(settings, memory, request)) {
        verification = common_verification(settings, request);
        if (verification == 0) return refusal(settings, request);
        decision.qualifiers[0] |= verification;
    }

    const bool offline = may_stay_offline(settings, request, verification);
    decision.type = offline ? decide_within_limits(settings, memory, request) : CryptogramType::arqc;
    const bool refused_abroad = settings.declines_abroad && !now.in_card_currency;
    if (refused_abroad || (decision.type == CryptogramType::arqc && offline_only(request)))
        decision.type = CryptogramType::aac;
    decision.from_balance = settings.low_value && decision.type == CryptogramType::tc;

    decision.results = told(first_results(memory, now, decision.type));
    if (settings.low_value && now.in_card_currency && !balance_suffices(memory, now.amount))
        decision.results.velocity_exceeded = true;
    return decision;
}

std::int64_t available_amount(const Contactless& settings, const ApplicationMemory& memory) {
    std::int64_t available = settings.low_value ? amount_of(memory, quick_tag::balance).value_or(0) : 0;
    const auto limit = amount_of(memory, risk_tag::amount_limit);
    if (!settings.cumulative || !limit) return available;
    const std::int64_t left = std::max<std::int64_t>(*limit - memory.offline_amount, 0);
    return settings.low_value ? std::min(available, left) : left;
}

}  // namespace posbench::card
