#pragma once

#include <optional>
#include <string>

#include "bench/runtime/task.hpp"
#include "drivers/terminal/emulated/journal.hpp"
#include "drivers/terminal/emulated/prompts.hpp"

namespace posbench::terminal {

/// Who works at the terminal, and what he may do. Without accounts in the profile everybody may do
/// everything. Wrong passwords and unknown numbers are counted in the flash; after `password_tries` of them
/// nothing is done until a supervisor has logged in, and each wrong log-in takes a minute.
class Operators {
  public:
    /// @param number_shown of who is logged in, as receipts and sign-ins show it
    Operators(Counter counter, Journal& journal, std::string& number_shown)
        : counter_(counter), settings_(counter.settings), journal_(journal), number_shown_(number_shown) {}

    /// Number and password. None: logged in.
    runtime::Task<Step> log_in();
    void log_out() noexcept { logged_in_ = false; }
    /// Somebody has to log in before anything is done.
    bool absent() const noexcept { return !settings_.operators.empty() && !logged_in_; }
    /// None: the function may be done now. Asks for a supervisor's password where the profile wants one, and
    /// for the master key always.
    runtime::Task<Step> permit(Function function);

  private:
    bool locked() const noexcept;
    runtime::Task<Step> count_wrong(Text text);

    Counter counter_;
    const TerminalSettings& settings_;
    Journal& journal_;
    std::string& number_shown_;
    bool logged_in_ = false;
};

}  // namespace posbench::terminal
