#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "bench/config/value.hpp"
#include "bench/runtime/clock.hpp"
#include "bench/runtime/job.hpp"
#include "bench/runtime/random.hpp"
#include "bench/runtime/stream.hpp"
#include "bench/runtime/timer_queue.hpp"
#include "bench/trace/recorder.hpp"
#include "drivers/network/virtual/network.hpp"
#include "drivers/network/virtual/settings.hpp"

/// A virtual network under test, with applications that read and write on it.
namespace posbench::network::virtual_net {

using namespace std::chrono_literals;
using runtime::Duration;
using runtime::Job;
using runtime::NetError;
using runtime::RunEnd;
using runtime::Stream;
using runtime::Task;
using runtime::TimePoint;
using trace::Kind;

struct Lab {
    runtime::VirtualClock clock{runtime::WallTime{}};
    trace::Recorder trace{clock};
    VirtualNetwork network;

    explicit Lab(std::string_view profile = "", std::uint64_t seed = 1)
        : network(clock, trace, runtime::Random(seed), read_settings(config::load_text(profile, "profile"))) {
        network.start();
    }

    void run_until(TimePoint instant) {
        runtime::CallbackTimer timer([] {});
        clock.arm(timer, instant);
        (void)clock.run_until([&] { return !timer.armed(); });
    }
    bool run(const Job& job) {
        return clock.run_until([&] { return job.done(); }) == RunEnd::finished;
    }
    bool becomes_idle() {
        return clock.run_until([] { return false; }) == RunEnd::idle;
    }

    std::vector<trace::Event> events(Kind kind) const {
        std::vector<trace::Event> found;
        for (const auto& event : trace.events())
            if (event.kind == kind) found.push_back(event);
        return found;
    }
    /// Segments that match, as "12.5 up DATA 100 delivered 1": milliseconds first.
    std::vector<std::string> segments() const;
};

inline std::vector<std::string> Lab::segments() const {
    std::vector<std::string> lines;
    for (const auto& event : events(Kind::network_segment)) {
        lines.push_back(fmt::format("{} {} {} {} {} {}", static_cast<double>(runtime::to_ns(event.at)) / 1e6,
                                    event.text("direction"), event.text("flags"), *event.integer("bytes"),
                                    event.text("fate"), *event.integer("attempt")));
    }
    return lines;
}

/// What an application has of its connection.
struct Side {
    std::unique_ptr<Stream> stream;
    std::optional<NetError> error;  ///< of the last operation that failed
    std::optional<TimePoint> since;
    Bytes read;
    bool ended = false;
    bool written = false;
};

inline Task<void> connect(Lab& lab, Side& side, TimePoint deadline = runtime::never) {
    auto outcome = co_await lab.network.connector()->connect(lab.network.host_endpoint(), deadline);
    side.since = lab.clock.now();
    if (outcome) {
        side.stream = std::move(*outcome);
    } else {
        side.error = outcome.error();
    }
}

inline Task<void> accept(Lab& lab, Side& side) {
    auto outcome = co_await lab.network.listener().accept();
    side.since = lab.clock.now();
    if (outcome) {
        side.stream = std::move(*outcome);
    } else {
        side.error = outcome.error();
    }
}

/// Reads `count` octets, or up to the end or an error.
inline Task<void> read(Side& side, std::size_t count, TimePoint deadline = runtime::never) {
    std::uint8_t buffer[4096];
    while (side.read.size() < count) {
        const std::size_t room = std::min(sizeof buffer, count - side.read.size());
        auto got = co_await side.stream->read_some({buffer, room}, deadline);
        if (!got) {
            side.error = got.error();
            co_return;
        }
        if (*got == 0) {
            side.ended = true;
            co_return;
        }
        side.read.insert(side.read.end(), buffer, buffer + *got);
    }
}

inline Task<void> write(Side& side, Bytes data, TimePoint deadline = runtime::never) {
    auto outcome = co_await side.stream->write(data, deadline);
    if (!outcome) side.error = outcome.error();
    side.written = true;
}

/// Octets of which no two neighbourhoods are alike.
inline Bytes pattern(std::size_t count, std::uint64_t seed = 7) {
    Bytes bytes(count);
    runtime::Random(seed).fill(bytes);
    return bytes;
}

/// A connection that stands, both ends in hand.
struct Connected {
    Lab& lab;
    Side terminal, host;
    explicit Connected(Lab& with) : lab(with) {
        Job accepting(lab.clock, accept(lab, host));
        Job connecting(lab.clock, connect(lab, terminal));
        if (!lab.run(accepting) || !terminal.stream || !host.stream)
            throw std::runtime_error("no connection came about");
    }
};

}  // namespace posbench::network::virtual_net
