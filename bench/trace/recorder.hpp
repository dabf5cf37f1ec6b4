#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "bench/runtime/clock.hpp"
#include "bench/trace/event.hpp"

namespace posbench::trace {

/// Receives every event at the moment it is recorded; writes it out.
class Sink {
  public:
    virtual ~Sink() = default;
    virtual void write(const Event& event) = 0;
};

/// The one timeline of a run. Drivers emit; the runner observes; the judge reads it when the run is over.
///
/// Observers run inside emit(), on the emitter's stack: they may note what they saw and notify a Condition,
/// never act on a driver. An emitter that wants reactions to take effect before it goes on suspends next (a
/// sleep or a yield): reactions queued by the event run first.
class Recorder {
  public:
    using Observer = std::function<void(const Event&)>;

    /// @param sink may be null: the events are then kept in memory only
    explicit Recorder(runtime::Clock& clock, Sink* sink = nullptr) : clock_(clock), sink_(sink) {
        events_.reserve(128);
    }

    /// Stamps and records. @throws std::logic_error when a field is not in the vocabulary of `kind`, has
    /// another type or a word that its list does not have, a required one is missing, or the line is longer
    /// than read_jsonl() takes: a mistake in the bench, never in what it tests. Nothing is recorded then.
    void emit(Kind kind, Fields fields = {});
    /// Records an event that another process stamped and named; `at` is on this run's time line.
    /// The same checks; the caller turns the exception into a finding about that process.
    void emit_at(runtime::TimePoint at, Kind kind, Fields fields);

    void observe(Observer observer) { observers_.push_back(std::move(observer)); }
    /// From here on events go to sink and observers, and events() stays as it is: what serves for days must
    /// not keep them.
    void keep_none() noexcept { keeps_ = false; }
    /// Somebody gets the events: where nobody does, emit() does nothing, and what takes work to describe need
    /// not be described.
    bool is_read() const noexcept { return keeps_ || sink_ || !observers_.empty(); }
    const std::vector<Event>& events() const noexcept { return events_; }
    /// Hands over what was recorded, when the run is over; nothing may look at events() after it.
    std::vector<Event> take_events() noexcept { return std::move(events_); }
    runtime::Clock& clock() const noexcept { return clock_; }

  private:
    void pass_on(const Event& event);

    runtime::Clock& clock_;
    Sink* sink_;
    bool keeps_ = true;
    std::vector<Event> events_;
    std::vector<Observer> observers_;
};

}  // namespace posbench::trace
