#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "bench/config/value.hpp"
#include "bench/runtime/job.hpp"
#include "drivers/terminal/emulated/application.hpp"
#include "drivers/terminal/emulated/device.hpp"
#include "drivers/terminal/emulated/device_reader.hpp"

namespace posbench::terminal {

/// What the terminal is plugged into. All references outlive the machine.
struct Surroundings {
    runtime::Clock& clock;
    trace::Recorder& trace;
    card::Reader* reader;  ///< null: no card reader
    runtime::Connector& network;
    runtime::Endpoint host;
    Flash& flash;
    runtime::Random random;
};

/// A terminal across power cycles: its device, and its payment application while there is power. Power comes
/// from the supply and goes also by a flat battery or by heat; the watchdog restarts an application that is
/// blocked or stopped or has crashed; opening the case erases the working keys and restarts it.
///
/// terminal.power of the supply is its owner's to emit; of a loss by the device it is the machine's.
/// Not to be called from inside the application.
class Machine {
  public:
    Machine(Surroundings surroundings, std::shared_ptr<const TerminalSettings> settings);
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;
    ~Machine() { supply_off(); }

    /// Nothing happens when it has its supply already.
    void supply_on();
    /// Stops at this very instant.
    void supply_off();
    /// The application has power.
    bool powered() const noexcept { return powered_; }

    /// Lays `change` over the device's condition. @throws config::ConfigError as read_condition() does
    void change(const config::Value& change);

    /// Keys, as Application::press(); lost without power.
    void press(std::string_view key);
    void choose(Function function);
    void scan(std::string_view text);
    bool idle() const noexcept;

  private:
    void start();
    void halt();
    void follow_power();
    void follow_tamper(bool before);
    void follow_application(ApplicationState before);
    void arm_watchdog();
    void restart_by_watchdog();
    runtime::Task<void> hold_key();

    Surroundings surroundings_;
    std::shared_ptr<const TerminalSettings> settings_;
    Device device_;
    std::optional<DeviceReader> reader_;
    bool supplied_ = false;
    bool powered_ = false;
    runtime::CallbackTimer watchdog_;
    bool crashed_ = false;  ///< the application, in this power cycle
    // The job ends before the application it runs: members go in reverse order.
    std::unique_ptr<Application> application_;
    runtime::Job job_;
    runtime::Job holding_key_;
};

}  // namespace posbench::terminal
