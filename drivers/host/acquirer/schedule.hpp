#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "bench/config/reader.hpp"
#include "bench/runtime/time.hpp"

namespace posbench::host {

/// A part of a day by the host's civil time, on some days or on all: from `from` up to, not including, `to`.
/// Past midnight when `to` does not come later; the day is then the one on which it begins.
struct Window {
    std::chrono::seconds from{0};
    std::chrono::seconds to = std::chrono::hours(24);
    std::uint8_t weekdays = 0x7F;              ///< bit 0 Sunday
    std::vector<std::chrono::sys_days> dates;  ///< empty: by weekday
};

/// Windows of time, such as those in which a host is maintained. Without any it is always.
class Schedule {
  public:
    Schedule() = default;
    explicit Schedule(std::vector<Window> windows) noexcept : windows_(std::move(windows)) {}

    bool always() const noexcept { return windows_.empty(); }
    bool contains(runtime::WallTime now) const;
    /// Time after which it may contain the instant where it did not before, or the other way round; a day at
    /// most. None where it is always.
    std::optional<runtime::Duration> until_change(runtime::WallTime now) const;

  private:
    std::vector<Window> windows_;
};

/// `between`: two times of day, or a table (an array of them) with `days` or `dates`, `from` and `to`. Always
/// when there is none. @throws config::ConfigError
Schedule read_schedule(config::Reader& reader);

}  // namespace posbench::host
