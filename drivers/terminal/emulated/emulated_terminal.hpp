#pragma once

#include <memory>
#include <optional>

#include "bench/runtime/job.hpp"
#include "drivers/network/network.hpp"
#include "drivers/registry.hpp"
#include "drivers/terminal/emulated/application.hpp"
#include "drivers/terminal/terminal.hpp"

namespace posbench::terminal {

/// The emulated terminal in the bench's own process: the application with flash that survives power cuts.
class EmulatedTerminal final : public Terminal {
  public:
    EmulatedTerminal(drivers::Context& context, card::Reader* reader, network::Network& network,
                     std::shared_ptr<const TerminalSettings> settings);

    void power_on() override;
    void power_off() override;
    void press(std::string_view key) override;
    void choose(Function function) override;
    bool idle() const noexcept override;

  private:
    runtime::Clock& clock_;
    trace::Recorder& trace_;
    card::Reader* reader_;
    network::Network& network_;
    std::shared_ptr<const TerminalSettings> settings_;
    runtime::Random random_;
    MemoryFlash flash_;
    // The job ends before the application it runs: members go in reverse order.
    std::unique_ptr<Application> application_;
    runtime::Job job_;
};

}  // namespace posbench::terminal
