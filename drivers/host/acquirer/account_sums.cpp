#include "drivers/host/acquirer/account_sums.hpp"

#include <fmt/format.h>

#include "bench/trace/mask.hpp"

namespace posbench::host {
namespace {

/// From the cardholder to the merchant; negative the other way. Minor units.
std::int64_t moved(const Transaction& transaction) {
    const bool moves = transaction.standing == Standing::approved || transaction.standing == Standing::voided;
    if (!moves) return 0;
    const std::int64_t amount = transaction.amount.minor();
    switch (transaction.type) {
        case TransactionType::sale:
        case TransactionType::offline_sale:
        case TransactionType::emv_offline_sale:
        case TransactionType::completion:
        case TransactionType::completion_advice:
        case TransactionType::tip:
        case TransactionType::scan_payment:
        case TransactionType::present_payment:
            return amount;
        case TransactionType::adjustment:
            return transaction.gives_back ? -amount : amount;
        case TransactionType::sale_void:
        case TransactionType::completion_void:
        case TransactionType::refund:
        case TransactionType::code_refund:
            return -amount;
        default:
            return 0;
    }
}

std::string differs(std::string_view whose, std::string_view what, Amount books, std::int64_t transactions) {
    if (books.minor() == transactions) return {};
    return fmt::format("{} {} {}, by the transactions {}", whose, what, books.to_string(),
                       Amount(transactions, books.currency()).to_string());
}

template <class Sums>
std::int64_t sum_of(const Sums& sums, std::string_view name) {
    const auto found = sums.find(std::string(name));
    return found == sums.end() ? 0 : found->second;
}

}  // namespace

void AccountSums::add_moved(const Transaction& transaction) {
    const std::int64_t amount = moved(transaction);
    if (amount == 0) return;
    charged_[std::string(std::string_view(transaction.pan))] += amount;
    earned_[std::string(std::string_view(transaction.mid))] += amount;
}

void AccountSums::add_held(const Transaction& transaction) {
    if (transaction.type == TransactionType::pre_authorisation && transaction.standing == Standing::approved)
        held_[std::string(std::string_view(transaction.pan))] += transaction.amount.minor();
}

std::string AccountSums::cardholder_differs(std::string_view pan, Amount charged, Amount held) const {
    const std::string whose = "account " + trace::mask_pan(pan);
    std::string fault = differs(whose, "was charged", charged, sum_of(charged_, pan));
    if (fault.empty()) fault = differs(whose, "holds", held, sum_of(held_, pan));
    return fault;
}

std::string AccountSums::merchant_differs(std::string_view mid, Amount earned) const {
    return differs(fmt::format("merchant {}", mid), "got", earned, sum_of(earned_, mid));
}

}  // namespace posbench::host
