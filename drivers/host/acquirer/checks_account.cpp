#include <optional>

#include "drivers/host/acquirer/checks.hpp"
#include "drivers/host/acquirer/entry_mode.hpp"
#include "drivers/protocols/emv/dates.hpp"
#include "drivers/protocols/iso8583/civil_time.hpp"

namespace posbench::host {
namespace {

/// Field 55's cryptogram, verified; none with the code that says why.
std::optional<VerifiedCryptogram> verify(const Deciding& d, Refusal& code) {
    const AccountProfile& account = d.account->profile();
    std::string_view sequence_number = d.request.message.get(23);
    if (sequence_number.size() > 2) sequence_number.remove_prefix(sequence_number.size() - 2);
    if (sequence_number.empty()) sequence_number = account.sequence_number;
    const auto cryptogram = d.chip->cryptogram(account.scheme);
    if (!cryptogram) {
        code = "30";
        return std::nullopt;
    }
    const CardIdentity card{account.pan, std::string(sequence_number), account.key_derivation};
    auto verified = verify_cryptogram(*cryptogram, *account.master_key, card);
    if (!verified) code = "59";
    return verified;
}

}  // namespace

namespace checks {

Refusal account_known(Deciding& d) {
    d.account = d.issuer.find(d.request.card.pan);
    return d.account ? passed : "14";
}

Refusal account_usable(Deciding& d) {
    return d.account->profile().status.code;
}

/// A card is good to the last day of the month it bears (ISO/IEC 7813).
Refusal card_not_expired(Deciding& d) {
    std::string_view expiry = d.request.card.expiry;
    const auto& on_record = d.account->profile().expiry;
    if (expiry.empty() && on_record) expiry = *on_record;
    if (expiry.empty()) return passed;
    const auto month = emv::parse_month(expiry);
    if (!month) return "30";
    if (on_record && *on_record != expiry) return "54";
    return *month >= iso8583::CivilTime(d.now).month() ? passed : "54";
}

/// A card with a chip bears a service code of 2xx or 6xx (ISO/IEC 7813).
Refusal fallback_allowed(Deciding& d) {
    const std::string& service = d.request.card.service_code;
    const bool has_chip = service.starts_with('2') || service.starts_with('6');
    return d.profile.refuse_fallback && swiped(d.request) && has_chip ? "45" : passed;
}

/// The check value of a stripe; a number that was typed in has none, and over the field another one stands
/// there.
Refusal check_value_right(Deciding& d) {
    const auto& expected = d.account->profile().cvv;
    if (!expected || !d.request.message.has(35) || !swiped(d.request)) return passed;
    const std::string_view data = d.request.card.discretionary;
    const std::string_view given =
        data.size() < expected->at ? std::string_view() : data.substr(expected->at, expected->digits.size());
    return given == expected->digits ? passed : "59";
}

/// The host is asked by an ARQC (EMV book 3 clause 9.3), once: one that was approved before is a replay.
Refusal cryptogram_right(Deciding& d) {
    if (!d.chip || !d.account->profile().master_key) return passed;
    if (!d.chip->is_request()) return "59";
    Refusal code = passed;
    d.cryptogram = verify(d, code);
    if (d.cryptogram && d.account->has_approved(*d.cryptogram)) return "59";
    return code;
}

/// A sale that the card approved is proved by its transaction certificate (EMV book 3 clause 9.3), which is
/// not answered: there is no card any more. What is proved by nothing is the acquirer's loss.
Refusal certificate_right(Deciding& d) {
    if (!d.chip || !d.account->profile().master_key) return passed;
    if (!d.chip->is_certificate()) return "59";
    Refusal code = passed;
    d.certificate = verify(d, code);
    if (d.certificate && d.account->has_approved(*d.certificate)) return "59";
    return code;
}

Refusal pin_right(Deciding& d) {
    if (!d.request.message.has(52)) return passed;
    const auto made = iso8583::parse_field53(d.request.message.get(53));
    if (!made) return "99";
    const auto block = d.session->pin_block(d.request.message.bytes(52), *made);
    if (!block) return "99";
    switch (d.account->check_pin(*block, made->block)) {
        case PinCheck::right:
            return passed;
        case PinCheck::wrong:
            return "55";
        case PinCheck::exhausted:
            return d.account->profile().pin_tries_code;
        case PinCheck::bad_format:
            return "99";
    }
    return "99";
}

Refusal amount_limit_kept(Deciding& d) {
    const AccountLimits& limits = d.account->profile().limits;
    return d.account->usage().exceeds_amount(limits, d.amount(), d.now) ? "61" : passed;
}

Refusal count_limit_kept(Deciding& d) {
    const AccountLimits& limits = d.account->profile().limits;
    return d.account->usage().exceeds_count(limits, d.now) ? "65" : passed;
}

/// Only a terminal that says in 60.6 that it takes a partial approval gets one.
Refusal funds_suffice(Deciding& d) {
    const AccountProfile& account = d.account->profile();
    const Amount available = d.ledger.available(account.pan);
    if (d.amount() <= available) return passed;
    const bool partly = account.partial && d.type == TransactionType::sale && available.minor() > 0 &&
                        d.request.field60.partial_approval == "1";
    if (!partly) return "51";
    d.partly = available;
    return passed;
}

}  // namespace checks
}  // namespace posbench::host
