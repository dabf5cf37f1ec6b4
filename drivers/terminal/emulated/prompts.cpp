#include "drivers/terminal/emulated/prompts.hpp"

#include <utility>

namespace posbench::terminal {
namespace {

using runtime::Task;

constexpr std::size_t most_amount_digits = 12;

bool is_taken(Key key) {
    return key <= Key::double_zero || key == Key::clear || key == Key::cancel || key == Key::confirm;
}

/// The next key of those that a prompt takes; or how the function ends without one.
Task<Result<Key, End>> next_key(Counter counter, Panel::Dialogue& dialogue, bool secret) {
    for (;;) {
        const auto input = co_await dialogue.next(counter.clock.now() + counter.settings.operator_wait);
        if (!input) co_return counter.ended("cancelled", "no_input", Text::no_input);
        if (input->what != Input::What::key || !is_taken(input->key)) continue;
        if (secret && input->key <= Key::double_zero) {
            co_await counter.panel.took_pin_digit();
        } else {
            co_await counter.panel.took(input->key);
        }
        if (input->key == Key::cancel) co_return counter.ended("cancelled", "cancelled", Text::cancelled);
        co_return input->key;
    }
}

/// A digit goes behind `digits` while there is room; clear empties them.
void edit(std::string& digits, Key key, std::size_t longest) {
    if (key == Key::clear) digits.clear();
    if (key <= Key::double_zero && digits.size() + to_string(key).size() <= longest) digits += to_string(key);
}

}  // namespace

Task<Result<Amount, End>> ask_amount(Counter counter, std::string_view prompt, Text text, Amount most) {
    Panel& panel = counter.panel;
    const Currency& currency = counter.settings.currency;
    co_await panel.enter(State::amount);
    Panel::Dialogue dialogue(panel);
    co_await panel.show(text, Amount(0, currency));
    co_await panel.prompt(prompt);
    std::string digits;
    for (;;) {
        const auto key = co_await next_key(counter, dialogue, false);
        if (!key) co_return key.error();
        edit(digits, *key, most_amount_digits);
        const Amount amount(digits.empty() ? 0 : std::stoll(digits), currency);
        const bool zero = amount.minor() == 0 && !counter.settings.defects.has(Defect::accepts_zero_amount);
        if (*key != Key::confirm) {
            co_await panel.show(text, amount);
        } else if (zero) {
            co_await panel.show(Text::amount_zero);
        } else if (amount > most) {
            co_await panel.show(Text::amount_too_large);
        } else {
            co_return amount;
        }
    }
}

Task<Result<std::string, End>> ask_digits(Counter counter, DigitsAsked asked) {
    Panel& panel = counter.panel;
    co_await panel.enter(asked.state);
    Panel::Dialogue dialogue(panel);
    co_await panel.show(asked.text);
    co_await panel.prompt(asked.prompt);
    std::string digits = asked.begun;
    for (;;) {
        const auto key = co_await next_key(counter, dialogue, asked.secret);
        if (!key) co_return key.error();
        edit(digits, *key, asked.longest);
        if (*key == Key::confirm && digits.size() >= asked.shortest) co_return digits;
        std::string shown(say(asked.text, counter.settings.language));
        shown += "\n" + (asked.secret ? std::string(digits.size(), '*') : digits);
        co_await panel.show(std::move(shown));
    }
}

Task<Step> ask_confirmation(Counter counter, Text text, Amount amount) {
    Panel& panel = counter.panel;
    Panel::Dialogue dialogue(panel);
    co_await panel.show(text, amount);
    co_await panel.prompt("confirm");
    for (;;) {
        const auto key = co_await next_key(counter, dialogue, false);
        if (!key) co_return key.error();
        if (*key == Key::confirm) co_return std::nullopt;
    }
}

}  // namespace posbench::terminal
