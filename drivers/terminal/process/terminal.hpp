#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "bench/config/value.hpp"
#include "bench/runtime/random.hpp"
#include "bench/runtime/real_clock.hpp"
#include "bench/runtime/stream.hpp"
#include "drivers/card/card.hpp"
#include "drivers/registry.hpp"
#include "drivers/terminal/process/flash_folder.hpp"
#include "drivers/terminal/process/foreign.hpp"
#include "drivers/terminal/process/messages.hpp"
#include "drivers/terminal/terminal.hpp"

namespace posbench::terminal::process {

class Session;

/// A terminal that is a process of its own, behind the protocol of README.md. Its supply is its life: power
/// off is SIGKILL, power on is a new process with the same flash file.
class ProcessTerminal final : public Terminal {
  public:
    /// @param settings the terminal profile, handed to the program as it is
    /// @param reader may be null: the program then sees no card
    ProcessTerminal(drivers::Context& context, std::filesystem::path program, config::Value settings,
                    card::Reader* reader, runtime::Endpoint host);
    ~ProcessTerminal() override;

    /// @throws std::system_error when the program cannot be started
    void power_on() override;
    void power_off() override;
    void press(std::string_view key) override;
    void choose(Function function) override;
    void scan(std::string_view text) override;
    /// The condition outlives the process: the next one begins with it, in its settings.
    void condition(const config::Value& change) override;
    bool idle() const noexcept override;

  private:
    drivers::Context& context_;
    runtime::RealClock& clock_;
    std::filesystem::path program_;
    card::Reader* reader_;
    FlashFolder flash_;
    runtime::Random random_;
    Hello hello_;                       ///< the same at every power on, but for seed and condition
    ScannedCodes codes_;                ///< its flash may keep them from one power cycle to another
    std::unique_ptr<Session> session_;  ///< null while off
};

}  // namespace posbench::terminal::process
