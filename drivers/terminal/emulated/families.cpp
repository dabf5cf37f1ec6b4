#include "drivers/terminal/emulated/families.hpp"

#include <stdexcept>

namespace posbench::terminal {

runtime::Task<End> conduct(Transaction& transaction) {
    using Type = iso8583::TransactionType;
    switch (transaction.data.type) {
        case Type::inquiry:
            return conduct_inquiry(transaction);
        case Type::sale:
            return conduct_sale(transaction);
        case Type::sale_void:
        case Type::completion_void:
            return conduct_void(transaction);
        case Type::refund:
            return conduct_refund(transaction);
        case Type::pre_authorisation:
            return conduct_pre_authorisation(transaction);
        case Type::pre_authorisation_void:
            return conduct_pre_authorisation_void(transaction);
        case Type::completion:
            return conduct_completion(transaction);
        case Type::completion_advice:
            return conduct_completion_advice(transaction);
        case Type::offline_sale:
            return conduct_offline_sale(transaction);
        case Type::adjustment:
            return conduct_adjustment(transaction);
        case Type::tip:
            return conduct_tip(transaction);
        case Type::scan_payment:
            return conduct_scan_payment(transaction);
        case Type::present_payment:
            return conduct_present_payment(transaction);
        case Type::code_refund:
            return conduct_code_refund(transaction);
        case Type::emv_offline_sale:
        case Type::code_query:
        case Type::code_close:
        case Type::reversal:
        case Type::count_:
            break;
    }
    throw std::logic_error("no family begins with this type of transaction");
}

}  // namespace posbench::terminal
