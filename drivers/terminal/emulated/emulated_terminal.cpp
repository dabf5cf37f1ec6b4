#include "drivers/terminal/emulated/emulated_terminal.hpp"

#include <exception>
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
    application_ = std::make_unique<Application>(std::move(hardware), settings_);
    job_ = runtime::Job(run_application(*application_));
}

void EmulatedTerminal::power_off() {
    if (!application_) return;
    job_.cancel();
    application_.reset();
    if (reader_) reader_->power_down();
    trace_.emit(Kind::terminal_state, {{"state", "off"}});
    trace_.emit(Kind::terminal_power, {{"state", "off"}});
}

/// The application never ends by itself: if it throws, whatever it throws, the bench has a fault, and says
/// so. A power cut does not come by here: it destroys the frames, and no handler of theirs runs.
runtime::Task<void> EmulatedTerminal::run_application(Application& application) {
    std::string why = "its application ended";
    try {
        co_await application.run();
    } catch (const std::exception& error) {
        why = error.what();
    } catch (...) {
        why = "an exception that is no std::exception";
    }
    trace_.emit(Kind::terminal_state, {{"state", "crashed"}});
    trace_.emit(Kind::bench_note, {{"severity", "error"}, {"text", "the emulated terminal failed: " + why}});
}

void EmulatedTerminal::press(std::string_view key) {
    if (application_) application_->press(key);
}

void EmulatedTerminal::sign_in() {
    if (application_) application_->request_sign_in();
}

bool EmulatedTerminal::idle() const noexcept {
    return application_ && job_.running() && application_->idle();
}

}  // namespace posbench::terminal
