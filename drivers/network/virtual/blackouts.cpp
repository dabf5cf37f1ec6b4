#include "drivers/network/virtual/blackouts.hpp"

#include <algorithm>
#include <string>

namespace posbench::network::virtual_net {

using runtime::TimePoint;

void Blackouts::schedule(const std::vector<Blackout>& blackouts, TimePoint origin) {
    for (std::size_t i = in_force_; i < records_.size(); ++i) records_[i].to = origin;
    in_force_ = records_.size();
    for (const Blackout& blackout : blackouts) {
        Record record;
        record.asked = blackout;
        record.from = origin;
        record.number = records_.size();
        runtime::Random random = random_.fork(std::to_string(record.number) + ".first");
        record.first = origin + blackout.first.draw(random);
        records_.push_back(record);
    }
}

Blackouts::Window Blackouts::window(const Record& record, std::int64_t number) const {
    runtime::Random random = random_.fork(std::to_string(record.number) + "." + std::to_string(number));
    const TimePoint begin = record.first + number * record.asked.every;
    return {number, begin, begin + record.asked.length.draw(random)};
}

Blackouts::Window Blackouts::latest(const Record& record, TimePoint now) const {
    if (record.asked.once() || now < record.first) return window(record, 0);
    return window(record, (now - record.first) / record.asked.every);
}

bool Blackouts::dark(TimePoint now) const {
    for (std::size_t i = in_force_; i < records_.size(); ++i)
        if (latest(records_[i], now).holds(now)) return true;
    return false;
}

TimePoint Blackouts::next_edge(TimePoint now) const {
    TimePoint next = runtime::never;
    for (std::size_t i = in_force_; i < records_.size(); ++i) {
        const Record& record = records_[i];
        const Window current = latest(record, now);
        TimePoint edge = runtime::never;
        if (now < current.begin) {
            edge = current.begin;
        } else if (now < current.end) {
            edge = current.end;
        } else if (!record.asked.once()) {
            edge = current.begin + record.asked.every;
        }
        next = std::min(next, edge);
    }
    return next;
}

bool Blackouts::swallow(TimePoint now) {
    bool swallowed = false;
    for (std::size_t i = in_force_; i < records_.size(); ++i) {
        Record& record = records_[i];
        ++record.sent;
        const Window current = latest(record, now);
        if (!current.holds(now)) continue;
        swallowed = true;
        ++record.swallowed;
        if (record.last_acted != current.number) ++record.acted;
        record.last_acted = current.number;
    }
    return swallowed;
}

}  // namespace posbench::network::virtual_net
