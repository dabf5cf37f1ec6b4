#include "drivers/terminal/emulated/device.hpp"

#include <utility>

namespace posbench::terminal {

void Device::change(Condition condition) {
    const auto before = describe(condition_);
    condition_ = std::move(condition);
    const auto after = describe(condition_);
    for (std::size_t i = 0; i < after.size(); ++i)
        if (after[i] != before[i])
            trace_.emit(trace::Kind::terminal_condition,
                        {{"what", after[i].first}, {"value", after[i].second}});
    changed_.notify_all();
}

bool Device::can_run() const noexcept {
    return (condition_.mains || condition_.battery >= battery_flat) && condition_.temperature < too_hot;
}

std::optional<Text> Device::radio_trouble() const noexcept {
    if (condition_.sim == Sim::absent) return Text::sim_absent;
    if (condition_.sim == Sim::locked) return Text::sim_locked;
    switch (condition_.modem) {
        case Modem::registered:
            break;
        case Modem::searching:
            return Text::searching_network;
        case Modem::no_signal:
            return Text::weak_signal;
        case Modem::no_carrier:
            return Text::no_carrier;
        case Modem::disconnected:
            return Text::radio_disconnected;
        case Modem::no_antenna:
            return Text::no_antenna;
    }
    return std::nullopt;
}

std::string_view Device::radio_part() const noexcept {
    return condition_.sim == Sim::present ? "modem" : "sim";
}

std::optional<Text> Device::printer_trouble() const noexcept {
    switch (condition_.printer) {
        case PrinterState::fine:
            break;
        case PrinterState::no_paper:
            return Text::no_paper;
        case PrinterState::cover_open:
            return Text::printer_open;
        case PrinterState::overheated:
            return Text::printer_hot;
        case PrinterState::motor_fault:
            return Text::printer_broken;
    }
    return std::nullopt;
}

}  // namespace posbench::terminal
