#include "bench/runner/people.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace posbench::runner {

using namespace std::chrono_literals;
using runtime::Task;
using trace::Event;
using trace::Kind;

namespace {

constexpr auto between_keys = 150ms;
constexpr auto patience = 10s;  // of the operator, for the next prompt
constexpr auto sign_in_patience = 5min;
constexpr auto to_read_a_prompt = 1s;

bool is_prompt(const Event& event) {
    return event.kind == Kind::terminal_prompt;
}

bool asks_for(const Event& event, std::string_view what) {
    return is_prompt(event) && event.text("what") == what;
}

/// It asks the cardholder, not the operator.
bool asks_cardholder(const Event& event) {
    constexpr std::array<std::string_view, 8> prompts{"card",      "swipe_again", "insert_again", "use_chip",
                                                      "tap_again", "remove_card", "pin",          "code"};
    return is_prompt(event) && std::ranges::find(prompts, event.text("what")) != prompts.end();
}

bool shows(const Event& event) {
    return event.kind == Kind::terminal_display;
}

bool is_death_of_display(const Event& event) {
    return event.kind == Kind::terminal_condition && event.text("what") == "display" &&
           event.text("value") == "dead";
}

bool is_loss_of_power(const Event& event) {
    return event.kind == Kind::terminal_power && event.text("state") == "off";
}

/// A function of the menu ended.
bool is_end(const Event& event) {
    return event.kind == Kind::terminal_outcome || event.kind == Kind::terminal_sign_in;
}

/// The function needs the operator no more, for now at least.
bool is_under_way(const Event& event) {
    return is_end(event) || event.kind == Kind::terminal_connecting;
}

/// Letters stand on 2 and 3, behind their digit.
std::vector<std::string_view> keys_for(std::string_view digits) {
    std::vector<std::string_view> keys;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        const std::size_t letter = std::string_view("ABCDEF").find(digits[i]);
        if (letter == std::string_view::npos) {
            keys.push_back(digits.substr(i, 1));
            continue;
        }
        keys.push_back(letter < 3 ? "2" : "3");
        keys.insert(keys.end(), letter % 3 + 1, "alpha");
    }
    return keys;
}

}  // namespace

Operator::Operator(runtime::Clock& clock, Watch& watch, terminal::Terminal& terminal)
    : clock_(clock), watch_(watch), terminal_(terminal) {
    job_ = runtime::Job(clock_, attend());
}

Task<void> Operator::press(std::string_view key) {
    terminal_.press(key);
    co_await clock_.sleep_for(between_keys);
}

Task<void> Operator::type(std::string_view digits) {
    const std::vector<std::string_view> keys = keys_for(digits);
    for (const std::string_view key : keys) co_await press(key);
}

Task<std::string> Operator::start(terminal::Function function, Answers answers) {
    std::size_t position = started_at_ = watch_.position();
    answers_ = std::move(answers);
    if (function == terminal::Function::sale) {
        co_await press(to_string(function));
    } else {
        terminal_.choose(function);
    }
    std::string asked;
    runtime::Duration typing{};
    for (;;) {
        const Event* event = co_await watch_.event(
            position, [](const Event& seen) { return is_prompt(seen) || is_under_way(seen); },
            clock_.now() + typing + patience);
        if (!event)
            co_return fmt::format("the terminal did not {} within 10s after {}",
                                  asked.empty() ? "ask for anything" : "go on",
                                  asked.empty() ? to_string(function) : asked);
        if (!is_prompt(*event) || asks_cardholder(*event)) co_return "";
        asked = event->text("what");
        if (!knows(asked))
            co_return fmt::format(
                "the terminal asks for '{}', and neither the step nor a receipt says what to "
                "type",
                asked);
        typing = between_keys * static_cast<std::int64_t>(keys_for(digits_for(asked)).size());
    }
}

