#include "drivers/host/acquirer/authorisation.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "drivers/host/acquirer/reply.hpp"
#include "drivers/host/acquirer/sign_in.hpp"
#include "drivers/protocols/iso8583/civil_time.hpp"

namespace posbench::host {
namespace {

using namespace checks;

template <std::size_t... Sizes>
constexpr auto join(const std::array<Check, Sizes>&... parts) {
    std::array<Check, (Sizes + ...)> all{};
    auto next = all.begin();
    ((next = std::ranges::copy(parts, next).out), ...);
    return all;
}

// The checks of each transaction in the order in which they are asked; the first that refuses answers. Who
// speaks comes first, then whether the message holds together, then the card, and the money last.

constexpr std::array of_every_message{
    Check{"terminal_known", terminal_known},
    Check{"merchant_matches", merchant_matches},
    Check{"mac_right", mac_right},
    Check{"complete", complete},
};

constexpr auto of_every_transaction =
    join(of_every_message, std::array{
                               Check{"batch_current", batch_current},
                               Check{"not_duplicate", not_duplicate},
                               Check{"chip_data_readable", chip_data_readable},
                               Check{"amount_valid", amount_valid},
                           });

constexpr auto sale_checks = join(of_every_transaction, std::array{
                                                            Check{"account_known", account_known},
                                                            Check{"account_usable", account_usable},
                                                            Check{"card_not_expired", card_not_expired},
                                                            Check{"service_allowed", service_allowed},
                                                            Check{"fallback_allowed", fallback_allowed},
                                                            Check{"cryptogram_right", cryptogram_right},
                                                            Check{"pin_right", pin_right},
                                                            Check{"funds_suffice", funds_suffice},
                                                        });

/// A balance inquiry asks for no money: all of a sale's checks but the last.
constexpr std::span<const Check> inquiry_checks(sale_checks.data(), sale_checks.size() - 1);

// A void and a refund give money back: what is wrong with the card does not matter.

constexpr auto void_checks = join(of_every_transaction, std::array{
                                                            Check{"original_voidable", original_voidable},
                                                            Check{"service_allowed", service_allowed},
                                                            Check{"pin_right", pin_right},
                                                        });

constexpr auto refund_checks =
    join(of_every_transaction, std::array{
                                   Check{"original_refundable", original_refundable},
                                   Check{"service_allowed", service_allowed},
                                   Check{"pin_right", pin_right},
                               });

// A reversal carries the batch and the STAN of its original, so neither is checked to be new.

constexpr auto reversal_checks =
    join(of_every_message, std::array{Check{"original_reversible", original_reversible}});

std::span<const Check> checks_for(TransactionType type) {
    switch (type) {
        case TransactionType::inquiry:
            return inquiry_checks;
        case TransactionType::sale:
            return sale_checks;
        case TransactionType::sale_void:
            return void_checks;
        case TransactionType::refund:
            return refund_checks;
        case TransactionType::reversal:
            return reversal_checks;
        default:
            return {};  // not offered
    }
}

/// What the request wants, or the code that says why it cannot have it: 40 for what the protocol knows and
/// this host does not offer, 12 for what the protocol does not know.
std::pair<std::optional<TransactionType>, std::string_view> wanted(const Request& request) {
    const std::string& mti = request.message.mti();
    if (mti == "0400") return {TransactionType::reversal, ""};
    if (const TransactionRow* row = request.row())
        return {checks_for(row->type).empty() ? std::nullopt : std::optional(row->type), "40"};
    const bool has_transactions = mti == "0100" || mti == "0200" || mti == "0220" || mti == "0320";
    return {std::nullopt, has_transactions ? "12" : "40"};
}

bool is_management(const Request& request) {
    return request.message.mti() == "0800" || request.message.mti() == "0820";
}

}  // namespace

Authorisation::Authorisation(const Profile& profile, Sessions& sessions, Ledger& ledger,
                             const runtime::Random& random)
    : profile_(profile),
      sessions_(sessions),
      ledger_(ledger),
      issuer_(profile),
      key_random_(random.fork("host.keys")),
      code_random_(random.fork("host.codes")) {
    for (const AccountProfile& account : profile.accounts) ledger_.open_account(account.pan, account.balance);
}

Outcome Authorisation::decide(const Request& request, runtime::WallTime now) {
    if (is_management(request)) {
        const Managed managed = manage(request, sessions_.find(request.tid()), key_random_);
        Outcome outcome = answer(request, managed.code, next_rrn(now), now);
        if (!managed.batch.empty()) {
            iso8583::Field60 field60 = request.field60;
            field60.batch = managed.batch;
            outcome.reply.set(60, field60.to_string());
        }
        if (!managed.keys.empty()) outcome.reply.set(62, managed.keys);
        return outcome;
    }
    const auto [type, code] = wanted(request);
    return type ? decide_transaction(request, *type, now) : refuse_unasked(request, code, now);
}

Outcome Authorisation::refuse_unasked(const Request& request, std::string_view code, runtime::WallTime now) {
    return answer(request, code, next_rrn(now), now);
}

Outcome Authorisation::decide_transaction(const Request& request, TransactionType type,
                                          runtime::WallTime now) {
    Deciding deciding(profile_, request, sessions_.find(request.tid()), issuer_, ledger_, type, now);
    for (const Check& check : checks_for(type)) {
        const Refusal code = check.ask(deciding);
        if (!code.empty()) return refuse(deciding, code);
    }
    return approve(deciding);
}

Outcome Authorisation::approve(Deciding& deciding) {
    const Request& request = deciding.request;
    const std::string rrn = next_rrn(deciding.now);
    Outcome outcome = answer(request, "00", rrn, deciding.now);
    switch (deciding.type) {
        case TransactionType::inquiry:
            ledger_.remember(transaction_of(deciding, rrn)).standing = Standing::approved;
            outcome.reply.set(54, balance_field(request, ledger_.balance(deciding.account->profile().pan)));
            break;
        case TransactionType::sale:
        case TransactionType::sale_void:
        case TransactionType::refund:
            outcome.posted = ledger_.post(transaction_of(deciding, rrn));
            break;
        case TransactionType::reversal:
            // Declined, or reversed before: there is nothing left to undo, and the terminal may forget it.
            if (deciding.original->standing == Standing::approved)
                outcome.posted = ledger_.reverse(*deciding.original);
            break;
        default:
            break;  // not offered: it has no checks to pass
    }
    if (deciding.type != TransactionType::reversal)
        outcome.reply.set(38, fmt::format("{:06}", code_random_.between(0, 999'999)));
    if (deciding.cryptogram) outcome.reply.set(55, deciding.account->answer(*deciding.cryptogram, "00"));
    return outcome;
}

Outcome Authorisation::refuse(Deciding& deciding, std::string_view code) {
    const std::string rrn = next_rrn(deciding.now);
    Outcome outcome = answer(deciding.request, code, rrn, deciding.now);
    if (deciding.cryptogram) outcome.reply.set(55, deciding.account->answer(*deciding.cryptogram, code));
    // What anybody could have sent is not entered; nor what cannot be told from an earlier transaction.
    const bool identified =
        deciding.authentic && deciding.request.message.has(11) && deciding.request.field60_readable;
    if (!identified || ledger_.find(deciding.key())) return outcome;
    if (deciding.type != TransactionType::reversal) {
        ledger_.remember(transaction_of(deciding, rrn));
    } else if (code == "25") {
        ledger_.forestall(deciding.key());
    }
    return outcome;
}

Outcome Authorisation::answer(const Request& request, std::string_view code, std::string_view rrn,
                              runtime::WallTime now) {
    Outcome outcome;
    outcome.reply = reply_to(request, profile_, code, rrn, now);
    if (is_management(request)) return outcome;
    add_financial_fields(outcome.reply, request, profile_, now);
    const Session* session = sessions_.find(request.tid());
    outcome.with_mac = session && session->signed_in();
    return outcome;
}

Transaction Authorisation::transaction_of(const Deciding& deciding, std::string_view rrn) const {
    Transaction transaction;
    transaction.key = deciding.key();
    transaction.type = deciding.type;
    transaction.mid = deciding.request.mid();
    transaction.pan = deciding.original ? deciding.original->pan : deciding.request.card.pan;
    transaction.rrn = rrn;
    transaction.amount = deciding.amount();
    transaction.original = deciding.original;
    return transaction;
}

/// Field 37: MMDDhh and a number that the run has not used before.
std::string Authorisation::next_rrn(runtime::WallTime now) {
    const iso8583::CivilTime time(now);
    return fmt::format("{}{}{:06}", time.mmdd(), time.hhmmss().substr(0, 2), ++last_rrn_ % 1'000'000);
}

}  // namespace posbench::host
