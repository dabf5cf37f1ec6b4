#include "drivers/terminal/emulated/prompts.hpp"

#include <utility>

namespace posbench::terminal {
namespace {

using runtime::Task;

constexpr std::size_t most_amount_digits = 12;

/// What a prompt takes, besides the keys that end it.
enum class Taken : std::uint8_t { digits, secret_digits, secret_hexadecimal };

bool writes(Key key, Taken taken) {
    return key <= Key::double_zero || (key == Key::alpha && taken == Taken::secret_hexadecimal);
}

bool is_taken(Key key, Taken taken) {
    return writes(key, taken) || key == Key::clear || key == Key::cancel || key == Key::confirm;
}

/// The next key of those that a prompt takes; or how the function ends without one.
Task<Result<Key, End>> next_key(Counter counter, Panel::Dialogue& dialogue, Taken taken) {
    for (;;) {
        const auto input = co_await dialogue.next(counter.clock.now() + counter.settings.operator_wait);
        if (!input) co_return counter.ended("cancelled", "no_input", Text::no_input);
        if (input->what != Input::What::key || !is_taken(input->key, taken)) continue;
        if (taken != Taken::digits && writes(input->key, taken)) {
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

/// The last digit becomes the next of the letters on its key, after the last of them the digit again.
void turn(std::string& digits) {
    if (digits.empty()) return;
    for (const std::string_view on_key : {"2ABC", "3DEF"})
        if (const std::size_t at = on_key.find(digits.back()); at != std::string_view::npos) {
            digits.back() = on_key[(at + 1) % on_key.size()];
            return;
        }
}

/// Until what is shown is confirmed.
Task<Step> await_confirmation(Counter counter, Panel::Dialogue& dialogue) {
    co_await counter.panel.prompt("confirm");
    for (;;) {
        const auto key = co_await next_key(counter, dialogue, Taken::digits);
        if (!key) co_return key.error();
        if (*key == Key::confirm) co_return std::nullopt;
    }
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
        const auto key = co_await next_key(counter, dialogue, Taken::digits);
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
    const Taken taken = asked.hexadecimal ? Taken::secret_hexadecimal
                        : asked.secret    ? Taken::secret_digits
                                          : Taken::digits;
    for (;;) {
        const auto key = co_await next_key(counter, dialogue, taken);
        if (!key) co_return key.error();
        edit(digits, *key, asked.longest);
        if (*key == Key::alpha) turn(digits);
        if (*key == Key::confirm && digits.size() >= asked.shortest) co_return digits;
        std::string shown(say(asked.text, counter.settings.language));
        shown += "\n" + (taken != Taken::digits ? std::string(digits.size(), '*') : digits);
        co_await panel.show(std::move(shown));
    }
}

Task<Step> ask_confirmation(Counter counter, Text text, Amount amount) {
    Panel::Dialogue dialogue(counter.panel);
    co_await counter.panel.show(text, amount);
    co_return co_await await_confirmation(counter, dialogue);
}

Task<Step> ask_confirmation(Counter counter, std::string text) {
    Panel::Dialogue dialogue(counter.panel);
    co_await counter.panel.show(std::move(text));
    co_return co_await await_confirmation(counter, dialogue);
}

}  // namespace posbench::terminal
