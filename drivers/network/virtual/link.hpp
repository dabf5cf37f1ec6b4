#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/clock.hpp"
#include "bench/trace/recorder.hpp"
#include "drivers/network/network.hpp"
#include "drivers/network/profile.hpp"
#include "drivers/network/virtual/blackouts.hpp"
#include "drivers/network/virtual/member_timer.hpp"
#include "drivers/network/virtual/path.hpp"
#include "drivers/network/virtual/segment.hpp"

namespace posbench::network::virtual_net {

class Connection;

/// As the trace names it: link, refused, blackholed.
std::string_view to_string(Network::Cut mode) noexcept;

/// The wire between terminal and host: two paths, blackouts and cuts. Decides the fate of every segment when
/// it is sent, traces it, and delivers it through the clock's queue.
class Link {
  public:
    class Receiver {
      public:
        virtual void deliver(Connection& connection, Direction direction, const Segment& segment,
                             ByteView payload) = 0;

      protected:
        ~Receiver() = default;
    };

    Link(runtime::Clock& clock, trace::Recorder& trace, const runtime::Random& random, Receiver& receiver);
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    ~Link();

    /// Puts a profile in force and traces it (network.applied).
    /// @param name as the trace calls it
    /// @param blackouts_too false: the blackouts stay as they are
    void apply(const Profile& profile, std::string_view name, bool blackouts_too);

    void cut(Network::Cut mode);
    /// Ends all cuts.
    void restore(std::string_view reason);

    /// True when the segment will be delivered.
    bool send(Connection& connection, Direction direction, const Segment& segment, ByteView payload);

    /// A SYN has come to the host's side: true when a cut has it answered with a reset.
    bool refuses_connections() noexcept;

    /// A cut by a step, for the proof.
    struct CutRecord {
        Network::Cut mode;
        std::int64_t acted = 0;  ///< segments swallowed, or attempts refused
    };
    const std::vector<CutRecord>& cuts() const noexcept { return cuts_; }
    const Path& path(Direction direction) const noexcept { return direction == Direction::up ? up_ : down_; }
    const Blackouts& blackouts() const noexcept { return blackouts_; }

  private:
    class Packet;

    Path& changing(Direction direction) noexcept { return direction == Direction::up ? up_ : down_; }
    void trace_applied(std::string_view name, Direction direction, std::size_t blackouts);
    CutRecord* standing(Network::Cut mode) noexcept;
    bool swallowed(Direction direction, const Segment& segment);
    void follow_blackouts();
    void on_edge();
    Packet& take_packet();
    void arrived(Packet& packet);

    runtime::Clock& clock_;
    trace::Recorder& trace_;
    Receiver& receiver_;
    Path up_;
    Path down_;
    Blackouts blackouts_;
    std::vector<CutRecord> cuts_;
    std::array<std::optional<std::size_t>, 3> standing_;  ///< by mode, index into cuts_

    bool dark_ = false;     ///< as last traced
    bool traffic_ = false;  ///< something was sent since the edge timer fired
    MemberTimer<Link, &Link::on_edge> edge_{*this};

    std::vector<std::unique_ptr<Packet>> packets_;  ///< all that were ever needed at once
    Packet* free_ = nullptr;
};

}  // namespace posbench::network::virtual_net
