#include <utility>

#include <fmt/format.h>

#include "bench/runtime/ascii.hpp"
#include "drivers/terminal/emulated/families.hpp"

namespace posbench::terminal {
namespace {

/// Field 54: account type (2), kind (2), currency (3), C or D, amount (12). Empty when it is not that.
std::string shown_balance(std::string_view field54) {
    constexpr std::size_t whole = 20, sign_at = 7;
    if (field54.size() < whole) return {};
    const auto currency = find_currency(field54.substr(4, 3));
    const std::string digits(field54.substr(sign_at + 1, 12));
    if (!currency || !runtime::is_all_digits(digits)) return {};
    const std::string_view sign = field54[sign_at] == 'D' ? "-" : "";
    return fmt::format("{}{}", sign, show_amount(Amount(std::stoll(digits), *currency)));
}

}  // namespace

/// The balance is shown and not printed; nothing is kept and nothing reversed.
runtime::Task<End> conduct_inquiry(Transaction& inquiry) {
    Step end = co_await inquiry.read_card();
    if (!end) end = co_await inquiry.make_ready();
    if (!end) end = co_await inquiry.verify_holder();
    if (end) co_return *std::move(end);
    End answered = co_await inquiry.go_online();
    const std::string balance = shown_balance(inquiry.balance());
    if (answered.outcome == "approved" && !balance.empty())
        answered.text =
            fmt::format("{}\n{}", say(Text::balance, inquiry.parts().panel.cardholder_language()), balance);
    co_return answered;
}

}  // namespace posbench::terminal
