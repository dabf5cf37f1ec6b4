#include "drivers/network/virtual/link.hpp"

#include <cmath>

namespace posbench::network::virtual_net {
namespace {

using runtime::TimePoint;
using trace::Kind;

std::int64_t to_us(runtime::Duration duration) noexcept {
    return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}

}  // namespace

std::string_view to_string(Network::Cut mode) noexcept {
    switch (mode) {
        case Network::Cut::link:
            return "link";
        case Network::Cut::refused:
            return "refused";
        case Network::Cut::blackholed:
            return "blackholed";
    }
    return "unknown";
}

/// A segment under way.
class Link::Packet final : public runtime::Timer {
  public:
    explicit Packet(Link& link) noexcept : link_(link) {}

    Connection* connection = nullptr;
    Direction direction{};
    Segment segment;
    Bytes payload;
    TimePoint sent{};
    Path::Outcome outcome;
    Packet* next_free = nullptr;

  private:
    void fire() override { link_.arrived(*this); }
    Link& link_;
};

Link::Link(runtime::Clock& clock, trace::Recorder& trace, const runtime::Random& random, Receiver& receiver)
    : clock_(clock),
      trace_(trace),
      receiver_(receiver),
      up_(random.fork("network.up")),
      down_(random.fork("network.down")),
      blackouts_(random.fork("network.blackout")) {}

Link::~Link() = default;

void Link::apply(const Profile& profile, std::string_view name, bool blackouts_too) {
    const TimePoint now = clock_.now();
    up_.configure(profile.up, now);
    down_.configure(profile.down, now);
    if (blackouts_too) {
        blackouts_.schedule(profile.blackouts, now);
        edge_.disarm();
    }
    trace_applied(name, Direction::up, profile.blackouts.size());
    trace_applied(name, Direction::down, profile.blackouts.size());
    if (dark_ && blackouts_too) on_edge();
}

void Link::trace_applied(std::string_view name, Direction direction, std::size_t blackouts) {
    const Passage& passage = path(direction).passages().back();
    const Impairment& figures = passage.asked;
    trace_.emit(Kind::network_applied, {{"profile", name},
                                        {"direction", to_string(direction)},
                                        {"delay_us", to_us(figures.delay)},
                                        {"jitter_us", to_us(figures.jitter)},
                                        {"rate_bps", passage.rate_bps},
                                        {"loss_ppm", std::llround(figures.loss.mean() * 1e6)},
                                        {"limit", figures.queue_limit()},
                                        {"blackouts", blackouts}});
}

// ---- cuts

Link::CutRecord* Link::standing(Network::Cut mode) noexcept {
    const auto& index = standing_[static_cast<std::size_t>(mode)];
    return index ? &cuts_[*index] : nullptr;
}

void Link::cut(Network::Cut mode) {
    if (standing(mode)) return;
    standing_[static_cast<std::size_t>(mode)] = cuts_.size();
    cuts_.push_back(CutRecord{mode, 0});
    trace_.emit(Kind::network_cut, {{"mode", to_string(mode)}, {"reason", "step"}});
}

void Link::restore(std::string_view reason) {
    for (auto& index : standing_) {
        if (!index) continue;
        const Network::Cut mode = cuts_[*index].mode;
        index.reset();
        trace_.emit(Kind::network_restored, {{"mode", to_string(mode)}, {"reason", reason}});
    }
}

bool Link::refuses_connections() noexcept {
    CutRecord* record = standing(Network::Cut::refused);
    if (!record) return false;
    ++record->acted;
    return true;
}

bool Link::swallowed(Direction direction, const Segment& segment) {
    bool swallowed = blackouts_.scheduled() && blackouts_.swallow(clock_.now());
    if (CutRecord* record = standing(Network::Cut::link)) {
        ++record->acted;
        swallowed = true;
    }
    const bool attempt = direction == Direction::up && segment.flags == Segment::syn;
    if (CutRecord* record = attempt ? standing(Network::Cut::blackholed) : nullptr) {
        ++record->acted;
        swallowed = true;
    }
    return swallowed;
}

// ---- blackouts

/// Traces the edges of blackouts as they come, but only while somebody sends: the timer lapses at the first
/// edge with no traffic since the one before, so that a schedule without an end lets virtual time become
/// idle. A blackout that began in silence is traced at the first segment that meets it.
void Link::follow_blackouts() {
    if (!blackouts_.scheduled()) return;
    traffic_ = true;
    if (!edge_.armed() || blackouts_.dark(clock_.now()) != dark_) on_edge();
}

void Link::on_edge() {
    const TimePoint now = clock_.now();
    const bool dark = blackouts_.dark(now);
    if (dark != dark_)
        trace_.emit(dark ? Kind::network_cut : Kind::network_restored,
                    {{"mode", to_string(Network::Cut::link)}, {"reason", "schedule"}});
    dark_ = dark;
    if (dark_ || traffic_) clock_.arm(edge_, blackouts_.next_edge(now));
    traffic_ = false;
}

// ---- segments

bool Link::send(Connection& connection, Direction direction, const Segment& segment, ByteView payload) {
    follow_blackouts();
    const TimePoint now = clock_.now();
    Path::Outcome outcome;
    outcome.fate = Fate::cut;
    if (!swallowed(direction, segment)) outcome = changing(direction).offer(wire_octets(payload.size()), now);
    trace_.emit(Kind::network_segment, {{"direction", to_string(direction)},
                                        {"flags", segment.name(payload.size())},
                                        {"bytes", payload.size()},
                                        {"fate", to_string(outcome.fate)},
                                        {"attempt", segment.attempt}});
    if (outcome.fate != Fate::delivered) return false;
    Packet& packet = take_packet();
    packet.connection = &connection;
    packet.direction = direction;
    packet.segment = segment;
    packet.payload.assign(payload.begin(), payload.end());
    packet.sent = now;
    packet.outcome = outcome;
    clock_.arm(packet, outcome.arrival);
    return true;
}

Link::Packet& Link::take_packet() {
    if (!free_) {
        packets_.push_back(std::make_unique<Packet>(*this));
        return *packets_.back();
    }
    Packet& packet = *free_;
    free_ = packet.next_free;
    return packet;
}

void Link::arrived(Packet& packet) {
    changing(packet.direction)
        .arrived(packet.outcome, wire_octets(packet.payload.size()), packet.sent, clock_.now());
    receiver_.deliver(*packet.connection, packet.direction, packet.segment, packet.payload);
    packet.next_free = free_;
    free_ = &packet;
}

}  // namespace posbench::network::virtual_net
