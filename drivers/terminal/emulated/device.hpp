#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "bench/runtime/sync.hpp"
#include "bench/trace/recorder.hpp"
#include "drivers/terminal/condition.hpp"
#include "drivers/terminal/emulated/texts.hpp"

namespace posbench::terminal {

/// The simulated hardware outside of the payment application, as its drivers answer for it. It knows nothing
/// of transactions and outlives power cycles.
///
/// Levels: a battery below 10 % is low, below 3 % it is flat and the power goes; from 60 degrees the terminal
/// warns, from 75 it switches itself off.
class Device {
  public:
    static constexpr int battery_low = 10, battery_flat = 3;  ///< percent
    static constexpr int warm = 60, too_hot = 75;             ///< degrees Celsius

    explicit Device(trace::Recorder& trace, Condition start = {})
        : trace_(trace), condition_(std::move(start)) {}

    /// Each part that changes is a terminal.condition.
    void change(Condition condition);
    /// Notified after each change.
    runtime::Condition& changed() noexcept { return changed_; }
    const Condition& condition() const noexcept { return condition_; }

    /// The payment application has crashed. Nothing happens when nobody wants to know.
    void report_crash() const {
        if (crashed_) crashed_();
    }
    /// Who restarts it.
    void on_crash(std::function<void()> act) { crashed_ = std::move(act); }

    /// Battery and heat let it run.
    bool can_run() const noexcept;
    bool is_low() const noexcept { return !condition_.mains && condition_.battery < battery_low; }
    bool is_warm() const noexcept { return condition_.temperature >= warm; }
    /// Why there is no connection to be had; none: SIM and modem are fine.
    std::optional<Text> radio_trouble() const noexcept;
    /// The words of terminal.fault for that.
    std::string_view radio_part() const noexcept;
    /// Why nothing can be printed; none: the printer is fine.
    std::optional<Text> printer_trouble() const noexcept;

  private:
    trace::Recorder& trace_;
    Condition condition_;
    runtime::Condition changed_;
    std::function<void()> crashed_;
};

}  // namespace posbench::terminal
