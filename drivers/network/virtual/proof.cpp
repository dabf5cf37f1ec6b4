#include "drivers/network/virtual/proof.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "bench/config/reader.hpp"
#include "bench/runtime/plural.hpp"

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
Proof::Outcome delay_outcome(const Passage& passage) noexcept {
    if (passage.arrived == 0) return passage.offered == 0 ? Proof::Outcome::unmet : Proof::Outcome::failed;
    const bool acted = passage.asked.jitter.count() > 0 || passage.shortest >= passage.asked.delay;
    return acted ? Proof::Outcome::acted : Proof::Outcome::failed;
}

Proof::Outcome hit(bool acted) noexcept {
    return acted ? Proof::Outcome::acted : Proof::Outcome::failed;
}

Proof::Outcome met_by(std::int64_t segments) noexcept {
    return segments > 0 ? Proof::Outcome::acted : Proof::Outcome::unmet;
}

Proof::Outcome rate_outcome(const Passage& passage) noexcept {
    return passage.offered == 0 ? Proof::Outcome::unmet : hit(passage.arrived > 0);
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
    return fmt::format("{:.0f} bit/s, {} in {:.3f} ms of sending, longest queue {}, {} dropped there",
                       8 * static_cast<double>(passage.arrived_octets) / seconds,
                       runtime::counted(passage.arrived_octets, "octet"), to_ms(passage.sending),
                       passage.longest_queue, passage.queue_full);
}

}  // namespace

void Proof::path(Direction direction, const std::vector<Passage>& passages) const {
    for (const Passage& passage : passages) {
        if (passage.to == passage.from) continue;
        if (passage.asked.delay.count() > 0)
            emit("delay", direction, delay_asked(passage.asked), delay_achieved(passage),
                 delay_outcome(passage));
        if (passage.asked.loss.any())
            emit("loss", direction, passage.asked.loss.to_string(), loss_achieved(passage),
                 met_by(passage.offered));
        if (passage.asked.rate.limited())
            emit("rate", direction, rate_asked(passage), rate_achieved(passage), rate_outcome(passage));
    }
}

void Proof::blackouts(const std::vector<Blackouts::Record>& records) const {
    for (const Blackouts::Record& record : records) {
        if (record.to == record.from) continue;
        std::string achieved = fmt::format("{} of {} segments lost in {} blackouts", record.swallowed,
                                           record.sent, record.acted);
        const Outcome outcome = record.asked.once() ? hit(record.acted > 0) : met_by(record.sent);
        if (record.acted == 0 && outcome == Outcome::acted) achieved += ", schedule in force";
        emit("blackout", {}, record.asked.to_string(), std::move(achieved), outcome);
    }
}

void Proof::cuts(const std::vector<Link::CutRecord>& records) const {
    for (const Link::CutRecord& record : records) {
        const Outcome outcome = hit(record.acted > 0);
        switch (record.mode) {
            case Network::Cut::link:
                emit("cut", {}, "both directions silent", fmt::format("{} segments lost in it", record.acted),
                     outcome);
                break;
            case Network::Cut::refused:
                emit("refused", {}, "connection attempts answered with a reset",
                     fmt::format("{} attempts refused", record.acted), outcome);
                break;
            case Network::Cut::blackholed:
                emit("blackholed", {}, "connection attempts vanish",
                     fmt::format("{} attempts vanished", record.acted), outcome);
                break;
        }
    }
}

void Proof::connect(const Span& asked, std::int64_t connections, Duration total) const {
    if (connections == 0)
        return emit("connect", {}, asked.to_string(), "no connection was made", Outcome::unmet);
    emit("connect", {}, asked.to_string(),
         fmt::format("mean {:.3f} ms before {} connections", to_ms(total) / static_cast<double>(connections),
                     connections),
         Outcome::acted);
}

void Proof::emit(std::string_view what, std::optional<Direction> direction, std::string asked,
                 std::string achieved, Outcome outcome) const {
    trace::Fields fields{{"what", what}};
    if (direction) fields.emplace_back("direction", to_string(*direction));
    fields.emplace_back("asked", std::move(asked));
    fields.emplace_back("achieved", std::move(achieved));
    fields.emplace_back("ok", outcome == Outcome::acted);
    if (outcome == Outcome::unmet) fields.emplace_back("unmet", true);
    trace_.emit(trace::Kind::network_verified, std::move(fields));
}

}  // namespace posbench::network::virtual_net
