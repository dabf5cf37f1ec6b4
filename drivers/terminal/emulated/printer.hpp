#pragma once

#include <utility>

#include "bench/runtime/task.hpp"
#include "drivers/terminal/emulated/device.hpp"
#include "drivers/terminal/emulated/panel.hpp"

namespace posbench::terminal {

/// The printer with the operator in front of it.
class Printer {
  public:
    Printer(Panel& panel, runtime::Clock& clock, Device& device, const TerminalSettings& settings)
        : panel_(panel), clock_(clock), device_(device), settings_(settings) {}

    /// Takes the time of one copy. False: the printer was not fit, or no longer so before its end, and the
    /// copy is not whole; terminal.fault says so.
    runtime::Task<bool> print();
    /// Says what is wrong and offers to print again: confirm takes the offer, cancel or nothing within the
    /// operator's time leaves it for later.
    runtime::Task<bool> offer_again();

    /// What is wrong with it; a fault that has gone by itself was one all the same.
    Text trouble() const noexcept { return device_.printer_trouble().value_or(Text::printer_broken); }
    /// print() has failed since this was asked last.
    bool take_failure() noexcept { return std::exchange(failed_, false); }

  private:
    Panel& panel_;
    runtime::Clock& clock_;
    Device& device_;
    const TerminalSettings& settings_;
    bool failed_ = false;
};

}  // namespace posbench::terminal
