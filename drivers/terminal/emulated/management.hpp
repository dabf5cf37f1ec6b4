#pragma once

#include "drivers/terminal/emulated/end.hpp"
#include "drivers/terminal/emulated/online.hpp"

/// What the terminal says to its host besides money and working keys: network management messages (0820),
/// told apart by field 60.3.
namespace posbench::terminal {

/// One of them, and its answer when that is 00.
/// @param field62 empty: none
runtime::Task<Result<iso8583::Message, End>> ask_management(std::string_view function, Bytes field62,
                                                            Panel& panel, Journal& journal, Online& online,
                                                            const TerminalSettings& settings);
/// 002. The working keys are not used after it, whatever the host answers.
runtime::Task<End> sign_off(Panel& panel, Journal& journal, Online& online, const TerminalSettings& settings);
/// 301.
runtime::Task<End> test_line(Panel& panel, Journal& journal, Online& online,
                             const TerminalSettings& settings);

}  // namespace posbench::terminal
