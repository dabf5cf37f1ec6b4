#include "bench/runner/watch.hpp"

#include <algorithm>

namespace posbench::runner {

using trace::Event;
using trace::Kind;

namespace {

constexpr runtime::Duration look_again = std::chrono::milliseconds(10);

}  // namespace

Watch::Watch(trace::Recorder& trace) : trace_(trace) {
    trace_.observe([this](const Event& event) { see(event); });
}

void Watch::see(const Event& event) {
    const auto state = event.text("state");
    switch (event.kind) {
        case Kind::power_cut:
            terminal_ = Terminal::off;
            break;
        case Kind::power_restored:
            terminal_ = Terminal::busy;
            break;
        case Kind::terminal_power:
            terminal_ = state == "off" ? Terminal::off : Terminal::busy;
            break;
        case Kind::terminal_state:
            terminal_ = state == "idle" || state == "locked" ? Terminal::idle
                        : state == "crashed"                 ? Terminal::crashed
                                                             : Terminal::busy;
            break;
        default:
            break;
    }
    if (seen_.has_waiters()) seen_.notify_all();
}

runtime::Task<const Event*> Watch::event(std::size_t& position, Predicate predicate,
                                         runtime::TimePoint deadline) {
    for (;;) {
        while (position < trace_.events().size()) {
            const Event& event = trace_.events()[position++];
            if (predicate(event)) co_return &event;
        }
        const bool seen = co_await seen_.wait(trace_.clock(), deadline);
        if (!seen && position == trace_.events().size()) co_return nullptr;
    }
}

const Event* Watch::last_before(std::size_t count, const Predicate& predicate) const {
    while (count-- > 0)
        if (predicate(trace_.events()[count])) return &trace_.events()[count];
    return nullptr;
}

runtime::Task<bool> Watch::rest(const terminal::Terminal& terminal, runtime::TimePoint deadline) {
    runtime::Clock& clock = trace_.clock();
    for (;;) {
        const bool over = terminal_ == Terminal::off || terminal_ == Terminal::crashed;
        if (over || (terminal_ == Terminal::idle && terminal.idle())) co_return true;
        if (clock.now() >= deadline) co_return false;
        // The driver's own knowledge changes without an event: look again.
        const runtime::TimePoint next = terminal_ == Terminal::idle ? clock.now() + look_again : deadline;
        co_await seen_.wait(clock, std::min(next, deadline));
    }
}

}  // namespace posbench::runner
