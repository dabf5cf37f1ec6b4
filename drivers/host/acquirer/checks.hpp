#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "bench/runtime/time.hpp"
#include "drivers/host/acquirer/chip.hpp"
#include "drivers/host/acquirer/issuer.hpp"
#include "drivers/host/acquirer/ledger.hpp"
#include "drivers/host/acquirer/profile.hpp"
#include "drivers/host/acquirer/request.hpp"
#include "drivers/host/acquirer/session.hpp"

namespace posbench::host {

/// A request on its way through the checks, with what they find out for those after them.
struct Deciding {
    Deciding(const Profile& host, const Request& asked, Session* terminal, Issuer& accounts, Ledger& books,
             TransactionType wanted, runtime::WallTime wall)
        : profile(host),
          request(asked),
          session(terminal),
          issuer(accounts),
          ledger(books),
          type(wanted),
          now(wall) {}

    const Profile& profile;
    const Request& request;
    Session* session;  ///< null: terminal unknown
    Issuer& issuer;
    Ledger& ledger;
    TransactionType type;
    runtime::WallTime now;

    /// Precondition: request.has_key()
    TransactionKey key() const;
    Amount amount() const { return {request.amount.value_or(0), profile.currency}; }

    bool authentic = false;        ///< MAC verified
    std::optional<ChipData> chip;  ///< field 55
    Account* account = nullptr;
    const WalletProfile* wallet = nullptr;         ///< whose payment code was scanned
    Transaction* original = nullptr;               ///< what a request that is no transaction of its own names
    const Transaction* known = nullptr;            ///< this very advice, which was answered before
    std::optional<Amount> partly;                  ///< what is approved of the amount, where it is less
    std::optional<VerifiedCryptogram> cryptogram;  ///< to be answered
    std::optional<VerifiedCryptogram> certificate;  ///< of what the card approved
};

/// What a request names: by reference number (field 37), by batch and STAN at its terminal (field 61), or by
/// both, which must then agree. Null when there is none.
Transaction* find_named_original(const Deciding& deciding);
/// The key that field 61 names; none where it is too short or all zeros.
std::optional<TransactionKey> named_key(const Deciding& deciding);

/// The MAC was verified, under the keys that are in force still.
bool is_authentic(const Request& request, const Session& session) noexcept;

/// Response code (field 39) of the refusal; empty when there is nothing to refuse.
using Refusal = std::string_view;
inline constexpr Refusal passed{};

/// What a check is about.
enum class Concern {
    judgement,  ///< whether card, account and hour allow it: where a recording answers, that has said so
    message,    ///< who asks, and what the books need of the message
    original,   ///< whether the books can take it back, change it or complete it
};

/// A rule of the host, by name.
struct Check {
    std::string_view name;
    Refusal (*ask)(Deciding&);
    Concern concern = Concern::judgement;
};

/// Which are asked for what, in which order (check_order.cpp); none for what this host does not offer.
std::span<const Check> checks_for(TransactionType type) noexcept;

/// The rules; drivers/host/README.md lists them with their codes.
namespace checks {

// The message and its sender: checks.cpp
Refusal terminal_known(Deciding&);
Refusal merchant_matches(Deciding&);
Refusal mac_right(Deciding&);
Refusal tracks_protected(Deciding&);
Refusal tracks_readable(Deciding&);
Refusal complete(Deciding&);
Refusal batch_current(Deciding&);
Refusal not_duplicate(Deciding&);
Refusal chip_data_readable(Deciding&);
Refusal chip_type_matches(Deciding&);
Refusal amount_valid(Deciding&);
Refusal hours_open(Deciding&);
Refusal service_allowed(Deciding&);

// The card and its account: checks_account.cpp
Refusal account_known(Deciding&);
Refusal account_usable(Deciding&);
Refusal card_not_expired(Deciding&);
Refusal fallback_allowed(Deciding&);
Refusal check_value_right(Deciding&);
Refusal cryptogram_right(Deciding&);
Refusal certificate_right(Deciding&);
Refusal pin_right(Deciding&);
Refusal amount_limit_kept(Deciding&);
Refusal count_limit_kept(Deciding&);
Refusal funds_suffice(Deciding&);

// What was done before: checks_original.cpp
Refusal original_voidable(Deciding&);
Refusal original_refundable(Deciding&);
Refusal hold_voidable(Deciding&);
Refusal hold_completable(Deciding&);
Refusal completion_funded(Deciding&);
Refusal original_changeable(Deciding&);
Refusal tip_limit_kept(Deciding&);
Refusal original_reversible(Deciding&);

// Payments by code: checks_order.cpp
Refusal order_not_closed(Deciding&);
Refusal wallet_known(Deciding&);
Refusal wallet_funded(Deciding&);
Refusal order_known(Deciding&);
Refusal order_refundable(Deciding&);

}  // namespace checks
}  // namespace posbench::host
