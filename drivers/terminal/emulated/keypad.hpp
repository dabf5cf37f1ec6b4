#pragma once

#include <cstdint>
#include <optional>

#include "bench/runtime/time.hpp"
#include "drivers/terminal/emulated/panel.hpp"

namespace posbench::terminal {

/// Tells a stuck key from a pressed one: no hand presses the same key six times with at most 120 ms between
/// two. Until it has been quiet for a second a stuck key counts for nothing.
class Keypad {
  public:
    enum class Press : std::uint8_t {
        taken,
        found_stuck,  ///< with this press
        ignored,
    };
    Press take(Key key, runtime::TimePoint now) noexcept;
    bool stuck(runtime::TimePoint now) const noexcept;

  private:
    std::optional<Key> last_, stuck_;
    runtime::TimePoint last_at_{}, stuck_at_{};
    int repeats_ = 0;
};

}  // namespace posbench::terminal
