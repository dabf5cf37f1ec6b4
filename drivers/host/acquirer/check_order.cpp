#include <algorithm>
#include <array>
#include <cstddef>

#include "drivers/host/acquirer/checks.hpp"

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
    Check{"terminal_known", terminal_known, Concern::message},
    Check{"merchant_matches", merchant_matches, Concern::message},
    Check{"mac_right", mac_right, Concern::message},
    Check{"tracks_protected", tracks_protected, Concern::message},
    Check{"tracks_readable", tracks_readable, Concern::message},
    Check{"complete", complete, Concern::message},
};

constexpr auto of_every_transaction =
    join(of_every_message, std::array{
                               Check{"not_duplicate", not_duplicate, Concern::message},
                               Check{"batch_current", batch_current, Concern::message},
                               Check{"chip_data_readable", chip_data_readable},
                               Check{"chip_type_matches", chip_type_matches},
                               Check{"amount_valid", amount_valid, Concern::message},
                           });

// An advice tells what has happened: the hour does not matter, nor what the account allows now.

constexpr auto of_every_request = join(of_every_transaction, std::array{Check{"hours_open", hours_open}});

constexpr auto inquiry_checks = join(of_every_request, std::array{
                                                           Check{"account_known", account_known},
                                                           Check{"account_usable", account_usable},
                                                           Check{"card_not_expired", card_not_expired},
                                                           Check{"service_allowed", service_allowed},
                                                           Check{"fallback_allowed", fallback_allowed},
                                                           Check{"check_value_right", check_value_right},
                                                           Check{"cryptogram_right", cryptogram_right},
                                                           Check{"pin_right", pin_right},
                                                       });

/// Also of a pre-authorisation.
constexpr auto sale_checks = join(inquiry_checks, std::array{
                                                      Check{"amount_limit_kept", amount_limit_kept},
                                                      Check{"count_limit_kept", count_limit_kept},
                                                      Check{"funds_suffice", funds_suffice},
                                                  });

// What alters an earlier transaction rests on that one: what is wrong with the card does not matter.

constexpr std::array service_and_pin{Check{"service_allowed", service_allowed},
                                     Check{"pin_right", pin_right}};

/// Of a sale, and of a completion.
constexpr auto void_checks =
    join(of_every_request, std::array{Check{"original_voidable", original_voidable, Concern::original}},
         service_and_pin);

constexpr auto hold_void_checks = join(
    of_every_request, std::array{Check{"hold_voidable", hold_voidable, Concern::original}}, service_and_pin);

constexpr auto completion_checks =
    join(of_every_request, std::array{Check{"hold_completable", hold_completable, Concern::original}},
         service_and_pin, std::array{Check{"completion_funded", completion_funded}});

constexpr auto completion_advice_checks =
    join(of_every_transaction, std::array{Check{"hold_completable", hold_completable, Concern::original},
                                          Check{"service_allowed", service_allowed}});

constexpr auto refund_checks =
    join(of_every_request, std::array{Check{"original_refundable", original_refundable, Concern::original}},
         service_and_pin);

constexpr auto offline_sale_checks =
    join(of_every_transaction,
         std::array{Check{"account_known", account_known}, Check{"service_allowed", service_allowed}});

constexpr auto emv_offline_sale_checks =
    join(offline_sale_checks, std::array{Check{"certificate_right", certificate_right}});

constexpr auto adjustment_checks = join(
    of_every_transaction, std::array{Check{"original_changeable", original_changeable, Concern::original},
                                     Check{"service_allowed", service_allowed}});

constexpr auto tip_checks =
    join(adjustment_checks, std::array{Check{"tip_limit_kept", tip_limit_kept, Concern::original}});

// A payment by code has no card, so nothing of one is asked.

constexpr auto present_payment_checks =
    join(of_every_message, std::array{
                               Check{"order_not_closed", order_not_closed, Concern::message},
                               Check{"not_duplicate", not_duplicate, Concern::message},
                               Check{"batch_current", batch_current, Concern::message},
                               Check{"amount_valid", amount_valid, Concern::message},
                               Check{"hours_open", hours_open},
                               Check{"service_allowed", service_allowed},
                           });

constexpr auto scan_payment_checks =
    join(present_payment_checks,
         std::array{Check{"wallet_known", wallet_known}, Check{"wallet_funded", wallet_funded}});

/// Of a query and a close. They change nothing under their own STAN, so that is not checked to be new, and
/// may come again. Nor are services: what was opened once must be heard of, or be closed.
constexpr auto order_checks =
    join(of_every_message, std::array{
                               Check{"batch_current", batch_current, Concern::message},
                               Check{"order_known", order_known, Concern::original},
                           });

constexpr auto code_refund_checks =
    join(of_every_request, std::array{Check{"order_refundable", order_refundable, Concern::original},
                                      Check{"service_allowed", service_allowed}});

// A reversal carries the batch and the STAN of its original, so neither is checked to be new.

constexpr auto reversal_checks =
    join(of_every_message, std::array{Check{"original_reversible", original_reversible, Concern::original}});

}  // namespace

std::span<const Check> checks_for(TransactionType type) noexcept {
    switch (type) {
        case TransactionType::inquiry:
            return inquiry_checks;
        case TransactionType::sale:
        case TransactionType::pre_authorisation:
            return sale_checks;
        case TransactionType::sale_void:
        case TransactionType::completion_void:
            return void_checks;
        case TransactionType::refund:
            return refund_checks;
        case TransactionType::pre_authorisation_void:
            return hold_void_checks;
        case TransactionType::completion:
            return completion_checks;
        case TransactionType::completion_advice:
            return completion_advice_checks;
        case TransactionType::offline_sale:
            return offline_sale_checks;
        case TransactionType::emv_offline_sale:
            return emv_offline_sale_checks;
        case TransactionType::adjustment:
            return adjustment_checks;
        case TransactionType::tip:
            return tip_checks;
        case TransactionType::reversal:
            return reversal_checks;
        case TransactionType::scan_payment:
            return scan_payment_checks;
        case TransactionType::present_payment:
            return present_payment_checks;
        case TransactionType::code_query:
        case TransactionType::code_close:
            return order_checks;
        case TransactionType::code_refund:
            return code_refund_checks;
        case TransactionType::count_:
            break;
    }
    return {};
}

}  // namespace posbench::host
