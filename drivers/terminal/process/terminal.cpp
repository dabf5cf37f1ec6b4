#include "drivers/terminal/process/terminal.hpp"

#include <utility>

#include "drivers/terminal/process/session.hpp"

namespace posbench::terminal::process {

using trace::Kind;

ProcessTerminal::ProcessTerminal(drivers::Context& context, std::filesystem::path program,
                                 config::Value settings, card::Reader* reader, runtime::Endpoint host)
    : context_(context),
      clock_(runtime::require_real(context.clock, "process")),
      program_(std::move(program)),
      reader_(reader),
      flash_(context.resources),
      random_(context.random.fork("terminal")),
      hello_{clock_.start_ns(), clock_.wall_start(),    0,
             std::move(host),   flash_.file().native(), std::move(settings)} {}

ProcessTerminal::~ProcessTerminal() = default;

void ProcessTerminal::power_on() {
    if (session_) return;
    context_.trace.emit(Kind::terminal_power, {{"state", "on"}});
    hello_.seed = random_.next();  // each power cycle draws other numbers than the one before
    session_ = std::make_unique<Session>(context_, clock_, program_, reader_, hello_, codes_);
}

void ProcessTerminal::power_off() {
    if (!session_) return;
    session_.reset();
    context_.trace.emit(Kind::terminal_state, {{"state", "off"}});
    context_.trace.emit(Kind::terminal_power, {{"state", "off"}});
}

void ProcessTerminal::press(std::string_view key) {
    if (session_) session_->press(key);
}

void ProcessTerminal::choose(Function function) {
    if (session_) session_->choose(function);
}

void ProcessTerminal::scan(std::string_view text) {
    if (session_) session_->scan(text);
}

void ProcessTerminal::condition(const config::Value& change) {
    config::merge(config::at_path(hello_.settings, "condition"), change);
    if (session_) session_->condition(change);
}

bool ProcessTerminal::idle() const noexcept {
    return session_ && session_->idle();
}

}  // namespace posbench::terminal::process
