#include "bench/runner/watch.hpp"

namespace posbench::runner {

using trace::Event;
using trace::Kind;

Watch::Watch(trace::Recorder& trace) : trace_(trace) {
    trace_.observe([this](const Event& event) { see(event); });
}

void Watch::see(const Event& event) {
    switch (event.kind) {
        case Kind::power_cut:
            at_rest_ = true;
            break;
        case Kind::power_restored:
            at_rest_ = false;
            break;
        case Kind::terminal_power:
            at_rest_ = event.text("state") == "off";
            break;
        case Kind::terminal_state:
            at_rest_ = event.text("state") == "idle" || event.text("state") == "crashed";
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

runtime::Task<bool> Watch::rest(runtime::TimePoint deadline) {
    while (!at_rest_) {
        const bool seen = co_await seen_.wait(trace_.clock(), deadline);
        if (!seen) co_return at_rest_;
    }
    co_return true;
}

}  // namespace posbench::runner
