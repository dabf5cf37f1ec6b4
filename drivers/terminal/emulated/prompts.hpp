#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "bench/runtime/result.hpp"
#include "bench/runtime/task.hpp"
#include "drivers/terminal/emulated/end.hpp"
#include "drivers/terminal/emulated/panel.hpp"

/// What the terminal asks its operator for. Each waits `operator_wait` for each key; cancel, and no input,
/// end the function.
namespace posbench::terminal {

/// The panel and who waits at it.
struct Counter {
    Panel& panel;
    runtime::Clock& clock;
    const TerminalSettings& settings;

    End ended(std::string_view outcome, std::string_view reason, Text text) const {
        return terminal::ended(outcome, reason, text, panel.language(text));
    }
};

/// Digits to be typed.
struct DigitsAsked {
    std::string_view prompt;  ///< as terminal.prompt names it
    Text text{};
    std::size_t shortest = 1, longest = 12;
    bool secret = false;  ///< a password, a card's number, a key: its digits show nowhere
    State state = State::amount;
    std::string begun{};  ///< digits that were typed already
    /// A to F may be typed: 2 and alpha is A, with alpha again B and C; 3 likewise D, E and F.
    bool hexadecimal = false;
};

/// Digits are minor units as they are typed: 1 2 3 4 is 12.34. More than zero, at most `most`.
runtime::Task<Result<Amount, End>> ask_amount(Counter counter, std::string_view prompt, Text text,
                                              Amount most);
/// Shorter input is not taken.
runtime::Task<Result<std::string, End>> ask_digits(Counter counter, DigitsAsked asked);
/// Shows `text` with the amount until it is confirmed.
runtime::Task<Step> ask_confirmation(Counter counter, Text text, Amount amount);
/// The same with a text alone.
runtime::Task<Step> ask_confirmation(Counter counter, std::string text);

}  // namespace posbench::terminal
