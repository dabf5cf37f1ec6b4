#include "bench/judge/verdict.hpp"

#include <array>
#include <cstddef>

namespace posbench::judge {

std::string_view to_string(Verdict verdict) noexcept {
    constexpr std::array<std::string_view, 6> names{"none", "pass",  "inconclusive",
                                                    "fail", "error", "skipped"};
    return names[static_cast<std::size_t>(verdict)];
}

}  // namespace posbench::judge
