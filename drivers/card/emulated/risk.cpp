#include "drivers/card/emulated/risk.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "drivers/card/emulated/contactless.hpp"
#include "drivers/protocols/emv/bits.hpp"

namespace posbench::card {
namespace {

constexpr std::uint8_t issuer_authentication_mandatory = 0x80;  // of 9F56
constexpr std::uint8_t most_transactions = 0xFF;                // that an octet counts

/// Where an octet of the card status update stands in the number made of its four.
constexpr std::uint32_t in_octet1(std::uint8_t bits) noexcept {
    return std::uint32_t{bits} << 24;
}
constexpr std::uint32_t in_octet2(std::uint8_t bits) noexcept {
    return std::uint32_t{bits} << 16;
}

bool wants(const ApplicationMemory& memory, std::uint16_t action) noexcept {
    const ByteView octets = memory.objects.get(risk_tag::default_action);
    return octets.size() == 2 && (octets[(action >> 8) - 1u] & (action & 0xFF)) != 0;
}

bool is_new(const ApplicationMemory& memory) noexcept {
    return memory.last_online_atc == 0;
}

bool beyond_consecutive(const ApplicationMemory& memory, emv::Tag limit) noexcept {
    const ByteView value = memory.objects.get(limit);
    return value.size() == 1 && memory.atc - memory.last_online_atc + memory.transactions_added > value[0];
}

bool beyond_amount(const ApplicationMemory& memory, const TransactionSituation& now,
                   emv::Tag limit) noexcept {
    const ByteView value = memory.objects.get(limit);
    return value.size() == 6 && now.in_card_currency &&
           memory.offline_amount + now.amount > packed_decimal(value);
}

bool lower_velocity_exceeded(const ApplicationMemory& memory, const TransactionSituation& now) noexcept {
    return beyond_consecutive(memory, risk_tag::lower_consecutive_limit) ||
           beyond_amount(memory, now, risk_tag::amount_limit);
}

bool upper_velocity_exceeded(const ApplicationMemory& memory, const TransactionSituation& now) noexcept {
    return beyond_consecutive(memory, risk_tag::upper_consecutive_limit) ||
           beyond_amount(memory, now, risk_tag::upper_amount_limit);
}

bool declined_for_pin(const ApplicationMemory& memory, const TransactionSituation& now) noexcept {
    return now.pin_blocked && now.offline_pin == OfflinePin::not_performed &&
           (wants(memory, default_action::pin_blocked_declined) ||
            wants(memory, default_action::pin_blocked_declined_and_blocked));
}

bool blocked(const ApplicationMemory& memory, const TransactionSituation& now) noexcept {
    return memory.blocked || now.card_blocked;
}

/// One of the reasons to ask the issuer where the terminal would have approved.
bool must_go_online(const ApplicationMemory& memory, const TransactionSituation& now) noexcept {
    return now.online_required || memory.go_online || memory.online_not_completed ||
           (memory.issuer_authentication_failed &&
            wants(memory, default_action::failed_issuer_authentication_online_next)) ||
           (is_new(memory) && wants(memory, default_action::new_card_online)) ||
           (now.pin_blocked && wants(memory, default_action::pin_blocked_online)) ||
           (memory.script_failed && wants(memory, default_action::script_failed_online)) ||
           lower_velocity_exceeded(memory, now);
}

bool declined_offline(const ApplicationMemory& memory, const TransactionSituation& now) noexcept {
    return upper_velocity_exceeded(memory, now) ||
           (is_new(memory) && wants(memory, default_action::new_card_declined_offline)) ||
           (now.pin_blocked && wants(memory, default_action::pin_blocked_declined_offline));
}

bool issuer_authentication_missing(const ApplicationMemory& memory,
                                   const TransactionSituation& now) noexcept {
    const ByteView indicator = memory.objects.get(risk_tag::issuer_authentication);
    const bool mandatory = (indicator.size() == 1 && (indicator[0] & issuer_authentication_mandatory) != 0);
    return mandatory && now.issuer_authentication_supported && now.issuer == IssuerContact::asked &&
           now.issuer_authentication == IssuerAuthentication::not_performed;
}

bool declined_by_issuer_authentication(const ApplicationMemory& memory,
                                       const TransactionSituation& now) noexcept {
    // Without a default action a card declines after an ARPC that is wrong: nothing else protects it.
    const bool says = memory.objects.has(risk_tag::default_action);
    if (now.issuer_authentication == IssuerAuthentication::failed)
        return !says || wants(memory, default_action::failed_issuer_authentication_declined);
    return issuer_authentication_missing(memory, now) &&
           (!says || wants(memory, default_action::missing_issuer_authentication_declined));
}

void add_cardholder(emv::CardResults& results, const ApplicationMemory& memory,
                    const TransactionSituation& now) {
    results.offline_pin_not_performed = now.offline_pin == OfflinePin::not_performed;
    results.offline_pin_performed = !results.offline_pin_not_performed;
    results.offline_pin_enciphered = results.offline_pin_performed && now.offline_pin_enciphered;
    results.offline_pin_successful = now.offline_pin == OfflinePin::right;
    results.offline_pin_failed = now.offline_pin == OfflinePin::wrong;
    results.terminal_errs_about_pin = now.terminal_takes_pin_for_right && !results.offline_pin_successful;
    results.pin_try_limit_exceeded = now.pin_blocked;
    results.pin_tries_left = static_cast<std::uint8_t>(now.pin_tries_left);
    results.application_blocked_by_pin =
        memory.blocked && now.pin_blocked && wants(memory, default_action::pin_blocked_blocks_application);
}

void add_limits(emv::CardResults& results, const ApplicationMemory& memory, const TransactionSituation& now) {
    results.lower_count_exceeded = beyond_consecutive(memory, risk_tag::lower_consecutive_limit);
    results.upper_count_exceeded = beyond_consecutive(memory, risk_tag::upper_consecutive_limit);
    results.lower_amount_exceeded = beyond_amount(memory, now, risk_tag::amount_limit);
    results.upper_amount_exceeded = beyond_amount(memory, now, risk_tag::upper_amount_limit);
}

/// What is alike in both cryptograms.
void add_findings(emv::CardResults& results, const ApplicationMemory& memory,
                  const TransactionSituation& now) {
    add_cardholder(results, memory, now);
    add_limits(results, memory, now);
    results.new_card = is_new(memory);
    results.issuer_authentication_failed_before = memory.issuer_authentication_failed;
    results.sda_failed_before = memory.static_authentication_failed;
    results.dda_failed_before = memory.dynamic_authentication_failed;
    results.go_online_set = memory.go_online;
    results.script_commands = memory.script_commands;
    results.script_received = memory.script_commands > 0;
    results.script_failed = memory.script_failed;
    results.dda_performed = now.dda_performed;
    results.cda_in_first = now.cda_in_first;
    results.cda_in_second = now.cda_in_second;
    results.domestic = now.domestic;
    results.international = !now.domestic;
}

/// What was approved without the issuer counts against the limits.
void count_offline(ApplicationMemory& memory, const TransactionSituation& now) {
    if (memory.offline_transactions < most_transactions) ++memory.offline_transactions;
    if (now.in_card_currency)
        memory.offline_amount = std::min(memory.offline_amount + now.amount, most_amount);
}

/// A decline without the issuer, which is told of it with the next cryptogram.
void note_failed_authentication(ApplicationMemory& memory, const TransactionSituation& now) {
    memory.static_authentication_failed |= now.static_authentication_failed;
    memory.dynamic_authentication_failed |= now.dynamic_authentication_failed;
}

void reset_counters(ApplicationMemory& memory) {
    memory.last_online_atc = memory.atc;
    memory.transactions_added = 0;
    memory.offline_amount = 0;
    memory.offline_transactions = 0;
}

void set_to_upper_limits(ApplicationMemory& memory) {
    const Bytes* count = memory.objects.find(risk_tag::upper_consecutive_limit);
    if (count && count->size() == 1) {
        memory.transactions_added = (*count)[0] - (memory.atc - memory.last_online_atc);
        memory.offline_transactions = (*count)[0];
    }
    if (const Bytes* amount = memory.objects.find(risk_tag::upper_amount_limit))
        memory.offline_amount = packed_decimal(*amount);
}

/// Offline counters as the issuer's card status update wants them (EMV book 3 annex C10, octet 2, bits 2-1).
void update_counters(ApplicationMemory& memory, const TransactionSituation& now, std::uint32_t csu) {
    switch (csu & in_octet2(emv::csu::counters)) {
        case in_octet2(emv::csu::counters_to_zero):
            return reset_counters(memory);
        case in_octet2(emv::csu::counters_add_transaction):
            return count_offline(memory, now);
        case in_octet2(emv::csu::counters_to_upper_limit):
            return set_to_upper_limits(memory);
        default:
            return;
    }
}

/// The issuer was there, as far as the card can know.
void note_issuer(ApplicationMemory& memory, const TransactionSituation& now) {
    // Without a card status update its presence alone clears the counters.
    if (now.card_status_update)
        update_counters(memory, now, *now.card_status_update);
    else
        reset_counters(memory);
    // Of scripts in this very transaction the issuer hears with the next.
    if (!now.scripts_received) {
        memory.script_commands = 0;
        memory.script_failed = false;
    }
    memory.static_authentication_failed = false;
    memory.dynamic_authentication_failed = false;
}

void obey_status_update(CardMemory& card, ApplicationMemory& memory, int pin_tries, std::uint32_t csu) {
    if (csu & in_octet2(emv::csu::block_card)) card.blocked = true;
    if (csu & in_octet2(emv::csu::block_application)) memory.blocked = true;
    if (csu & in_octet2(emv::csu::set_pin_tries))
        card.pin_tries_left =
            std::min(static_cast<int>((csu & in_octet1(emv::csu::pin_tries)) >> 24), pin_tries);
    memory.go_online = (csu & in_octet2(emv::csu::go_online)) != 0;
}

/// Visa's funds for low values are the issuer's to fill up, by its approval.
void refill_balance(ApplicationMemory& memory) {
    if (!memory.refills_balance) return;
    const Bytes* limit = memory.objects.find(quick_tag::balance_limit);
    if (limit) memory.objects.set(quick_tag::balance, Bytes(*limit));
}

}  // namespace

bool is_packed_decimal(ByteView octets) noexcept {
    return std::ranges::all_of(octets,
                               [](std::uint8_t octet) { return octet >> 4 <= 9 && (octet & 0x0F) <= 9; });
}

std::int64_t packed_decimal(ByteView octets) noexcept {
    std::int64_t value = 0;
    for (const std::uint8_t octet : octets)
        value = std::min(value * 100 + (octet >> 4) * 10 + (octet & 0x0F), most_amount);
    return value;
}

Bytes packed_amount(std::int64_t minor_units) {
    return hex(fmt::format("{:012}", std::min(minor_units, most_amount)));
}

void block_for_pin(ApplicationMemory& memory, const TransactionSituation& now) {
    const bool now_exceeded = now.pin_blocked && now.offline_pin == OfflinePin::wrong;
    const bool before = now.pin_blocked && now.offline_pin == OfflinePin::not_performed;
    if ((now_exceeded && wants(memory, default_action::pin_blocked_blocks_application)) ||
        (before && wants(memory, default_action::pin_blocked_declined_and_blocked)))
        memory.blocked = true;
}

CryptogramType decide_first(const ApplicationMemory& memory, const TransactionSituation& now) {
    if (now.requested == CryptogramType::aac || blocked(memory, now) || declined_for_pin(memory, now))
        return CryptogramType::aac;
    if (now.requested == CryptogramType::arqc || must_go_online(memory, now)) return CryptogramType::arqc;
    return CryptogramType::tc;
}

CryptogramType decide_second(const ApplicationMemory& memory, const TransactionSituation& now) {
    if (now.requested == CryptogramType::aac || blocked(memory, now)) return CryptogramType::aac;
    if (now.issuer != IssuerContact::asked)
        return declined_offline(memory, now) ? CryptogramType::aac : CryptogramType::tc;
    if (declined_by_issuer_authentication(memory, now)) return CryptogramType::aac;
    if (now.card_status_update && (*now.card_status_update & in_octet2(emv::csu::issuer_approves)) == 0)
        return CryptogramType::aac;
    return CryptogramType::tc;
}

emv::CardResults first_results(const ApplicationMemory& memory, const TransactionSituation& now,
                               CryptogramType decided) {
    using Results = emv::CardResults;
    Results results;
    results.second = Results::Second::not_requested;
    if (decided == CryptogramType::tc) results.first = Results::First::tc;
    if (decided == CryptogramType::arqc) results.first = Results::First::arqc;
    results.last_online_not_completed = memory.online_not_completed;
    add_findings(results, memory, now);
    return results;
}

emv::CardResults second_results(const ApplicationMemory& memory, const TransactionSituation& now,
                                CryptogramType decided) {
    using Results = emv::CardResults;
    // An online transaction that is being completed is not one that was not.
    Results results;
    results.first = Results::First::arqc;
    if (decided == CryptogramType::tc) results.second = Results::Second::tc;
    results.issuer_authentication_performed =
        now.issuer_authentication != IssuerAuthentication::not_performed;
    results.issuer_authentication_failed = now.issuer_authentication == IssuerAuthentication::failed;
    results.issuer_authentication_missing = issuer_authentication_missing(memory, now);
    results.unable_to_go_online = now.issuer == IssuerContact::unreachable;
    add_findings(results, memory, now);
    return results;
}

void remember_first(ApplicationMemory& memory, const TransactionSituation& now, CryptogramType decided) {
    if (decided == CryptogramType::arqc) {
        // Cleared when the second cryptogram is made.
        if (!now.only_cryptogram) memory.online_not_completed = true;
        return;
    }
    if (decided == CryptogramType::tc) {
        count_offline(memory, now);
        return;
    }
    note_failed_authentication(memory, now);
}

void remember_second(CardMemory& card, ApplicationMemory& memory, int pin_tries,
                     const TransactionSituation& now, CryptogramType decided) {
    memory.online_not_completed = false;
    if (now.issuer != IssuerContact::asked) {
        if (decided == CryptogramType::tc)
            count_offline(memory, now);
        else
            note_failed_authentication(memory, now);
        // The next transaction asks again.
        memory.online_not_completed = true;
        return;
    }
    // It failed, or had to be and was not (VIS 1.4, PBOC 2.0 part 5: issuer authentication failure
    // indicator).
    const bool missing = issuer_authentication_missing(memory, now);
    memory.issuer_authentication_failed =
        now.issuer_authentication == IssuerAuthentication::failed || missing;
    if (now.card_status_update) obey_status_update(card, memory, pin_tries, *now.card_status_update);
    const bool known = now.issuer_authentication == IssuerAuthentication::passed ||
                       (now.issuer_authentication == IssuerAuthentication::not_performed && !missing);
    if (known) note_issuer(memory, now);
    if (now.issuer_authentication == IssuerAuthentication::passed && decided == CryptogramType::tc)
        refill_balance(memory);
}

}  // namespace posbench::card
