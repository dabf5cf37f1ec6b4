#include "drivers/terminal/function.hpp"

#include <algorithm>

#include "bench/trace/functions.hpp"

namespace posbench::terminal {
using trace::terminal_functions;
static_assert(terminal_functions.size() == static_cast<std::size_t>(Function::count_));

std::string_view to_string(Function function) noexcept {
    return terminal_functions[static_cast<std::size_t>(function)];
}

std::optional<Function> find_function(std::string_view name) noexcept {
    const auto found = std::ranges::find(terminal_functions, name);
    if (found == terminal_functions.end()) return std::nullopt;
    return static_cast<Function>(found - terminal_functions.begin());
}

}  // namespace posbench::terminal
