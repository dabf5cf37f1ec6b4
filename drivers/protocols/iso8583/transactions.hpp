#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace posbench::iso8583 {

/// The transactions of the UnionPay POS protocol. Those by code are rows of this bench's own, in its manner:
/// 60.1 51 to 55 (README.md, "Payment by code").
enum class TransactionType : std::uint8_t {
    inquiry,
    sale,
    sale_void,
    refund,
    pre_authorisation,
    pre_authorisation_void,
    completion,         ///< of a pre-authorisation, as a request
    completion_void,    ///< of a completion that was requested
    completion_advice,  ///< of a pre-authorisation, as an advice
    offline_sale,
    adjustment,        ///< of an offline sale: another amount
    tip,               ///< added to a sale
    emv_offline_sale,  ///< approved by the card's TC
    scan_payment,      ///< by the customer's payment code, which the terminal scans
    present_payment,   ///< by a code that the terminal shows and the customer scans
    code_query,        ///< what has become of an order, which a scan_payment or present_payment opened
    code_close,        ///< of an order, unless it is paid
    code_refund,       ///< of an order that was paid
    reversal,          ///< carries the fields of its original, and is in no row of the table
    count_,
};

/// As the trace names it: "sale", "void", "pre_authorisation_void".
std::string_view to_string(TransactionType type) noexcept;

/// What tells the transactions apart on the wire.
struct TransactionRow {
    TransactionType type{};
    std::string_view title;            ///< in words
    std::string_view mti;              ///< of the request
    std::string_view processing_code;  ///< field 3
    std::string_view condition;        ///< field 25
    std::string_view code;             ///< field 60.1
    bool reversible = false;           ///< a terminal that gets no reply reverses it
};

/// All rows. The EMV offline sale has two: the advice 0220, and the batch upload 0320.
std::span<const TransactionRow> transaction_table() noexcept;
/// The first row of `type`. Precondition: not a reversal
const TransactionRow& transaction_row(TransactionType type) noexcept;
/// Opens an order: a payment by code, which may be paid later.
bool opens_order(TransactionType type) noexcept;
/// Asks for an order, or closes it.
bool asks_about_order(TransactionType type) noexcept;
/// Opens an order, asks for it or closes it.
bool is_of_order(TransactionType type) noexcept;
/// Of an order, or gives back what was paid by one: it has no card.
bool is_by_code(TransactionType type) noexcept;
/// The row that a message is of, by its type, field 3, field 25 and field 60.1; null when it is none.
const TransactionRow* find_transaction(std::string_view mti, std::string_view processing_code,
                                       std::string_view condition, std::string_view code) noexcept;

}  // namespace posbench::iso8583
