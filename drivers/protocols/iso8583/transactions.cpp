#include "drivers/protocols/iso8583/transactions.hpp"

#include <algorithm>
#include <array>

namespace posbench::iso8583 {
namespace {

using Type = TransactionType;

constexpr std::array names{
    std::string_view("inquiry"),
    std::string_view("sale"),
    std::string_view("void"),
    std::string_view("refund"),
    std::string_view("pre_authorisation"),
    std::string_view("pre_authorisation_void"),
    std::string_view("completion"),
    std::string_view("completion_void"),
    std::string_view("completion_advice"),
    std::string_view("offline_sale"),
    std::string_view("adjustment"),
    std::string_view("tip"),
    std::string_view("emv_offline_sale"),
    std::string_view("scan_payment"),
    std::string_view("present_payment"),
    std::string_view("code_query"),
    std::string_view("code_close"),
    std::string_view("code_refund"),
    std::string_view("reversal"),
};
static_assert(names.size() == static_cast<std::size_t>(Type::count_));

constexpr std::array table{
    TransactionRow{Type::inquiry, "balance inquiry", "0200", "310000", "00", "01", false},
    TransactionRow{Type::sale, "sale", "0200", "000000", "00", "22", true},
    TransactionRow{Type::sale_void, "sale void", "0200", "200000", "00", "23", true},
    TransactionRow{Type::refund, "refund", "0220", "200000", "00", "25", false},
    TransactionRow{Type::pre_authorisation, "pre-authorisation", "0100", "030000", "06", "10", true},
    TransactionRow{Type::pre_authorisation_void, "pre-authorisation void", "0100", "200000", "06", "11",
                   true},
    TransactionRow{Type::completion, "completion, request", "0200", "000000", "06", "20", true},
    TransactionRow{Type::completion_void, "completion void", "0200", "200000", "06", "21", true},
    TransactionRow{Type::completion_advice, "completion, advice", "0220", "000000", "06", "24", false},
    TransactionRow{Type::offline_sale, "offline sale", "0220", "000000", "00", "30", false},
    TransactionRow{Type::adjustment, "adjustment", "0220", "000000", "00", "32", false},
    TransactionRow{Type::tip, "tip", "0220", "000000", "00", "34", false},
    TransactionRow{Type::emv_offline_sale, "EMV offline sale", "0220", "000000", "00", "36", false},
    TransactionRow{Type::emv_offline_sale, "EMV offline sale, batch", "0320", "000000", "00", "36", false},
    TransactionRow{Type::scan_payment, "payment by a scanned code", "0200", "000000", "00", "51", false},
    TransactionRow{Type::present_payment, "payment by a code shown", "0200", "000000", "00", "52", false},
    TransactionRow{Type::code_query, "query of an order", "0200", "310000", "00", "53", false},
    TransactionRow{Type::code_close, "close of an order", "0200", "200000", "00", "54", false},
    TransactionRow{Type::code_refund, "refund of a payment by code", "0220", "200000", "00", "55", false},
};

}  // namespace

std::string_view to_string(TransactionType type) noexcept {
    return names[static_cast<std::size_t>(type)];
}

std::span<const TransactionRow> transaction_table() noexcept {
    return table;
}

const TransactionRow& transaction_row(TransactionType type) noexcept {
    return *std::ranges::find(table, type, &TransactionRow::type);
}

bool opens_order(TransactionType type) noexcept {
    return type == Type::scan_payment || type == Type::present_payment;
}

bool asks_about_order(TransactionType type) noexcept {
    return type == Type::code_query || type == Type::code_close;
}

bool is_of_order(TransactionType type) noexcept {
    return opens_order(type) || asks_about_order(type);
}

bool is_by_code(TransactionType type) noexcept {
    return is_of_order(type) || type == Type::code_refund;
}

const TransactionRow* find_transaction(std::string_view mti, std::string_view processing_code,
                                       std::string_view condition, std::string_view code) noexcept {
    const auto found = std::ranges::find_if(table, [&](const TransactionRow& row) {
        return row.mti == mti && row.processing_code == processing_code && row.condition == condition &&
               row.code == code;
    });
    return found == table.end() ? nullptr : &*found;
}

}  // namespace posbench::iso8583
