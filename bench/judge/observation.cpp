#include "bench/judge/observation.hpp"

#include <algorithm>

namespace posbench::judge {

using trace::Event;
using trace::Kind;

Observation::Observation(const Definition& definition, std::span<const Event> events)
    : definition_(definition),
      events_(events),
      bound_(definition.bindings.size(), nullptr),
      bindings_([this](std::string_view name) { return bound(name); }) {
    for (std::size_t b = 0; b < definition.bindings.size(); ++b) {
        const trace::Query& query = definition.bindings[b].query;
        const auto found =
            std::ranges::find_if(events, [&](const Event& event) { return query.matches(event); });
        if (found != events.end()) bound_[b] = &*found;
    }
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (!steps_ && events[i].kind == Kind::bench_phase && events[i].text("phase") == "steps") steps_ = i;
        if (!ending_ && events[i].kind == Kind::bench_end) ending_ = &events[i];
    }
    if (ending_) {
        const auto state = ending_->text("state");
        ended_ = state == "complete" || state == "hung";
    }
}

runtime::TimePoint Observation::last() const noexcept {
    return events_.empty() ? runtime::TimePoint{} : events_.back().at;
}

Window Observation::window_after(std::size_t after, std::optional<runtime::Duration> within) const {
    Window window;
    window.begin = after + 1;
    window.from = events_[after].at;
    window.whole = ended_;
    if (!within) return window;
    const auto room = runtime::TimePoint::max() - window.from;
    window.deadline = *within < room ? window.from + *within : runtime::TimePoint::max();
    window.whole = ended_ || last() > *window.deadline;
    return window;
}

const Event* Observation::bound(std::string_view name) const noexcept {
    for (std::size_t b = 0; b < bound_.size(); ++b)
        if (definition_.bindings[b].name == name) return bound_[b];
    return nullptr;
}

trace::Truth Observation::truth(const trace::Query& query, std::size_t index) const {
    return query.truth(events_[index], bindings_);
}

std::string Observation::missing(const trace::Query& query) const {
    return query.missing(bindings_);
}

bool Observation::matches(const trace::Query& query, std::size_t index) const {
    return query.matches(events_[index], bindings_);
}

trace::Mismatch Observation::mismatch(const trace::Query& query, std::size_t index) const {
    return query.mismatch(events_[index], bindings_);
}

std::optional<std::size_t> Observation::find(const trace::Query& query, const Window& window,
                                             std::optional<std::size_t> begin) const {
    for (std::size_t i = begin.value_or(window.begin); i < events_.size(); ++i)
        if (window.covers(events_[i]) && matches(query, i)) return i;
    return std::nullopt;
}

}  // namespace posbench::judge
