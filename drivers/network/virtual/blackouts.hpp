#pragma once

#include <cstdint>
#include <vector>

#include "bench/runtime/random.hpp"
#include "bench/runtime/time.hpp"
#include "drivers/network/profile.hpp"

namespace posbench::network::virtual_net {

/// The blackouts of a profile as windows of time. Nothing is made in advance: window n of a schedule follows
/// from n alone (its length is drawn from a generator forked by that number), so that asking rarely or often
/// gives the same answers and a schedule without an end needs no timer of its own.
class Blackouts {
  public:
    explicit Blackouts(const runtime::Random& random) noexcept : random_(random) {}

    /// Replaces the schedules; their times count from `origin`.
    void schedule(const std::vector<Blackout>& blackouts, runtime::TimePoint origin);

    bool scheduled() const noexcept { return in_force_ < records_.size(); }
    bool dark(runtime::TimePoint now) const;
    /// The first instant after `now` at which a window begins or ends; `never` when there is none.
    runtime::TimePoint next_edge(runtime::TimePoint now) const;
    /// A segment is sent now: counts it. True when a blackout swallows it.
    bool swallow(runtime::TimePoint now);

    /// What a schedule did, for the proof.
    struct Record {
        Blackout asked;
        runtime::TimePoint from{};
        runtime::TimePoint to = runtime::never;
        std::int64_t sent = 0;       ///< segments sent while it was in force
        std::int64_t swallowed = 0;  ///< of them, inside a window
        std::int64_t acted = 0;      ///< windows that swallowed something
        std::int64_t last_acted = -1;
        runtime::TimePoint first{};
        std::uint64_t number = 0;
    };
    const std::vector<Record>& records() const noexcept { return records_; }

  private:
    struct Window {
        std::int64_t number;
        runtime::TimePoint begin, end;
        bool holds(runtime::TimePoint now) const noexcept { return begin <= now && now < end; }
    };
    Window window(const Record& record, std::int64_t number) const;
    /// The last window that has begun at `now`, or the first when none has.
    Window latest(const Record& record, runtime::TimePoint now) const;

    runtime::Random random_;
    std::vector<Record> records_;  ///< those replaced first
    std::size_t in_force_ = 0;     ///< index of the first that is in force
};

}  // namespace posbench::network::virtual_net
