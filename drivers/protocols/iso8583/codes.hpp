#pragma once

#include <span>
#include <string_view>

namespace posbench::iso8583 {

/// "Request in progress": neither an approval nor a refusal yet.
inline constexpr std::string_view request_in_progress = "09";

/// What the host's answer makes the terminal do.
enum class CodeAction { approved, partly_approved, declined, capture };

struct ResponseCode {
    std::string_view code;     ///< field 39
    std::string_view meaning;  ///< English, short
    std::string_view text;     ///< what a terminal displays (Chinese)
    CodeAction action;
};

/// The response codes of UnionPay POS terminals, ascending.
std::span<const ResponseCode> response_codes() noexcept;
/// The entry for `code`; for an unknown one an entry "unknown code", 交易失败, declined.
const ResponseCode& find_response_code(std::string_view code) noexcept;
/// True for an approval, whole or partial.
bool approves(std::string_view code) noexcept;
/// A refusal of the moment (time-out, cut-over, issuer, line or switch out of order: 68, 90, 91, 92, 96, 98):
/// no answer to what has happened already, which is told again.
bool is_passing(std::string_view code) noexcept;

}  // namespace posbench::iso8583
