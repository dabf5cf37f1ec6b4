#include "drivers/network/virtual/proof.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "bench/config/reader.hpp"

namespace posbench::network::virtual_net {
namespace {

using config::format_duration;
using runtime::Duration;

double to_ms(Duration duration) noexcept {
    return std::chrono::duration<double, std::milli>(duration).count();
}

std::string delay_asked(const Impairment& figures) {
    if (figures.jitter.count() == 0) return format_duration(figures.delay);
    return fmt::format("{} with jitter {}", format_duration(figures.delay), format_duration(figures.jitter));
}

std::string delay_achieved(const Passage& passage) {
    if (passage.arrived == 0) return "no segment passed";
    return fmt::format("mean {:.3f} ms, {:.3f} to {:.3f} ms, {} segments",
                       to_ms(passage.total_transit) / static_cast<double>(passage.arrived),
                       to_ms(passage.shortest), to_ms(passage.longest), passage.arrived);
}

/// Jitter may shorten the delay of a segment; nothing else may.
bool delay_acted(const Passage& passage) noexcept {
    return passage.arrived > 0 &&
           (passage.asked.jitter.count() > 0 || passage.shortest >= passage.asked.delay);
}

std::string loss_achieved(const Passage& passage) {
    if (passage.offered == 0) return "no segment met the loss model";
    return fmt::format("{} of {} lost{}", passage.lost, passage.offered,
                       passage.lost == 0 ? ", model in force" : "");
}

std::string rate_asked(const Passage& passage) {
    std::string text = passage.asked.rate.to_string();
    if (passage.asked.rate.low != passage.asked.rate.high)
        text += fmt::format(" ({} bit/s drawn)", passage.rate_bps);
    if (passage.asked.limit) text += fmt::format(", queue of {}", *passage.asked.limit);
    return text;
}

std::string rate_achieved(const Passage& passage) {
    if (passage.arrived == 0) return "no segment passed";
    const double seconds = std::chrono::duration<double>(passage.sending).count();
    return fmt::format("{:.0f} bit/s, {} octets in {:.3f} ms of sending, longest queue {}, {} dropped there",
                       8 * static_cast<double>(passage.arrived_octets) / seconds, passage.arrived_octets,
                       to_ms(passage.sending), passage.longest_queue, passage.queue_full);
}

}  // namespace

void Proof::path(Direction direction, const std::vector<Passage>& passages) const {
    for (const Passage& passage : passages) {
        if (passage.to == passage.from) continue;
        if (passage.asked.delay.count() > 0)
            emit("delay", direction, delay_asked(passage.asked), delay_achieved(passage),
                 delay_acted(passage));
        if (passage.asked.loss.any())
            emit("loss", direction, passage.asked.loss.to_string(), loss_achieved(passage),
                 passage.offered > 0);
        if (passage.asked.rate.limited())
            emit("rate", direction, rate_asked(passage), rate_achieved(passage), passage.arrived > 0);
    }
}

void Proof::blackouts(const std::vector<Blackouts::Record>& records) const {
    for (const Blackouts::Record& record : records) {
        if (record.to == record.from) continue;
        std::string achieved = fmt::format("{} of {} segments lost in {} blackouts", record.swallowed,
                                           record.sent, record.acted);
        const bool in_force = !record.asked.once() && record.sent > 0;
        if (record.acted == 0 && in_force) achieved += ", schedule in force";
        emit("blackout", record.asked.to_string(), std::move(achieved), record.acted > 0 || in_force);
    }
}

void Proof::cuts(const std::vector<Link::CutRecord>& records) const {
    for (const Link::CutRecord& record : records) {
        const bool acted = record.acted > 0;
        switch (record.mode) {
            case Network::Cut::link:
                emit("cut", "both directions silent", fmt::format("{} segments lost in it", record.acted),
                     acted);
                break;
            case Network::Cut::refused:
                emit("refused", "connection attempts answered with a reset",
                     fmt::format("{} attempts refused", record.acted), acted);
                break;
            case Network::Cut::blackholed:
                emit("blackholed", "connection attempts vanish",
                     fmt::format("{} attempts vanished", record.acted), acted);
                break;
        }
    }
}

void Proof::connect(const Span& asked, std::int64_t connections, Duration total) const {
    if (connections == 0) return emit("connect", asked.to_string(), "no connection was made", false);
    emit("connect", asked.to_string(),
         fmt::format("mean {:.3f} ms before {} connections", to_ms(total) / static_cast<double>(connections),
                     connections),
         true);
}

void Proof::emit(std::string_view what, Direction direction, std::string asked, std::string achieved,
                 bool ok) const {
    trace_.emit(trace::Kind::network_verified, {{"what", what},
                                                {"direction", to_string(direction)},
                                                {"asked", std::move(asked)},
                                                {"achieved", std::move(achieved)},
                                                {"ok", ok}});
}

void Proof::emit(std::string_view what, std::string asked, std::string achieved, bool ok) const {
    trace_.emit(trace::Kind::network_verified,
                {{"what", what}, {"asked", std::move(asked)}, {"achieved", std::move(achieved)}, {"ok", ok}});
}

}  // namespace posbench::network::virtual_net
