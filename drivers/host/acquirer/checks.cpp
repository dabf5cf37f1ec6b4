#include "drivers/host/acquirer/checks.hpp"

#include <algorithm>
#include <initializer_list>

#include <fmt/format.h>

#include "drivers/protocols/emv/dates.hpp"
#include "drivers/protocols/iso8583/civil_time.hpp"

namespace posbench::host {
namespace {

constexpr Refusal passed{};

bool has_all(const Request& request, std::initializer_list<int> fields) {
    return std::ranges::all_of(fields, [&](int field) { return request.message.has(field); });
}

/// How the card was read: the first two digits of field 22.
bool entered_by(const Request& request, std::string_view mode) {
    return request.message.get(22).starts_with(mode);
}

bool by_chip(const Request& request) {
    return entered_by(request, "05") || entered_by(request, "07");
}

bool by_stripe(const Request& request) {
    return entered_by(request, "02") || entered_by(request, "90") || entered_by(request, "91");
}

/// What field 22 announces must be there.
bool entry_complete(const Request& request) {
    const iso8583::Message& message = request.message;
    if (message.get(22).size() != 3 || request.card.pan.empty() || request.card.contradictory) return false;
    if (by_chip(request) && !message.has(55)) return false;
    if (by_stripe(request) && !message.has(35)) return false;
    const bool pin_announced = message.get(22)[2] == '1';
    return pin_announced == message.has(52) && (!pin_announced || message.has(53));
}

/// The sale that a void or refund names: by reference number (field 37), by batch and STAN (field 61), or by
/// both, which must then agree.
Transaction* find_named_original(const Deciding& d) {
    const std::string_view rrn = d.request.message.get(37);
    const std::string_view batch_and_stan = d.request.message.get(61);
    Transaction* by_rrn = rrn.empty() ? nullptr : d.ledger.find_by_rrn(rrn);
    if (batch_and_stan.size() < 12) return by_rrn;
    Transaction* by_key =
        d.ledger.find({std::string(d.request.tid()), std::string(batch_and_stan.substr(0, 6)),
                       std::string(batch_and_stan.substr(6, 6))});
    return rrn.empty() || by_rrn == by_key ? by_key : nullptr;
}

/// A sale of the same merchant, and of the same card when the request says which.
bool is_sale_of(const Transaction* original, const Deciding& d) {
    return original && original->type == TransactionType::sale && original->mid == d.request.mid() &&
           (d.request.card.pan.empty() || original->pan == d.request.card.pan);
}

}  // namespace

TransactionKey Deciding::key() const {
    return {std::string(request.tid()), request.field60.batch, std::string(request.stan())};
}

namespace checks {

Refusal terminal_known(Deciding& d) {
    return d.session ? passed : "97";
}

Refusal merchant_matches(Deciding& d) {
    return d.session->profile().mid == d.request.mid() ? passed : "03";
}

Refusal mac_right(Deciding& d) {
    const bool same_keys = d.request.key_generation == d.session->key_generation();
    d.authentic = d.request.mac == iso8583::MacState::ok && same_keys;
    return d.authentic ? passed : "A0";
}

Refusal complete(Deciding& d) {
    const Request& request = d.request;
    if (!has_all(request, {3, 11, 25, 41, 42, 49, 60}) || !request.field60_readable ||
        request.field60.batch.empty())
        return "30";
    const bool names_original = request.message.has(37) || request.message.get(61).size() >= 12;
    switch (d.type) {
        case TransactionType::inquiry:
            return entry_complete(request) ? passed : "30";
        case TransactionType::sale:
            return request.amount && entry_complete(request) ? passed : "30";
        case TransactionType::sale_void:
        case TransactionType::refund:
            return request.amount && names_original && !request.card.contradictory ? passed : "30";
        case TransactionType::reversal:
            return request.amount && request.message.has(39) && !request.card.contradictory ? passed : "30";
        default:
            return "30";
    }
}

Refusal chip_data_readable(Deciding& d) {
    if (!d.request.message.has(55)) return passed;
    d.chip = read_chip_data(d.request.message.bytes(55));
    return d.chip ? passed : "30";
}

Refusal batch_current(Deciding& d) {
    return d.request.field60.batch == d.session->batch() ? passed : "77";
}

Refusal not_duplicate(Deciding& d) {
    return d.ledger.find(d.key()) ? "94" : passed;
}

Refusal amount_valid(Deciding& d) {
    const bool currency_right = d.request.message.get(49) == fmt::format("{:03}", d.profile.currency.numeric);
    const bool amount_right = d.type == TransactionType::inquiry || d.request.amount.value_or(0) > 0;
    // The card signs the amount it was told: it must be the one that is asked for.
    const auto signed_amount = d.chip ? d.chip->amount() : std::nullopt;
    const bool signed_right = !signed_amount || !d.request.amount || signed_amount == d.request.amount;
    return currency_right && amount_right && signed_right ? passed : "13";
}

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

Refusal service_allowed(Deciding& d) {
    if (!d.session->profile().services.allow(d.type)) return "58";
    return !d.account || d.account->profile().services.allow(d.type) ? passed : "57";
}

/// A card with a chip bears a service code of 2xx or 6xx (ISO/IEC 7813).
Refusal fallback_allowed(Deciding& d) {
    const std::string& service = d.request.card.service_code;
    const bool has_chip = service.starts_with('2') || service.starts_with('6');
    return d.profile.refuse_fallback && by_stripe(d.request) && has_chip ? "45" : passed;
}

Refusal cryptogram_right(Deciding& d) {
    const AccountProfile& account = d.account->profile();
    if (!d.chip || !account.master_key) return passed;
    std::string_view sequence_number = d.request.message.get(23);
    if (sequence_number.size() > 2) sequence_number.remove_prefix(sequence_number.size() - 2);
    if (sequence_number.empty()) sequence_number = account.sequence_number;
    const auto cryptogram = d.chip->cryptogram(account.scheme);
    if (!cryptogram) return "30";
    const CardIdentity card{account.pan, std::string(sequence_number), account.key_derivation};
    d.cryptogram = verify_cryptogram(*cryptogram, *account.master_key, card);
    return d.cryptogram ? passed : "59";
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
            return "75";
        case PinCheck::bad_format:
            return "99";
    }
    return "99";
}

Refusal funds_suffice(Deciding& d) {
    return d.amount() <= d.ledger.balance(d.account->profile().pan) ? passed : "51";
}

Refusal original_voidable(Deciding& d) {
    d.original = find_named_original(d);
    if (!is_sale_of(d.original, d) || d.original->key.tid != d.request.tid()) return "25";
    if (d.original->standing == Standing::voided || d.original->refunded.minor() > 0) return "22";
    if (d.original->standing != Standing::approved) return "25";
    if (d.original->amount != d.amount()) return "64";
    d.account = d.issuer.find(d.original->pan);
    return passed;
}

Refusal original_refundable(Deciding& d) {
    d.original = find_named_original(d);
    if (!is_sale_of(d.original, d)) return "25";
    if (d.original->standing == Standing::voided) return "22";
    if (d.original->standing != Standing::approved) return "25";
    if (d.original->refunded + d.amount() > d.original->amount) return "64";
    d.account = d.issuer.find(d.original->pan);
    return passed;
}

/// What has no effect in force is reversed by doing nothing: the terminal may ask as often as it likes.
Refusal original_reversible(Deciding& d) {
    d.original = d.ledger.find(d.key());
    if (!d.original || d.original->standing == Standing::forestalled) return "25";
    const bool same_card = d.request.card.pan.empty() || d.request.card.pan == d.original->pan;
    if (!same_card) return "25";
    if (d.original->amount != d.amount()) return "64";
    if (d.original->type == TransactionType::refund || d.original->type == TransactionType::inquiry)
        return "12";
    if (d.original->standing == Standing::voided || d.original->refunded.minor() > 0) return "22";
    return passed;
}

}  // namespace checks
}  // namespace posbench::host
