#pragma once

#include <string>
#include <string_view>

#include "bench/config/value.hpp"
#include "bench/runtime/money.hpp"
#include "bench/runtime/task.hpp"
#include "bench/runtime/time.hpp"
#include "drivers/terminal/function.hpp"

namespace posbench::terminal {

/// The device under test as its operator handles it. Role "terminal".
///
/// What the terminal does comes back as events of the trace, never as return values: a real terminal has
/// none.
class Terminal {
  public:
    virtual ~Terminal() = default;

    /// Supply on: the terminal boots and, as configured, signs in. Called by the power driver and at the
    /// start.
    virtual void power_on() = 0;
    /// Supply off at this very instant.
    virtual void power_off() = 0;

    /// Presses a key: sale, 0-9, 00, point, confirm, clear, cancel, menu. Keys pressed while the terminal
    /// does not listen are lost, as on the real device.
    virtual void press(std::string_view key) = 0;
    /// Chooses a function of the menu: begun as soon as the terminal is idle; of two chosen while it is busy
    /// the later counts.
    virtual void choose(Function function) = 0;
    /// Holds a payment code (a QR code or bar code that says `text`) before its scanner. Ignored when none is
    /// asked for; a terminal without a scanner says so by a bench.note of severity stimulus.
    virtual void scan(std::string_view text) = 0;

    /// Changes the state of its hardware: `change`, a table, has the keys of read_condition()
    /// (condition.hpp), checked before. What changes is a terminal.condition; what cannot be done a
    /// bench.note of severity stimulus.
    virtual void condition(const config::Value& change) = 0;

    /// Nothing is going on: the idle display, no message outstanding. False while off.
    virtual bool idle() const noexcept = 0;
};

}  // namespace posbench::terminal
