#pragma once

#include <optional>
#include <string_view>

#include "drivers/terminal/emulated/device.hpp"
#include "drivers/terminal/emulated/keypad.hpp"
#include "drivers/terminal/emulated/panel.hpp"

namespace posbench::terminal {

/// Why the terminal does not begin a transaction.
struct Unfit {
    std::string_view reason;  ///< as terminal.outcome names it
    Text text{};
};

/// What the application looks at in its own hardware. What it finds is a terminal.fault.
class Fitness {
  public:
    Fitness(Panel& panel, runtime::Clock& clock, const Device& device, const Keypad& keypad,
            const TerminalSettings& settings)
        : panel_(panel), clock_(clock), device_(device), keypad_(keypad), settings_(settings) {}

    /// Before a transaction. None: it may begin. It is asked once: what fails later is the business of the
    /// step that meets it.
    runtime::Task<std::optional<Unfit>> examine();
    /// At idle, when something has changed: warnings that nobody asked for.
    runtime::Task<void> warn();

    /// How to ask for a card with the readers there are.
    /// @param field the card may be held into the field
    Text card_prompt(bool field) const noexcept;
    /// There is a contactless reader, and it works.
    bool reads_field() const noexcept {
        return settings_.contactless_reader && !device_.condition().contactless_reader_dead;
    }
    bool chip_reader_dead() const noexcept { return device_.condition().chip_reader_dead; }

  private:
    struct Finding {
        std::string_view part;  ///< as terminal.fault names it
        Unfit unfit;
    };
    std::optional<Finding> look() const noexcept;
    runtime::Task<void> report(std::string_view part, Text text);

    Panel& panel_;
    runtime::Clock& clock_;
    const Device& device_;
    const Keypad& keypad_;
    const TerminalSettings& settings_;
};

}  // namespace posbench::terminal
