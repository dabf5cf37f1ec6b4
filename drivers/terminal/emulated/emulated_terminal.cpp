#include "drivers/terminal/emulated/emulated_terminal.hpp"

#include <stdexcept>
#include <utility>

namespace posbench::terminal {
namespace {

using trace::Kind;

runtime::Connector& connector_of(network::Network& network) {
    if (!network.connector())
        throw std::invalid_argument(
            "the emulated terminal needs a network with an interface in this process");
    return *network.connector();
}

}  // namespace

EmulatedTerminal::EmulatedTerminal(drivers::Context& context, card::Reader* reader, network::Network& network,
                                   std::shared_ptr<const TerminalSettings> settings)
    : trace_(context.trace),
      machine_({context.clock, context.trace, reader, connector_of(network), network.host_endpoint(), flash_,
                context.random.fork("terminal")},
               std::move(settings)) {}

void EmulatedTerminal::power_on() {
    if (machine_.powered()) return;
    trace_.emit(Kind::terminal_power, {{"state", "on"}});
    machine_.supply_on();
}

void EmulatedTerminal::power_off() {
    const bool was_powered = machine_.powered();
    machine_.supply_off();
    if (!was_powered) return;
    trace_.emit(Kind::terminal_state, {{"state", "off"}});
    trace_.emit(Kind::terminal_power, {{"state", "off"}});
}

void EmulatedTerminal::press(std::string_view key) {
    machine_.press(key);
}

void EmulatedTerminal::choose(Function function) {
    machine_.choose(function);
}

void EmulatedTerminal::scan(std::string_view text) {
    machine_.scan(text);
}

void EmulatedTerminal::condition(const config::Value& change) {
    machine_.change(change);
}

bool EmulatedTerminal::idle() const noexcept {
    return machine_.idle();
}

}  // namespace posbench::terminal
