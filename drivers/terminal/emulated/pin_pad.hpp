#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "bench/runtime/money.hpp"
#include "bench/runtime/task.hpp"
#include "drivers/terminal/emulated/panel.hpp"

namespace posbench::terminal {

/// What came of asking for a PIN. The digits are wiped when the object goes.
struct PinEntry {
    enum class End : std::uint8_t { entered, bypassed, cancelled, timed_out };
    End end{};
    std::string digits;  ///< 4 to 12; only when entered

    PinEntry() = default;
    PinEntry(PinEntry&& other) noexcept { *this = std::move(other); }
    PinEntry& operator=(PinEntry&& other) noexcept;
    ~PinEntry() { wipe(); }

  private:
    void wipe() noexcept;
};

/// Asks the cardholder for the PIN: 4 to 12 digits and confirm; confirm alone bypasses where the settings
/// allow it, clear starts again, cancel ends the transaction.
/// @param notice whole lines that are shown above the question
runtime::Task<PinEntry> ask_pin(Panel& panel, runtime::Clock& clock, const TerminalSettings& settings,
                                Amount amount, std::string notice = {});

}  // namespace posbench::terminal
