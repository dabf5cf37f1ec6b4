#pragma once

#include "drivers/terminal/emulated/machine.hpp"
#include "tests/unit/terminal/emulated_rig.hpp"

namespace posbench::terminal::testing {

/// The whole terminal: device, application, watchdog.
class MachineRig : public Scene {
  public:
    explicit MachineRig(std::string_view overrides = "")
        : machine({clock, trace, &reader, host, {"10.0.0.2", 40001}, flash, runtime::Random(1)},
                  settings(overrides)) {
        machine.supply_on();
    }

    /// Lays the TOML over the device's condition.
    void set(std::string_view change) { machine.change(config::load_text(change, "condition")); }
    /// Presses sale and runs until it ended; true when it was refused for `reason`, with `text` shown.
    bool refuses_sale(std::string_view reason, std::string_view text) {
        until_idle();
        const auto outcomes = all(trace::Kind::terminal_outcome).size();
        machine.press("sale");
        run_for(1s);
        if (all(trace::Kind::terminal_outcome).size() != outcomes + 1) return false;
        const trace::Event& outcome = last(trace::Kind::terminal_outcome);
        return outcome.text("outcome") == "failed" && outcome.text("reason") == reason &&
               outcome.text("text").find(text) != std::string_view::npos && shown(text);
    }
    /// Runs up to the approval of a chip sale, before anything is printed.
    void approve_chip_sale() {
        start_sale();
        reader.insert();
        REQUIRE(until(trace::Kind::terminal_outcome, [](const trace::Event&) { return true; }));
    }
    int faults(std::string_view what) const { return count(trace::Kind::terminal_fault, "what", what); }

    Machine machine;

  private:
    void push(std::string_view key) override { machine.press(key); }
    void choose(Function function) override { machine.choose(function); }
    bool idle() const override { return machine.idle(); }
    bool ended() const override { return false; }
};

}  // namespace posbench::terminal::testing
