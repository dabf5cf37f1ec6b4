#pragma once

#include <algorithm>

#include "bench/runtime/time.hpp"

namespace posbench::network::virtual_net {

/// The retransmission time-out from measured round trips: RFC 6298 with Linux's bounds, which keep four
/// deviations at 200 ms or more and the whole at 120 s or less.
class RoundTrip {
  public:
    static constexpr runtime::Duration initial = std::chrono::seconds(1);
    /// After a handshake that had to be repeated and measured nothing (RFC 6298, 5.7).
    static constexpr runtime::Duration unmeasured = std::chrono::seconds(3);
    static constexpr runtime::Duration least_margin = std::chrono::milliseconds(200);
    static constexpr runtime::Duration longest = std::chrono::seconds(120);

    /// A round trip of a segment that was sent once (Karn's rule).
    void measured(runtime::Duration sample) noexcept {
        if (smoothed_.count() == 0) {
            smoothed_ = sample;
            deviation_ = sample / 2;
        } else {
            const runtime::Duration error = sample > smoothed_ ? sample - smoothed_ : smoothed_ - sample;
            deviation_ += (error - deviation_) / 4;
            smoothed_ += (sample - smoothed_) / 8;
        }
        timeout_ = std::min(longest, smoothed_ + std::max(least_margin, 4 * deviation_));
    }
    void not_measured() noexcept {
        if (smoothed_.count() == 0) timeout_ = unmeasured;
    }
    /// The time-out after `doublings` in a row.
    runtime::Duration timeout(int doublings) const noexcept {
        return doublings > 9 ? longest : std::min(longest, timeout_ * (1 << doublings));
    }

  private:
    runtime::Duration smoothed_{};
    runtime::Duration deviation_{};
    runtime::Duration timeout_ = initial;
};

}  // namespace posbench::network::virtual_net
