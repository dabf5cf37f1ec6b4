#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "bench/runner/watch.hpp"
#include "bench/runtime/job.hpp"
#include "bench/runtime/money.hpp"
#include "drivers/card/card.hpp"
#include "drivers/terminal/terminal.hpp"

/// The two people at a terminal. They take their time, in simulated seconds.
namespace posbench::runner {

/// What the operator types where the terminal asks for it. Empty: read from the receipt of `original`, where
/// it is of the original transaction; else not known.
struct Answers {
    std::optional<Amount> amount, tip;
    std::string original = "last";  ///< the receipt in the operator's hand: the last one, or that of a STAN
    std::string reference;          ///< field 37 of the original
    std::string date;               ///< MMDD of the original
    std::string auth_code;          ///< field 38 of the original
    std::string operator_number, password;
    std::array<std::string, 2> key_components;  ///< 32 hexadecimal digits each
};

/// Presses keys, one every 150 ms; answers what the terminal asks for in a function that start() began, until
/// that ends. Runs beside the scenario until destroyed.
class Operator {
  public:
    Operator(runtime::Clock& clock, Watch& watch, terminal::Terminal& terminal);

    runtime::Task<void> press(std::string_view key);
    /// A to F by the digit 2 or 3 and alpha after it, as often as it takes.
    runtime::Task<void> type(std::string_view digits);
    /// Chooses a function and answers, until the terminal asks for the card, turns to the host or ends it; a
    /// sale by its key. The result is empty, or says what the terminal did not do or the operator cannot
    /// answer.
    runtime::Task<std::string> start(terminal::Function function, Answers answers);
    /// What the display shows, lines separated by a line feed; empty while it is dark: without power, and
    /// from its death or the return of the power until it shows something. None: nobody sees it, for nothing
    /// was ever said of it.
    std::optional<std::string> display() const;
    /// Signs in by the menu, until the terminal says how it went.
    runtime::Task<std::string> sign_in();

  private:
    runtime::Task<void> attend();
    bool knows(std::string_view prompt) const;
    std::string digits_for(std::string_view prompt) const;
    std::string from_receipt(std::string_view field) const;

    runtime::Clock& clock_;
    Watch& watch_;
    terminal::Terminal& terminal_;
    std::optional<Answers> answers_;  ///< while a function that start() began is under way
    std::size_t started_at_ = 0;      ///< number of events before it
    runtime::Job job_;
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
