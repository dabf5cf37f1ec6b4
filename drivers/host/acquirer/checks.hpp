#pragma once

#include <optional>
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

    TransactionKey key() const;
    Amount amount() const { return {request.amount.value_or(0), profile.currency}; }

    bool authentic = false;        ///< MAC verified
    std::optional<ChipData> chip;  ///< field 55
    Account* account = nullptr;
    Transaction* original = nullptr;  ///< of a void, refund or reversal
    std::optional<VerifiedCryptogram> cryptogram;
};

/// Response code (field 39) of the refusal; empty when there is nothing to refuse.
using Refusal = std::string_view;

/// A rule of the host, by name.
struct Check {
    std::string_view name;
    Refusal (*ask)(Deciding&);
};

/// The rules. authorisation.cpp says which are asked for what, and in which order; drivers/host/README.md
/// lists them with their codes.
namespace checks {

Refusal terminal_known(Deciding&);
Refusal merchant_matches(Deciding&);
Refusal mac_right(Deciding&);
Refusal complete(Deciding&);
Refusal chip_data_readable(Deciding&);
Refusal batch_current(Deciding&);
Refusal not_duplicate(Deciding&);
Refusal amount_valid(Deciding&);
Refusal account_known(Deciding&);
Refusal account_usable(Deciding&);
Refusal card_not_expired(Deciding&);
Refusal service_allowed(Deciding&);
Refusal fallback_allowed(Deciding&);
Refusal cryptogram_right(Deciding&);
Refusal pin_right(Deciding&);
Refusal funds_suffice(Deciding&);
Refusal original_voidable(Deciding&);
Refusal original_refundable(Deciding&);
Refusal original_reversible(Deciding&);

}  // namespace checks
}  // namespace posbench::host
