#pragma once

#include <array>
#include <string_view>

namespace posbench::trace {

/// Functions of a terminal's menu, by the names that they have in terminal.outcome, in the verb
/// terminal.start and on the control channel; in the order of terminal::Function.
inline constexpr std::array<std::string_view, 26> terminal_functions{"sale",
                                                                     "void",
                                                                     "refund",
                                                                     "pre_authorisation",
                                                                     "pre_authorisation_void",
                                                                     "completion",
                                                                     "completion_void",
                                                                     "completion_advice",
                                                                     "inquiry",
                                                                     "offline_sale",
                                                                     "adjustment",
                                                                     "tip",
                                                                     "scan_payment",
                                                                     "present_payment",
                                                                     "code_refund",
                                                                     "settlement",
                                                                     "sign_in",
                                                                     "sign_off",
                                                                     "echo",
                                                                     "parameters",
                                                                     "authority_keys",
                                                                     "applications",
                                                                     "master_key",
                                                                     "reprint",
                                                                     "login",
                                                                     "logout"};

}  // namespace posbench::trace