/// Types the answers, also those that are asked for when start() has come back.
Task<void> Operator::attend() {
    std::size_t position = watch_.position();
    for (;;) {
        const Event* event = co_await watch_.event(
            position, [](const Event& seen) { return is_prompt(seen) || is_end(seen); }, runtime::never);
        if (is_end(*event)) {
            if (position > started_at_) answers_.reset();
            continue;
        }
        const std::string what(event->text("what"));
        if (!answers_ || !knows(what)) continue;
        const std::string digits = digits_for(what);
        co_await type(digits);
        co_await press("confirm");
    }
}

bool Operator::knows(std::string_view prompt) const {
    return prompt == "confirm" || !digits_for(prompt).empty();
}

/// Empty when the operator does not know.
std::string Operator::digits_for(std::string_view prompt) const {
    const auto minor = [](const std::optional<Amount>& amount) {
        return amount ? fmt::format("{}", amount->minor()) : std::string();
    };
    const auto or_receipt = [this](const std::string& typed, std::string_view field) {
        return typed.empty() ? from_receipt(field) : typed;
    };
    if (!answers_) return {};
    if (prompt == "amount") return minor(answers_->amount);
    if (prompt == "tip") return minor(answers_->tip);
    if (prompt == "voucher") return answers_->original == "last" ? from_receipt("stan") : answers_->original;
    if (prompt == "reference") return or_receipt(answers_->reference, "rrn");
    if (prompt == "date") return or_receipt(answers_->date, "date");
    if (prompt == "auth_code") return or_receipt(answers_->auth_code, "auth_code");
    if (prompt == "operator") return answers_->operator_number;
    if (prompt == "password") return answers_->password;
    if (prompt == "key_component_1") return answers_->key_components[0];
    if (prompt == "key_component_2") return answers_->key_components[1];
    return {};
}

/// A field of the receipt in the operator's hand: the last of an approval, or the last of that STAN.
std::string Operator::from_receipt(std::string_view field) const {
    const auto in_hand = [this](const Event& event) {
        return event.kind == Kind::terminal_printed && event.text("outcome") == "approved" &&
               event.find("stan") &&
               (answers_->original == "last" || event.text("stan") == answers_->original);
    };
    const Event* receipt = watch_.last_before(started_at_, in_hand);
    return receipt ? std::string(receipt->text(field)) : std::string();
}

std::optional<std::string> Operator::display() const {
    const std::size_t now = watch_.position();
    const Event* shown = watch_.last_before(now, shows);
    const Event* last = watch_.last_before(now, [](const Event& event) {
        return shows(event) || is_death_of_display(event) || is_loss_of_power(event);
    });
    if (!last || (!shown && is_loss_of_power(*last))) return std::nullopt;
    return last == shown ? std::string(last->text("text")) : std::string();
}

Task<std::string> Operator::sign_in() {
    std::size_t position = watch_.position();
    terminal_.choose(terminal::Function::sign_in);
    const Event* done = co_await watch_.event(
        position, [](const Event& event) { return event.kind == Kind::terminal_sign_in; },
        clock_.now() + sign_in_patience);
    if (!done) co_return "the terminal did not sign in within 5min";
    co_return "";
}

Cardholder::Cardholder(Operator& hand, Watch& watch, runtime::Clock& clock, card::Card& card, std::string pin,
                       bool types_pin)
    : hand_(hand), watch_(watch), clock_(clock), card_(card), pin_(std::move(pin)), types_pin_(types_pin) {
    job_ = runtime::Job(clock_, attend());
}

Task<void> Cardholder::attend() {
    std::size_t position = 0;
    for (;;) {
        const Event* prompt = co_await watch_.event(
            position,
            [](const Event& event) { return asks_for(event, "pin") || asks_for(event, "remove_card"); },
            runtime::never);
        const bool for_pin = prompt->text("what") == "pin";
        co_await clock_.sleep_for(to_read_a_prompt);
        if (!for_pin) {
            card_.remove();
        } else if (types_pin_) {
            co_await hand_.type(pin_);
            co_await hand_.press("confirm");
        }
    }
}

}  // namespace posbench::runner
