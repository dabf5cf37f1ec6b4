#include "drivers/network/virtual/path.hpp"

#include <algorithm>
#include <cmath>

namespace posbench::network::virtual_net {
namespace {

using runtime::Duration;
using runtime::TimePoint;

/// Time `octets` take at `bps`, rounded up to a nanosecond.
Duration sending_time(std::size_t octets, std::int64_t bps) noexcept {
    constexpr std::int64_t ns_per_s = 1'000'000'000;
    const auto bits = static_cast<std::int64_t>(octets) * 8;
    return Duration((bits * ns_per_s + bps - 1) / bps);
}

}  // namespace

void LossChain::configure(const Loss& figures) noexcept {
    figures_ = figures;
    bad_ = false;
}

bool LossChain::lose() noexcept {
    if (!figures_.any()) return false;
    const bool lost = random_.chance(bad_ ? figures_.in_bad : figures_.in_good);
    if (figures_.p > 0) bad_ = bad_ ? !random_.chance(figures_.r) : random_.chance(figures_.p);
    return lost;
}

void Path::configure(const Impairment& figures, TimePoint now) {
    if (figures == passages_.back().asked) return;
    Passage& before = passages_.back();
    before.to = now;
    Passage next;
    next.asked = figures;
    next.rate_bps = figures.rate == before.asked.rate ? before.rate_bps : figures.rate.draw(rates_);
    next.from = now;
    if (figures.loss != before.asked.loss) loss_.configure(figures.loss);
    limit_ = figures.queue_limit();
    passages_.push_back(next);
}

Path::Outcome Path::offer(std::size_t octets, TimePoint now) {
    Passage& passage = passages_.back();
    Outcome outcome;
    outcome.passage = passages_.size() - 1;
    ++passage.offered;
    if (loss_.lose()) {
        ++passage.lost;
        outcome.fate = Fate::lost;
        return outcome;
    }
    if (held_ >= limit_) {
        ++passage.queue_full;
        outcome.fate = Fate::queue_full;
        return outcome;
    }
    passage.longest_queue = std::max(passage.longest_queue, ++held_);
    outcome.arrival = now + draw_delay();
    if (passage.rate_bps > 0) {
        outcome.sending = sending_time(octets, passage.rate_bps);
        outcome.arrival = std::max(outcome.arrival, last_arrival_) + outcome.sending;
        last_arrival_ = outcome.arrival;
    }
    return outcome;
}

void Path::arrived(const Outcome& outcome, std::size_t octets, TimePoint sent, TimePoint now) {
    --held_;
    Passage& passage = passages_[outcome.passage];
    const Duration transit = now - sent;
    ++passage.arrived;
    passage.arrived_octets += static_cast<std::int64_t>(octets);
    passage.total_transit += transit;
    passage.shortest = std::min(passage.shortest, transit);
    passage.longest = std::max(passage.longest, transit);
    passage.sending += outcome.sending;
}

Duration Path::draw_delay() noexcept {
    const Impairment& figures = passages_.back().asked;
    if (figures.jitter.count() == 0) return figures.delay;
    const double deviation = jitter_.normal() * static_cast<double>(figures.jitter.count());
    return std::max(Duration::zero(), figures.delay + Duration(std::llround(deviation)));
}

}  // namespace posbench::network::virtual_net
