#include "drivers/terminal/emulated/operators.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace posbench::terminal {

using runtime::Task;

namespace {

constexpr std::size_t longest_password = 12;
constexpr runtime::Duration lock_wait = std::chrono::minutes(1);  ///< for each wrong log-in while locked

/// What is done at a terminal nobody works at.
bool is_free(Function function) {
    return function == Function::login || function == Function::sign_in || function == Function::echo;
}

}  // namespace

bool Operators::locked() const noexcept {
    return !settings_.operators.empty() && journal_.password_failures() >= settings_.password_tries;
}

/// A terminal that is locked already lets nobody try on: the next attempt comes after a while.
Task<Step> Operators::count_wrong(Text text) {
    if (locked()) {
        co_await counter_.panel.show(Text::terminal_locked);
        co_await counter_.clock.sleep_for(lock_wait);
    }
    co_await journal_.set_password_failures(journal_.password_failures() + 1);
    if (locked()) co_return counter_.ended("failed", "locked", Text::terminal_locked);
    co_return counter_.ended("failed", "login", text);
}

Task<Step> Operators::log_in() {
    const DigitsAsked number_asked{"operator", Text::enter_operator, 2, 2};
    const auto number = co_await ask_digits(counter_, number_asked);
    if (!number) co_return number.error();
    const DigitsAsked password_asked{"password", Text::enter_password, 1, longest_password,
                                     true,       State::login};
    const auto password = co_await ask_digits(counter_, password_asked);
    if (!password) co_return password.error();
    const auto account = std::ranges::find(settings_.operators, *number, &OperatorAccount::number);
    if (account == settings_.operators.end()) co_return co_await count_wrong(Text::operator_unknown);
    if (account->password != *password) co_return co_await count_wrong(Text::password_wrong);
    if (locked() && !account->supervisor) co_return counter_.ended("failed", "locked", Text::terminal_locked);
    number_shown_ = account->number;
    logged_in_ = true;
    if (journal_.password_failures() > 0) co_await journal_.set_password_failures(0);
    co_return std::nullopt;
}

Task<Step> Operators::permit(Function function) {
    if (settings_.operators.empty() || is_free(function)) co_return std::nullopt;
    if (locked()) co_return counter_.ended("failed", "locked", Text::terminal_locked);
    if (absent()) co_return counter_.ended("failed", "login", Text::log_in_first);
    const bool supervised = function == Function::master_key ||
                            std::ranges::find(settings_.supervised, function) != settings_.supervised.end();
    if (!supervised) co_return std::nullopt;
    const DigitsAsked asked{"password",  Text::enter_supervisor_password, 1, longest_password, true,
                            State::login};
    const auto password = co_await ask_digits(counter_, asked);
    if (!password) co_return password.error();
    const bool right = std::ranges::any_of(settings_.operators, [&](const OperatorAccount& account) {
        return account.supervisor && account.password == *password;
    });
    if (!right) co_return co_await count_wrong(Text::password_wrong);
    co_return std::nullopt;
}

}  // namespace posbench::terminal
