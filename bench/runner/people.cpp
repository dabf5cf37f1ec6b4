#include "bench/runner/people.hpp"

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

bool asks_for(const Event& event, std::string_view what) {
    return event.kind == Kind::terminal_prompt && event.text("what") == what;
}

}  // namespace

Task<void> Operator::press(std::string_view key) {
    terminal_.press(key);
    co_await clock_.sleep_for(between_keys);
}

Task<void> Operator::type(std::string_view digits) {
    for (std::size_t i = 0; i < digits.size(); ++i) co_await press(digits.substr(i, 1));
}

Task<std::string> Operator::start_sale(Amount amount) {
    std::size_t position = watch_.position();
    co_await press("sale");
    const Event* prompt = co_await watch_.event(
        position, [](const Event& event) { return asks_for(event, "amount"); }, clock_.now() + patience);
    if (!prompt) co_return "the terminal did not ask for the amount within 10s";
    co_await type(fmt::format("{}", amount.minor()));
    co_await press("confirm");
    const Event* next = co_await watch_.event(
        position,
        [](const Event& event) { return asks_for(event, "card") || event.kind == Kind::terminal_outcome; },
        clock_.now() + patience);
    if (!next) co_return "the terminal did not ask for the card within 10s";
    co_return "";
}

Task<std::string> Operator::sign_in() {
    std::size_t position = watch_.position();
    terminal_.sign_in();
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
