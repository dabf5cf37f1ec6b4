#include "drivers/terminal/emulated/pin_pad.hpp"

#include <optional>

#include <fmt/format.h>
#include <openssl/crypto.h>

namespace posbench::terminal {
namespace {

using runtime::Task;

constexpr std::size_t shortest_pin = 4;
constexpr std::size_t longest_pin = 12;

}  // namespace

void PinEntry::wipe() noexcept {
    OPENSSL_cleanse(digits.data(), digits.size());
    digits.clear();
}

PinEntry& PinEntry::operator=(PinEntry&& other) noexcept {
    if (this == &other) return *this;
    wipe();
    end = other.end;
    digits = other.digits;  // a moved-from string would keep its characters
    other.wipe();
    return *this;
}

Task<PinEntry> ask_pin(Panel& panel, runtime::Clock& clock, const TerminalSettings& settings, Amount amount,
                       std::string notice) {
    PinEntry pin;
    co_await panel.enter(State::pin);
    Panel::Dialogue dialogue(panel);
    std::string question = fmt::format("{}{}\n{}", notice, say(Text::enter_pin, panel.cardholder_language()),
                                       show_amount(amount));
    co_await panel.show(std::move(question));
    co_await panel.prompt("pin");
    for (;;) {
        const std::optional<Input> input = co_await dialogue.next(clock.now() + settings.operator_wait);
        if (!input) {
            pin.end = PinEntry::End::timed_out;
            co_return std::move(pin);
        }
        if (input->what != Input::What::key) continue;
        const Key key = input->key;
        if (key <= Key::digit_9) {
            if (pin.digits.size() == longest_pin) continue;
            pin.digits.push_back(static_cast<char>('0' + static_cast<int>(key)));
            co_await panel.took_pin_digit();
        } else if (key == Key::clear) {
            pin.digits.clear();
            co_await panel.took(key);
        } else if (key == Key::cancel) {
            co_await panel.took(key);
            pin.end = PinEntry::End::cancelled;
            co_return std::move(pin);
        } else if (key == Key::confirm) {
            co_await panel.took(key);
            const bool bypass = pin.digits.empty() && settings.pin_bypass;
            if (bypass || pin.digits.size() >= shortest_pin) {
                pin.end = bypass ? PinEntry::End::bypassed : PinEntry::End::entered;
                co_return std::move(pin);
            }
            co_await panel.show(Text::pin_length);
        }
    }
}

}  // namespace posbench::terminal
