#pragma once

#include <optional>
#include <string_view>

#include "drivers/terminal/emulated/transaction.hpp"

namespace posbench::terminal {

/// Sends the advices that are due, in their order, each under its own STAN until it is answered; prints the
/// receipt of a refund that is answered only now, and tells the operator of it. Goes after a transaction that
/// the host has answered, after a sign-in and before a settlement, never before a customer's own request.
/// @param own the advice that the operator waits for: its end is told and printed by its own transaction
/// @returns what is in the way of one that is still due: host, keys, or a receipt that cannot be printed
runtime::Task<std::optional<OnlineFailure>> clear_advices(const Parts& parts, std::string_view own = {});

/// Prints what is open of a receipt: what opens the next one, a refund or an order that is answered only now,
/// must not lose it. @param again it was begun before @returns why it is still open
runtime::Task<std::optional<OnlineFailure>> finish_receipt(const Parts& parts, bool again);

}  // namespace posbench::terminal
