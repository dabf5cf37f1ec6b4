#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "bench/judge/criteria.hpp"
#include "bench/runtime/time.hpp"
#include "bench/trace/event.hpp"

namespace posbench::judge {

/// The part of a trace that one criterion looks at.
struct Window {
    std::size_t begin = 0;  ///< first event that counts
    runtime::TimePoint from{};
    std::optional<runtime::TimePoint> deadline;  ///< from + within
    bool whole = true;                           ///< the trace lasts to the end of the window

    /// An event from `begin` on is in time. (Events of another process may be stamped a little out of order:
    /// the stamp decides, not the place.)
    bool covers(const trace::Event& event) const noexcept { return !deadline || event.at <= *deadline; }
};

/// A trace as the judge sees it: where the steps begin, whether it was cut off, what the bound names mean.
/// Refers to the definition and the events, which outlive it.
class Observation {
  public:
    Observation(const Definition& definition, std::span<const trace::Event> events);
    Observation(const Observation&) = delete;
    Observation& operator=(const Observation&) = delete;

    std::span<const trace::Event> events() const noexcept { return events_; }
    const trace::Event& event(std::size_t index) const { return events_[index]; }

    /// Number of the event with which the steps begin; none when the run never came that far.
    std::optional<std::size_t> steps() const noexcept { return steps_; }
    /// bench.end, when the trace has it.
    const trace::Event* ending() const noexcept { return ending_; }
    /// The run was observed to its own end: complete or hung, not interrupted, not cut off.
    bool ended() const noexcept { return ended_; }
    /// Time of the last event.
    runtime::TimePoint last() const noexcept;

    /// The events after number `after`, to `within` from there.
    Window window_after(std::size_t after, std::optional<runtime::Duration> within) const;

    trace::Truth truth(const trace::Query& query, std::size_t index) const;
    bool matches(const trace::Query& query, std::size_t index) const;
    /// Which bound value that `query` refers to never came; empty when all are there.
    std::string missing(const trace::Query& query) const;
    trace::Mismatch mismatch(const trace::Query& query, std::size_t index) const;
    /// The first match in the window from event number `begin` on, which defaults to the window's own.
    std::optional<std::size_t> find(const trace::Query& query, const Window& window,
                                    std::optional<std::size_t> begin = {}) const;

  private:
    const trace::Event* bound(std::string_view name) const noexcept;

    const Definition& definition_;
    std::span<const trace::Event> events_;
    std::vector<const trace::Event*> bound_;  ///< in the order of the bindings; null: it never came
    trace::Bindings bindings_;
    std::optional<std::size_t> steps_;
    const trace::Event* ending_ = nullptr;
    bool ended_ = false;
};

}  // namespace posbench::judge
