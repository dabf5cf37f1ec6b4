#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace posbench::terminal {

/// A function of the terminal's menu. The names are those of terminal.outcome's `transaction`, of the verb
/// terminal.start and of the control channel (process/README.md).
enum class Function : std::uint8_t {
    sale,
    sale_void,  ///< "void": of a sale of this batch
    refund,
    pre_authorisation,
    pre_authorisation_void,
    completion,  ///< of a pre-authorisation, asked for
    completion_void,
    completion_advice,  ///< of a pre-authorisation, told
    inquiry,
    offline_sale,
    adjustment,       ///< of an offline sale: another amount
    tip,              ///< added to a sale
    scan_payment,     ///< by the customer's payment code, which the terminal scans
    present_payment,  ///< by a code that the terminal shows
    code_refund,      ///< of a payment by code
    settlement,
    sign_in,
    sign_off,
    echo,
    parameters,      ///< download
    authority_keys,  ///< download
    applications,    ///< download
    master_key,      ///< loaded by its components
    reprint,         ///< of the last receipt
    login,           ///< of an operator
    logout,
    count_,
};

/// "sale", "void", "pre_authorisation_void".
std::string_view to_string(Function function) noexcept;
std::optional<Function> find_function(std::string_view name) noexcept;

}  // namespace posbench::terminal
