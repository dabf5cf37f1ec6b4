#include "drivers/terminal/emulated/machine.hpp"

#include <utility>

namespace posbench::terminal {
namespace {

using namespace std::chrono_literals;
using trace::Kind;

constexpr auto stuck_key_repeats = 100ms;

}  // namespace

Machine::Machine(Surroundings surroundings, std::shared_ptr<const TerminalSettings> settings)
    : surroundings_(std::move(surroundings)),
      settings_(std::move(settings)),
      device_(surroundings_.trace, settings_->condition),
      watchdog_([this] { restart_by_watchdog(); }) {
    if (surroundings_.reader) reader_.emplace(*surroundings_.reader, device_, settings_->defects);
    device_.on_crash([this] {
        crashed_ = true;
        arm_watchdog();
    });
    // The case may have been opened while no machine was there to see it.
    if (device_.condition().tampered) follow_tamper(false);
}

void Machine::supply_on() {
    if (supplied_) return;
    supplied_ = true;
    powered_ = true;
    holding_key_ = runtime::Job(surroundings_.clock, hold_key());
    if (device_.can_run()) {
        start();
    } else {
        follow_power();
    }
}

void Machine::supply_off() {
    halt();
    holding_key_.cancel();
    supplied_ = powered_ = false;
}

void Machine::change(const config::Value& change) {
    const Condition before = device_.condition();
    device_.change(read_condition(change, before));
    if (supplied_) follow_power();
    follow_tamper(before.tampered);
    follow_application(before.application);
}

void Machine::press(std::string_view key) {
    if (application_) application_->press(key);
}

void Machine::choose(Function function) {
    if (application_) application_->choose(function);
}

void Machine::scan(std::string_view text) {
    if (application_) application_->scan(text);
}

bool Machine::idle() const noexcept {
    const bool runs = device_.condition().application == ApplicationState::running;
    return application_ && runs && job_.running() && application_->idle();
}

void Machine::start() {
    Condition running = device_.condition();
    running.application = ApplicationState::running;
    device_.change(std::move(running));
    // Each power cycle draws other numbers than the one before.
    runtime::Random random(surroundings_.random.next());
    Hardware hardware{surroundings_.clock,
                      surroundings_.trace,
                      device_,
                      reader_ ? &*reader_ : nullptr,
                      surroundings_.network,
                      surroundings_.host,
                      surroundings_.flash,
                      random};
    application_ = std::make_unique<Application>(std::move(hardware), *settings_);
    job_ = runtime::Job(surroundings_.clock, application_->run());
}

void Machine::halt() {
    watchdog_.disarm();
    crashed_ = false;
    job_.cancel();
    application_.reset();
    if (surroundings_.reader) surroundings_.reader->power_down();
}

/// The device takes its power away, or gives it back.
void Machine::follow_power() {
    if (powered_ && !device_.can_run()) {
        halt();
        powered_ = false;
        surroundings_.trace.emit(Kind::terminal_state, {{"state", "off"}});
        surroundings_.trace.emit(Kind::terminal_power, {{"state", "off"}});
    } else if (!powered_ && device_.can_run()) {
        powered_ = true;
        surroundings_.trace.emit(Kind::terminal_power, {{"state", "on"}});
        start();
    }
}

/// The tamper circuit has a cell of its own: keys go with or without power. Locked or unlocked, the
/// application begins anew.
void Machine::follow_tamper(bool before) {
    const bool tampered = device_.condition().tampered;
    if (tampered == before || settings_->defects.has(Defect::ignores_tamper)) return;
    if (tampered) Journal::erase_keys(surroundings_.flash);
    if (!powered_) return;
    halt();
    start();
}

void Machine::follow_application(ApplicationState before) {
    const ApplicationState state = device_.condition().application;
    if (!powered_ || state == before) return;
    if (state == ApplicationState::running) {
        halt();
        start();
        return;
    }
    if (state == ApplicationState::stopped) halt();
    arm_watchdog();
}

/// It runs out that long after the application has last fed it.
void Machine::arm_watchdog() {
    if (settings_->defects.has(Defect::no_watchdog) || watchdog_.armed()) return;
    surroundings_.clock.arm(watchdog_, surroundings_.clock.now() + settings_->timings.watchdog);
}

void Machine::restart_by_watchdog() {
    const bool stopped = device_.condition().application == ApplicationState::stopped;
    const std::string_view found = stopped ? "stopped" : crashed_ ? "crashed" : "blocked";
    halt();
    surroundings_.trace.emit(Kind::terminal_fault, {{"what", "application"}, {"detail", found}});
    start();
}

runtime::Task<void> Machine::hold_key() {
    for (;;) {
        while (device_.condition().stuck_key == "none") co_await device_.changed().wait(surroundings_.clock);
        press(device_.condition().stuck_key);
        co_await surroundings_.clock.sleep_for(stuck_key_repeats);
    }
}

}  // namespace posbench::terminal
