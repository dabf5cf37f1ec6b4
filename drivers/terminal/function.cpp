#include "drivers/terminal/function.hpp"

#include <algorithm>
#include <array>

namespace posbench::terminal {
namespace {

constexpr std::array<std::string_view, 22> names{"sale",
                                                 "void",
                                                 "refund",
                                                 "pre_authorisation",
                                                 "pre_authorisation_void",
                                                 "completion",
                                                 "completion_void",
                                                 "completion_advice",
                                                 "inquiry",
                                                 "offline_sale",
                                                 "adjustment",
                                                 "tip",
                                                 "settlement",
                                                 "sign_in",
                                                 "sign_off",
                                                 "echo",
                                                 "parameters",
                                                 "authority_keys",
                                                 "applications",
                                                 "reprint",
                                                 "login",
                                                 "logout"};
static_assert(names.size() == static_cast<std::size_t>(Function::count_));

}  // namespace

std::string_view to_string(Function function) noexcept {
    return names[static_cast<std::size_t>(function)];
}

std::optional<Function> find_function(std::string_view name) noexcept {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) return std::nullopt;
    return static_cast<Function>(found - names.begin());
}

}  // namespace posbench::terminal
