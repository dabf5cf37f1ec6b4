#pragma once

#include <functional>
#include <string>

#include "bench/runtime/sync.hpp"
#include "bench/trace/recorder.hpp"
#include "drivers/terminal/terminal.hpp"

namespace posbench::runner {

/// The runner's eyes: waits for events of the trace, and knows from them what the terminal is doing.
class Watch {
  public:
    using Predicate = std::function<bool(const trace::Event&)>;

    explicit Watch(trace::Recorder& trace);

    /// Number of events so far: where a later wait may begin.
    std::size_t position() const noexcept { return trace_.events().size(); }
    /// The first event from `position` on for which `predicate` holds; waits for it until `deadline`.
    /// `position` is left behind it. Null when the deadline comes first. The pointer holds until the next
    /// event.
    runtime::Task<const trace::Event*> event(std::size_t& position, Predicate predicate,
                                             runtime::TimePoint deadline);
    /// The last event for which `predicate` holds among the first `count`. Null when there is none. The
    /// pointer holds until the next event.
    const trace::Event* last_before(std::size_t count, const Predicate& predicate) const;
    /// Waits until `terminal` is at rest: idle (by its last state, and by its driver, which knows of inputs
    /// still under way), crashed, or without power. False when the deadline comes first.
    runtime::Task<bool> rest(const terminal::Terminal& terminal, runtime::TimePoint deadline);

  private:
    void see(const trace::Event& event);

    trace::Recorder& trace_;
    runtime::Condition seen_;
    enum class Terminal { off, crashed, idle, busy } terminal_ = Terminal::off;
};

}  // namespace posbench::runner
