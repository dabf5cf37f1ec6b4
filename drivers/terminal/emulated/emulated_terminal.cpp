#include "drivers/terminal/emulated/emulated_terminal.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace posbench::terminal {

using trace::Kind;

EmulatedTerminal::EmulatedTerminal(drivers::Context& context, card::Reader* reader, network::Network& network,
                                   std::shared_ptr<const TerminalSettings> settings)
    : clock_(context.clock),
      trace_(context.trace),
      reader_(reader),
      network_(network),
      settings_(std::move(settings)),
      random_(context.random.fork("terminal")) {
    if (!network_.connector())
        throw std::invalid_argument(
            "the emulated terminal needs a network with an interface in this process");
}

void EmulatedTerminal::power_on() {
    if (application_) return;
    trace_.emit(Kind::terminal_power, {{"state", "on"}});
    // Each power cycle draws other numbers than the one before.
    runtime::Random random(random_.next());
    Hardware hardware{clock_, trace_, reader_, *network_.connector(), network_.host_endpoint(),
                      flash_, random};
    application_ = std::make_unique<Application>(std::move(hardware), *settings_);
    job_ = runtime::Job(clock_, application_->run());
}

void EmulatedTerminal::power_off() {
    if (!application_) return;
    job_.cancel();
    application_.reset();
    if (reader_) reader_->power_down();
    trace_.emit(Kind::terminal_state, {{"state", "off"}});
    trace_.emit(Kind::terminal_power, {{"state", "off"}});
}

void EmulatedTerminal::press(std::string_view key) {
    if (application_) application_->press(key);
}

void EmulatedTerminal::choose(Function function) {
    if (application_) application_->choose(function);
}

bool EmulatedTerminal::idle() const noexcept {
    return application_ && job_.running() && application_->idle();
}

}  // namespace posbench::terminal
