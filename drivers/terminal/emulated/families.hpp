#pragma once

#include "bench/runtime/task.hpp"
#include "drivers/terminal/emulated/transaction.hpp"

namespace posbench::terminal {

// The families of transactions. Each reads from top to bottom, and ends when the merchant can be told.

runtime::Task<End> conduct_sale(Transaction& sale);                     // sale.cpp
runtime::Task<End> conduct_void(Transaction& undo);                     // void.cpp: sale, completion
runtime::Task<End> conduct_refund(Transaction& refund);                 // refund.cpp
runtime::Task<End> conduct_inquiry(Transaction& inquiry);               // inquiry.cpp
runtime::Task<End> conduct_pre_authorisation(Transaction& hold);        // pre_authorisation.cpp
runtime::Task<End> conduct_pre_authorisation_void(Transaction& undo);   // pre_authorisation.cpp
runtime::Task<End> conduct_completion(Transaction& completion);         // pre_authorisation.cpp
runtime::Task<End> conduct_completion_advice(Transaction& completion);  // pre_authorisation.cpp
runtime::Task<End> conduct_offline_sale(Transaction& sale);             // offline.cpp
runtime::Task<End> conduct_tip(Transaction& tip);                       // offline.cpp
runtime::Task<End> conduct_adjustment(Transaction& adjustment);         // offline.cpp
runtime::Task<End> conduct_scan_payment(Transaction& payment);          // code_payment.cpp
runtime::Task<End> conduct_present_payment(Transaction& payment);       // code_payment.cpp
runtime::Task<End> conduct_code_refund(Transaction& refund);            // code_payment.cpp

/// The family of a type. Precondition: neither a reversal nor an EMV offline sale, which begins as a sale
runtime::Task<End> conduct(Transaction& transaction);

}  // namespace posbench::terminal
