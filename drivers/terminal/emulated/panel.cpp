#include "drivers/terminal/emulated/panel.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace posbench::terminal {
namespace {

using runtime::Clock;
using trace::Kind;

using namespace std::chrono_literals;

/// What the device takes for anything that has no timing of its own.
constexpr auto shortest_moment = 200us;

constexpr std::array<std::string_view, 18> key_names{"0",    "1",       "2",     "3",      "4",    "5",
                                                     "6",    "7",       "8",     "9",      "00",   "point",
                                                     "sale", "confirm", "clear", "cancel", "menu", "alpha"};

}  // namespace

std::optional<Key> find_key(std::string_view name) noexcept {
    const auto found = std::ranges::find(key_names, name);
    if (found == key_names.end()) return std::nullopt;
    return static_cast<Key>(found - key_names.begin());
}

std::string_view to_string(Key key) noexcept {
    return key_names[static_cast<std::size_t>(key)];
}

std::string_view to_string(State state) noexcept {
    constexpr std::array<std::string_view, 20> names{
        "booting",     "signing_in", "idle",    "amount",     "card",     "reading",   "pin",
        "connecting",  "sending",    "waiting", "completing", "printing", "reversing", "settling",
        "downloading", "login",      "code",    "paying",     "crashed",  "locked"};
    return names[static_cast<std::size_t>(state)];
}

Clock::Sleep Panel::pause(runtime::Duration time) const {
    const bool blocked = device_.condition().application == ApplicationState::blocked;
    return blocked ? clock_.sleep_until(runtime::never) : clock_.sleep_for(time);
}

Clock::Sleep Panel::emit(Kind kind, trace::Fields fields) {
    trace_.emit(kind, std::move(fields));
    return pause(shortest_moment);
}

void Panel::note(Kind kind, trace::Fields fields) {
    trace_.emit(kind, std::move(fields));
}

Clock::Sleep Panel::moment() {
    return pause(shortest_moment);
}

Clock::Sleep Panel::enter(State state) {
    if (state != state_ || state == State::booting) {
        state_ = state;
        trace_.emit(Kind::terminal_state, {{"state", to_string(state)}});
    }
    return pause(shortest_moment);
}

Clock::Sleep Panel::show(Text text) {
    return show(std::string(say(text, language(text))));
}

Clock::Sleep Panel::show(Text text, const Amount& amount) {
    return show(std::string(say(text, language(text))) + "\n" + show_amount(amount));
}

Clock::Sleep Panel::show(std::string text) {
    if (!device_.condition().display_dead) trace_.emit(Kind::terminal_display, {{"text", std::move(text)}});
    return pause(std::max<runtime::Duration>(settings_.timings.display, shortest_moment));
}

Clock::Sleep Panel::show_code(std::string code, const Amount& amount) {
    if (!first_code_) first_code_ = code;
    if (settings_.defects.has(Defect::shows_old_code)) code = *first_code_;
    return show(fmt::format("{}\n{}\n{}", say(Text::code_shown, language(Text::code_shown)), code,
                            show_amount(amount)));
}

Clock::Sleep Panel::prompt(std::string_view what) {
    return emit(Kind::terminal_prompt, {{"what", what}});
}

Clock::Sleep Panel::took(Key key) {
    trace_.emit(Kind::terminal_key, {{"key", to_string(key)}});
    return pause(std::max<runtime::Duration>(settings_.timings.key, shortest_moment));
}

runtime::Task<void> Panel::crash() {
    co_await enter(State::crashed);
    device_.report_crash();
    co_await clock_.sleep_until(runtime::never);
}

Clock::Sleep Panel::took_pin_digit() {
    trace_.emit(Kind::terminal_key, {{"key", "*"}});
    return pause(std::max<runtime::Duration>(settings_.timings.key, shortest_moment));
}

}  // namespace posbench::terminal
