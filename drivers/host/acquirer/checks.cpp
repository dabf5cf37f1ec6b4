#include "drivers/host/acquirer/checks.hpp"

#include <algorithm>
#include <initializer_list>

#include <fmt/format.h>

#include "drivers/host/acquirer/entry_mode.hpp"

namespace posbench::host {
namespace {

bool has_all(const Request& request, std::initializer_list<int> fields) {
    return std::ranges::all_of(fields, [&](int field) { return request.message.has(field); });
}

/// What field 22 announces must be there.
bool entry_complete(const Request& request) {
    const iso8583::Message& message = request.message;
    if (message.get(22).size() != 3 || request.card.pan.empty()) return false;
    if (!by_chip(request) && !by_stripe(request) && !by_hand(request)) return false;
    if (by_chip(request) && !message.has(55)) return false;
    if (by_hand(request) && message.has(35)) return false;
    if (by_stripe(request) && !message.has(35)) return false;
    const bool pin_announced = message.get(22)[2] == '1';
    return pin_announced == message.has(52) && (!pin_announced || message.has(53));
}

/// Reference number (37), or batch and STAN (61).
bool names_original(const Request& request) {
    return request.message.has(37) || request.message.get(61).size() >= 12;
}

/// PAN, authorisation code (38) and date (MMDD, digits 13 to 16 of field 61).
bool names_authorisation(const Request& request) {
    return !request.card.pan.empty() && request.message.has(38) && request.message.get(61).size() >= 16;
}

/// A payment by code has no card, and nothing that one brings.
bool has_no_card(const Request& request) {
    constexpr int of_a_card[]{2, 14, 23, 35, 36, 52, 55};
    const std::string_view entry = request.message.get(22);
    return std::ranges::none_of(of_a_card, [&](int field) { return request.message.has(field); }) &&
           (entry.empty() || by_code(request));
}

/// Field 59 of what opens an order: the customer's payment code, where the terminal has scanned it.
bool opens_rightly(const Request& request, TransactionType type) {
    const std::string_view code = request.message.get(59);
    const bool scans = type == TransactionType::scan_payment;
    return request.amount && has_no_card(request) && by_code(request) &&
           (scans ? iso8583::is_payment_code(code) : !request.message.has(59));
}

}  // namespace

bool is_authentic(const Request& request, const Session& session) noexcept {
    return request.mac == iso8583::MacState::ok && request.key_generation == session.key_generation();
}

TransactionKey Deciding::key() const {
    return {request.tid(), request.field60.batch, request.stan()};
}

namespace checks {

Refusal terminal_known(Deciding& d) {
    return d.session ? passed : "97";
}

Refusal merchant_matches(Deciding& d) {
    return d.session->profile().mid == d.request.mid() ? passed : "03";
}

Refusal mac_right(Deciding& d) {
    d.authentic = is_authentic(d.request, *d.session);
    return d.authentic ? passed : "A0";
}

/// With a track key tracks come enciphered, without one in clear, and field 53 says the same.
Refusal tracks_protected(Deciding& d) {
    const bool has_key = d.session->track_key() != nullptr;
    const bool enciphered = iso8583::says_enciphered(d.request.message);
    if (enciphered) return has_key ? passed : "30";
    return has_key && d.request.tracks != Tracks::none ? "30" : passed;
}

Refusal tracks_readable(Deciding& d) {
    return d.request.tracks == Tracks::unreadable ? "30" : passed;
}

Refusal complete(Deciding& d) {
    const Request& request = d.request;
    if (!has_all(request, {3, 25, 42, 49}) || !request.has_key() || request.card.contradictory) return "30";
    const bool names_card = !request.card.pan.empty();
    bool all = request.amount.has_value();
    switch (d.type) {
        case TransactionType::inquiry:
            all = entry_complete(request);
            break;
        case TransactionType::sale:
        case TransactionType::pre_authorisation:
            all = all && entry_complete(request);
            break;
        case TransactionType::emv_offline_sale:
            all = all && entry_complete(request) && request.message.has(55);
            break;
        case TransactionType::offline_sale:
            all = all && names_card;
            break;
        case TransactionType::completion:
        case TransactionType::completion_advice:
            all = all && names_authorisation(request);
            break;
        case TransactionType::pre_authorisation_void:
            all = all && (names_authorisation(request) || names_original(request));
            break;
        case TransactionType::scan_payment:
        case TransactionType::present_payment:
            all = opens_rightly(request, d.type);
            break;
        case TransactionType::code_query:
        case TransactionType::code_close:
            all = has_no_card(request) && named_key(d).has_value();
            break;
        case TransactionType::code_refund:
            all = all && has_no_card(request) && names_original(request);
            break;
        case TransactionType::reversal:
            all = all && request.message.has(39);
            break;
        default:
            all = all && names_original(request);
    }
    return all ? passed : "30";
}

Refusal batch_current(Deciding& d) {
    const TerminalBatch& batch = d.session->batch();
    // Details of a batch are uploaded when it may be closed already.
    const bool uploaded = d.request.message.mti() == "0320";
    const std::string& number = d.request.field60.batch;
    if (!uploaded) return number == batch.number() ? passed : "77";
    if (!batch.knows(number)) return "77";
    return batch.takes_upload(number) ? passed : "12";
}

/// An advice that is told again is answered as it was at first; so is the upload of what came online.
Refusal not_duplicate(Deciding& d) {
    const Transaction* known = d.ledger.find(d.key());
    if (!known) return passed;
    const std::string& pan = d.request.card.pan;
    const bool same = known->asked == d.amount() && (pan.empty() || known->pan == pan) &&
                      known->standing != Standing::forestalled;
    const bool uploaded = d.request.message.mti() == "0320";
    if (!same || !is_advice(d.type) || (known->type != d.type && !uploaded)) return "94";
    d.known = known;
    return passed;
}

Refusal chip_data_readable(Deciding& d) {
    if (!d.request.message.has(55)) return passed;
    const iso8583::Message& message = d.request.message;
    d.chip = read_chip_data(message.bytes(55));
    const bool holds = d.chip && d.chip->agrees_with(d.request.card.pan, message.get(23), message.get(49));
    return holds ? passed : "30";
}

/// The card signs the type of transaction that it was told: it must not be that of another transaction. One
/// that no transaction of this host has (01, cash) does not contradict.
Refusal chip_type_matches(Deciding& d) {
    const auto told = d.chip ? d.chip->transaction_type() : std::nullopt;
    if (!told || d.request.message.get(3).starts_with(*told)) return passed;
    const auto rows = iso8583::transaction_table();
    const bool of_another = std::ranges::any_of(
        rows, [&](const iso8583::TransactionRow& row) { return row.processing_code.starts_with(*told); });
    return of_another ? "30" : passed;
}

Refusal amount_valid(Deciding& d) {
    const bool currency_right = d.request.message.get(49) == fmt::format("{:03}", d.profile.currency.numeric);
    const bool amount_right = d.type == TransactionType::inquiry || d.request.amount.value_or(0) > 0;
    // The card signs the amount it was told: it must be the one that is asked for.
    const auto signed_amount = d.chip ? d.chip->amount() : std::nullopt;
    const bool signed_right = !signed_amount || !d.request.amount || signed_amount == d.request.amount;
    return currency_right && amount_right && signed_right ? passed : "13";
}

Refusal hours_open(Deciding& d) {
    return d.session->profile().hours.contains(d.now) ? passed : "58";
}

Refusal service_allowed(Deciding& d) {
    if (!d.session->profile().services.allow(d.type)) return "58";
    return !d.account || d.account->profile().services.allow(d.type) ? passed : "57";
}

}  // namespace checks
}  // namespace posbench::host
