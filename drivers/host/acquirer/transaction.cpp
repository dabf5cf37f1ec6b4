#include "drivers/host/acquirer/transaction.hpp"

namespace posbench::host {

bool is_charge(TransactionType type) noexcept {
    switch (type) {
        case TransactionType::sale:
        case TransactionType::completion:
        case TransactionType::completion_advice:
        case TransactionType::offline_sale:
        case TransactionType::emv_offline_sale:
        case TransactionType::scan_payment:
        case TransactionType::present_payment:
            return true;
        default:
            return false;
    }
}

bool is_advice(TransactionType type) noexcept {
    switch (type) {
        case TransactionType::completion_advice:
        case TransactionType::offline_sale:
        case TransactionType::emv_offline_sale:
        case TransactionType::adjustment:
        case TransactionType::tip:
        case TransactionType::refund:
        case TransactionType::code_refund:
            return true;
        default:
            return false;
    }
}

}  // namespace posbench::host
