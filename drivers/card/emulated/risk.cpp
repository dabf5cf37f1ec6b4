#include "drivers/card/emulated/risk.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "drivers/card/emulated/contactless.hpp"
#include "drivers/protocols/emv/bits.hpp"

namespace posbench::card {
namespace {

/// Octets 2 to 4 of the card verification results (VIS 1.4 and PBOC 2.0 part 5).
namespace results {
inline constexpr std::uint8_t unable_to_go_online = 0x01;  // octet 2, beside those of emv::cvr
inline constexpr std::uint8_t online_not_completed = 0x80, pin_blocked = 0x40, velocity_exceeded = 0x20,
                              new_card = 0x10, issuer_authentication_failed_before = 0x08,
                              issuer_authentication_missing = 0x04, application_blocked_by_pin = 0x02,
                              static_authentication_failed_before = 0x01;  // octet 3
inline constexpr std::uint8_t script_failed = 0x08, dynamic_authentication_failed_before = 0x04,
                              dynamic_authentication_performed = 0x02;  // octet 4
}  // namespace results

constexpr std::uint8_t issuer_authentication_mandatory = 0x80;  // of 9F56

/// Octet 2 of the card status update (EMV book 3 annex C10).
namespace update {
inline constexpr std::uint32_t issuer_approves = 0x800000, block_card = 0x400000,
                               block_application = 0x200000, set_pin_tries = 0x100000, go_online = 0x080000,
                               counters = 0x030000, counters_to_upper_limit = 0x010000,
                               counters_to_zero = 0x020000, counters_add_transaction = 0x030000,
                               pin_tries = 0x0F000000;
}  // namespace update

bool wants(const ApplicationMemory& memory, std::uint16_t action) noexcept {
    const ByteView octets = memory.objects.get(risk_tag::default_action);
    return octets.size() == 2 && (octets[(action >> 8) - 1u] & (action & 0xFF)) != 0;
}

bool is_new(const ApplicationMemory& memory) noexcept {
    return memory.last_online_atc == 0;
}

bool beyond_consecutive(const ApplicationMemory& memory, emv::Tag limit) noexcept {
    const ByteView value = memory.objects.get(limit);
    return value.size() == 1 && memory.atc - memory.last_online_atc > value[0];
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

/// Octets 3 and 4, alike in both cryptograms.
void add_history(emv::Cvr& cvr, const ApplicationMemory& memory, const TransactionSituation& now) {
    if (memory.online_not_completed) cvr[2] |= results::online_not_completed;
    if (now.pin_blocked) cvr[2] |= results::pin_blocked;
    if (lower_velocity_exceeded(memory, now) || upper_velocity_exceeded(memory, now))
        cvr[2] |= results::velocity_exceeded;
    if (is_new(memory)) cvr[2] |= results::new_card;
    if (memory.issuer_authentication_failed) cvr[2] |= results::issuer_authentication_failed_before;
    if (memory.blocked && now.pin_blocked && wants(memory, default_action::pin_blocked_blocks_application))
        cvr[2] |= results::application_blocked_by_pin;
    if (memory.static_authentication_failed) cvr[2] |= results::static_authentication_failed_before;
    cvr[3] |= static_cast<std::uint8_t>(memory.script_commands << 4);
    if (memory.script_failed) cvr[3] |= results::script_failed;
    if (memory.dynamic_authentication_failed) cvr[3] |= results::dynamic_authentication_failed_before;
    if (now.dynamic_authentication_performed) cvr[3] |= results::dynamic_authentication_performed;
    if (now.offline_pin != OfflinePin::not_performed) cvr[1] |= emv::cvr::offline_pin_performed;
    if (now.offline_pin == OfflinePin::wrong) cvr[1] |= emv::cvr::offline_pin_failed;
}

/// A limit of wrong PINs that the card was told to answer with a block.
void block_for_pin(ApplicationMemory& memory, const TransactionSituation& now) {
    const bool now_exceeded = now.pin_blocked && now.offline_pin == OfflinePin::wrong;
    const bool before = now.pin_blocked && now.offline_pin == OfflinePin::not_performed;
    if ((now_exceeded && wants(memory, default_action::pin_blocked_blocks_application)) ||
        (before && wants(memory, default_action::pin_blocked_declined_and_blocked)))
        memory.blocked = true;
}

/// What was approved without the issuer counts against the limits.
void count_offline(ApplicationMemory& memory, const TransactionSituation& now) {
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
    memory.offline_amount = 0;
}

/// Offline counters as the issuer's card status update wants them (EMV book 3 annex C10, octet 2, bits 2-1).
void update_counters(ApplicationMemory& memory, const TransactionSituation& now, std::uint32_t csu) {
    switch (csu & update::counters) {
        case update::counters_to_zero:
            return reset_counters(memory);
        case update::counters_add_transaction:
            return count_offline(memory, now);
        case update::counters_to_upper_limit:
            if (const Bytes* limit = memory.objects.find(risk_tag::upper_amount_limit))
                memory.offline_amount = packed_decimal(*limit);
            return;
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
    if (csu & update::block_card) card.blocked = true;
    if (csu & update::block_application) memory.blocked = true;
    if (csu & update::set_pin_tries)
        card.pin_tries_left = std::min(static_cast<int>((csu & update::pin_tries) >> 24), pin_tries);
    memory.go_online = (csu & update::go_online) != 0;
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

CryptogramType decide_first(const ApplicationMemory& memory, const TransactionSituation& now) {
    if (now.requested == CryptogramType::aac || memory.blocked || declined_for_pin(memory, now))
        return CryptogramType::aac;
    if (now.requested == CryptogramType::arqc || must_go_online(memory, now)) return CryptogramType::arqc;
    return CryptogramType::tc;
}

CryptogramType decide_second(const ApplicationMemory& memory, const TransactionSituation& now) {
    if (now.requested == CryptogramType::aac || memory.blocked) return CryptogramType::aac;
    if (now.issuer != IssuerContact::asked)
        return declined_offline(memory, now) ? CryptogramType::aac : CryptogramType::tc;
    if (declined_by_issuer_authentication(memory, now)) return CryptogramType::aac;
    if (now.card_status_update && (*now.card_status_update & update::issuer_approves) == 0)
        return CryptogramType::aac;
    return CryptogramType::tc;
}

emv::Cvr first_results(const ApplicationMemory& memory, const TransactionSituation& now,
                       CryptogramType decided) {
    emv::Cvr cvr{0x03, emv::cvr::second_not_requested, 0, 0};
    if (decided == CryptogramType::tc) cvr[1] |= emv::cvr::first_tc;
    if (decided == CryptogramType::arqc) cvr[1] |= emv::cvr::first_arqc;
    add_history(cvr, memory, now);
    return cvr;
}

emv::Cvr second_results(const ApplicationMemory& memory, const TransactionSituation& now,
                        CryptogramType decided) {
    emv::Cvr cvr{0x03, emv::cvr::first_arqc, 0, 0};
    if (decided == CryptogramType::tc) cvr[1] |= emv::cvr::second_tc;
    if (now.issuer_authentication == IssuerAuthentication::failed)
        cvr[1] |= emv::cvr::issuer_authentication_failed;
    if (now.issuer == IssuerContact::unreachable) cvr[1] |= results::unable_to_go_online;
    add_history(cvr, memory, now);
    // An online transaction that is being completed is not one that was not.
    cvr[2] &= static_cast<std::uint8_t>(~results::online_not_completed);
    if (issuer_authentication_missing(memory, now)) cvr[2] |= results::issuer_authentication_missing;
    return cvr;
}

void remember_first(ApplicationMemory& memory, const TransactionSituation& now, CryptogramType decided) {
    block_for_pin(memory, now);
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
    block_for_pin(memory, now);
    if (now.issuer != IssuerContact::asked) {
        if (decided == CryptogramType::tc)
            count_offline(memory, now);
        else
            note_failed_authentication(memory, now);
        // The next transaction asks again.
        memory.online_not_completed = true;
        return;
    }
    memory.issuer_authentication_failed = now.issuer_authentication == IssuerAuthentication::failed;
    if (now.card_status_update) obey_status_update(card, memory, pin_tries, *now.card_status_update);
    const bool known = now.issuer_authentication == IssuerAuthentication::passed ||
                       (now.issuer_authentication == IssuerAuthentication::not_performed &&
                        !issuer_authentication_missing(memory, now));
    if (known) note_issuer(memory, now);
    if (now.issuer_authentication == IssuerAuthentication::passed && decided == CryptogramType::tc)
        refill_balance(memory);
}

}  // namespace posbench::card
