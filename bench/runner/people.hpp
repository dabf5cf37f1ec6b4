#pragma once

#include <string>
#include <string_view>

#include "bench/runner/watch.hpp"
#include "bench/runtime/job.hpp"
#include "bench/runtime/money.hpp"
#include "drivers/card/card.hpp"
#include "drivers/terminal/terminal.hpp"

/// The two people at a terminal. They take their time, in simulated seconds.
namespace posbench::runner {

/// Presses keys, one every 150 ms.
class Operator {
  public:
    Operator(runtime::Clock& clock, Watch& watch, terminal::Terminal& terminal)
        : clock_(clock), watch_(watch), terminal_(terminal) {}

    runtime::Task<void> press(std::string_view key);
    runtime::Task<void> type(std::string_view digits);
    /// Starts a sale and enters the amount, until the terminal asks for the card or ends the sale.
    /// The result is empty, or says what the terminal did not do.
    runtime::Task<std::string> start_sale(Amount amount);
    /// Signs in by the menu, until the terminal says how it went.
    runtime::Task<std::string> sign_in();

  private:
    runtime::Clock& clock_;
    Watch& watch_;
    terminal::Terminal& terminal_;
};

/// Types the PIN when asked, and takes the card out when told to. Runs beside the scenario until destroyed.
class Cardholder {
  public:
    /// @param pin what is typed at each PIN prompt; with `types_pin` false the scenario's own steps do it
    Cardholder(Operator& hand, Watch& watch, runtime::Clock& clock, card::Card& card, std::string pin,
               bool types_pin);

  private:
    runtime::Task<void> attend();

    Operator& hand_;
    Watch& watch_;
    runtime::Clock& clock_;
    card::Card& card_;
    std::string pin_;
    bool types_pin_;
    runtime::Job job_;
};

}  // namespace posbench::runner
