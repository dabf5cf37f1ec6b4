#pragma once

#include <string_view>

namespace posbench::host {

/// Field 39 of approvals (10 partial, 11 VIP): they come from a decision, never from a rule, or the books
/// would not agree.
constexpr bool approves(std::string_view code) noexcept {
    return code == "00" || code == "10" || code == "11";
}

}  // namespace posbench::host
