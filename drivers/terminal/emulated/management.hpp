#pragma once

#include "drivers/terminal/emulated/end.hpp"
#include "drivers/terminal/emulated/online.hpp"

/// What the terminal says to its host besides money and keys (0820).
namespace posbench::terminal {

/// Field 60.3 = 002. The working keys are not used after it, whatever the host answers.
runtime::Task<End> sign_off(Panel& panel, Journal& journal, Online& online, const TerminalSettings& settings);
/// Field 60.3 = 360: parameters, checked whole, stored, and then in force. What the host has none of leaves
/// those that there are.
runtime::Task<End> download_parameters(Panel& panel, Journal& journal, Online& online,
                                       TerminalSettings& settings);
/// Field 60.3 = 301.
runtime::Task<End> test_line(Panel& panel, Journal& journal, Online& online,
                             const TerminalSettings& settings);

}  // namespace posbench::terminal
