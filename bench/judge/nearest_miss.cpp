#include <fmt/format.h>

#include "bench/judge/evaluate.hpp"
#include "bench/judge/explain.hpp"

namespace posbench::judge {
namespace {

using trace::Event;

/// The event of the right kind, in the window, that is the nearest to the query; the first of equals.
struct Candidate {
    std::size_t index = 0;
    trace::Mismatch mismatch;
    std::size_t others = 0;  ///< of the kind, in the window
};

std::optional<Candidate> best_candidate(const trace::Query& query, const Observation& observation,
                                        const Window& window, std::size_t begin) {
    std::optional<Candidate> best;
    std::size_t seen = 0;
    for (std::size_t i = begin; i < observation.events().size(); ++i) {
        const Event& event = observation.event(i);
        if (event.kind != query.kind() || !window.covers(event)) continue;
        ++seen;
        trace::Mismatch mismatch = observation.mismatch(query, i);
        if (!best || mismatch.nearer_than(best->mismatch)) best = Candidate{i, std::move(mismatch), 0};
    }
    if (best) best->others = seen - 1;
    return best;
}

std::optional<std::size_t> match_in(const trace::Query& query, const Observation& observation,
                                    std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i)
        if (observation.matches(query, i)) return i;
    return std::nullopt;
}

}  // namespace

std::string nearest_miss(const trace::Query& query, const Observation& observation, const Window& window,
                         std::size_t begin) {
    if (const auto late = match_in(query, observation, begin, observation.events().size())) {
        const Event& event = observation.event(*late);
        return fmt::format("{} came {} too late", cite(event), format_time(event.at - *window.deadline));
    }
    if (const auto early = match_in(query, observation, 0, begin))
        return fmt::format("{} came too early, and none after it", cite(observation.event(*early)));
    const auto best = best_candidate(query, observation, window, begin);
    const auto kind = trace::spec(query.kind()).name;
    if (!best) return fmt::format("no {} at all", kind);
    const std::string others = best->others > 0
                                   ? fmt::format(" (and {} more that {} no better)", best->others,
                                                 best->others == 1 ? "fits" : "fit")
                                   : "";
    return fmt::format("nearest is {}: {}{}", cite(observation.event(best->index)), best->mismatch.text,
                       others);
}

}  // namespace posbench::judge
