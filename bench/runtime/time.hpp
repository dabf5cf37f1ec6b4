#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace posbench::runtime {

using Duration = std::chrono::nanoseconds;
using namespace std::chrono_literals;

/// The time line of one run; its epoch is the start of the run.
struct RunTime {
    using rep = Duration::rep;
    using period = Duration::period;
    using duration = Duration;
};

/// An instant of the run, in nanoseconds since the run began. Monotonic; never wall time.
using TimePoint = std::chrono::time_point<RunTime, Duration>;

/// A deadline that is never reached.
inline constexpr TimePoint never = TimePoint::max();

/// Civil time at the rig (the terminal's and the host's own clocks and calendars), without a zone.
using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

/// Nanoseconds since the start of the run.
inline std::int64_t to_ns(TimePoint instant) {
    return instant.time_since_epoch().count();
}

}  // namespace posbench::runtime
