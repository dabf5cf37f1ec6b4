#pragma once

#include <memory>

#include "drivers/network/network.hpp"
#include "drivers/registry.hpp"
#include "drivers/terminal/emulated/machine.hpp"
#include "drivers/terminal/terminal.hpp"

namespace posbench::terminal {

/// The emulated terminal in the bench's own process: a machine with flash that survives power cuts.
class EmulatedTerminal final : public Terminal {
  public:
    EmulatedTerminal(drivers::Context& context, card::Reader* reader, network::Network& network,
                     std::shared_ptr<const TerminalSettings> settings);

    void power_on() override;
    void power_off() override;
    void press(std::string_view key) override;
    void choose(Function function) override;
    void scan(std::string_view text) override;
    void condition(const config::Value& change) override;
    bool idle() const noexcept override;

  private:
    trace::Recorder& trace_;
    MemoryFlash flash_;
    Machine machine_;
};

}  // namespace posbench::terminal
