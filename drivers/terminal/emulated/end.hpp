#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "drivers/terminal/emulated/texts.hpp"

namespace posbench::terminal {

/// How a function of the menu ended, as terminal.outcome tells it.
struct End {
    std::string_view outcome;  ///< approved, declined, failed, cancelled
    std::string_view reason;   ///< empty when approved
    std::string text;
    std::string code;  ///< field 39 of the reply it acted on

    End() = default;
    // Made of all four: were it made of a text alone, a Result<std::string, End> could not tell which it
    // holds.
    End(std::string_view how, std::string_view why, std::string shown, std::string answered)
        : outcome(how), reason(why), text(std::move(shown)), code(std::move(answered)) {}
};
/// What a step came to; none: the function goes on.
using Step = std::optional<End>;

inline End ended(std::string_view outcome, std::string_view reason, Text text, Language language) {
    return {outcome, reason, std::string(say(text, language)), {}};
}

}  // namespace posbench::terminal
