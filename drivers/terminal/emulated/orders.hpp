#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "bench/runtime/result.hpp"
#include "drivers/terminal/emulated/transaction.hpp"

/// The order of a code payment between its request and its end. The journal has it from before the request is
/// sent until the host says that it is paid or closed, over power cuts; there is one at most.
namespace posbench::terminal {

enum class OrderState : std::uint8_t {
    paid,     ///< the journal has it as a transaction, its receipt is open
    waiting,  ///< for its customer
    closed,   ///< unpaid for good; the journal has it no more
    unknown   ///< to the host: its request has not arrived, and still may
};

/// What field 39 says of the pending order in the answer to its request or to a query: 00 paid, and whatever
/// else approves the whole of it (11), 09 waiting, 17 closed, 25 unknown. None: it says nothing of the order.
std::optional<OrderState> find_order_state(std::string_view code, const Defects& defects) noexcept;

/// An answer about an order was not taken for that reason (Mismatch::reason). When its MAC is not right, the
/// host's keys may be others than the terminal's, whose refusal (A0) cannot prove itself then: the keys are
/// used no more. A forged answer costs a sign-in so, and nothing of the order.
runtime::Task<void> doubt_keys(const Parts& parts, std::string_view reason);

/// Puts what the host has said into the journal, when that is the order's end.
/// Precondition: the journal has an order
runtime::Task<void> keep_order(const Parts& parts, OrderState state, const iso8583::Message& reply);

/// Asks what has become of the order (60.1 53). Signs in before that when there are no working keys. A
/// failure: nothing is known, it is pending as it was.
/// Precondition: the journal has an order
runtime::Task<Result<OrderState, OnlineFailure>> query_order(const Parts& parts);

/// Closes the order (54), so that it cannot be paid any more, not even when its request arrives only then. It
/// ends closed or, when its customer was faster, paid. Signs in like query_order(). A failure: it is pending
/// as it was.
/// Precondition: the journal has an order
runtime::Task<Result<OrderState, OnlineFailure>> close_order(const Parts& parts);

/// Brings an order that an earlier payment has left to its end: asks for it, closes it when it is not paid,
/// tells the operator, and prints its receipt. Signs in where that is needed. Goes where a pending reversal
/// goes, right after it: after a sign-in, before the host is asked for another transaction and before a
/// settlement.
/// @returns what is in the way of its end; none: there is no pending order
runtime::Task<std::optional<OnlineFailure>> settle_order(const Parts& parts);

}  // namespace posbench::terminal
