#include "drivers/terminal/emulated/keypad.hpp"

namespace posbench::terminal {
namespace {

using namespace std::chrono_literals;

constexpr auto longest_gap = 120ms;  // between two repeats
constexpr auto release = 1s;
constexpr int most_repeats = 4;

}  // namespace

Keypad::Press Keypad::take(Key key, runtime::TimePoint now) noexcept {
    if (stuck(now) && stuck_ == key) {
        stuck_at_ = now;
        return Press::ignored;
    }
    const bool repeated = last_ == key && now - last_at_ <= longest_gap;
    repeats_ = repeated ? repeats_ + 1 : 0;
    last_ = key;
    last_at_ = now;
    if (repeats_ <= most_repeats) return Press::taken;
    stuck_ = key;
    stuck_at_ = now;
    repeats_ = 0;
    return Press::found_stuck;
}

bool Keypad::stuck(runtime::TimePoint now) const noexcept {
    return stuck_ && now - stuck_at_ < release;
}

}  // namespace posbench::terminal
