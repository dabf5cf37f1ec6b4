#pragma once

#include <string_view>

namespace posbench::cli {

/// Whether output is coloured. @param choice of --color: "auto", "always" or "never"
/// @param terminal standard output is one
/// @param no_color,term the environment's NO_COLOR and TERM; null where unset. A terminal that calls itself
///     "dumb" knows no escape sequences
constexpr bool wants_colour(std::string_view choice, bool terminal, const char* no_color,
                            const char* term) noexcept {
    if (choice != "auto") return choice == "always";
    return terminal && no_color == nullptr && !(term != nullptr && std::string_view(term) == "dumb");
}

}  // namespace posbench::cli
