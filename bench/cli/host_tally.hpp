#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "bench/cli/latencies.hpp"
#include "bench/trace/event.hpp"
#include "drivers/host/host.hpp"

namespace posbench::cli {

/// What a host that is served has done, in bounded memory: figures of its events, never the events.
class HostTally {
  public:
    /// What an answer was, and how long its request had been there.
    struct Answer {
        std::string mti, code;
        runtime::Duration took{};
    };

    void add(const trace::Event& event);
    /// Of the event that was added last, when it was host.response.
    const Answer& last_answer() const noexcept { return last_; }

    std::uint64_t requests() const noexcept { return requests_; }
    std::uint64_t answers() const noexcept { return latencies_.count(); }
    std::uint64_t connections() const noexcept { return connections_; }
    /// Connections that stand.
    std::uint64_t open() const noexcept { return open_; }

    /// Several lines for people.
    std::string summary(const host::Totals& totals, runtime::Duration served) const;
    /// One JSON object: the same figures; durations in microseconds, amounts in minor units.
    std::string json(const host::Totals& totals, runtime::Duration served) const;

  private:
    struct Posted {
        std::uint64_t count = 0;
        std::int64_t amount = 0;  ///< minor units
    };

    std::uint64_t connections_ = 0, open_ = 0, requests_ = 0, rejected_ = 0, rules_ = 0, notes_ = 0;
    std::map<std::int64_t, runtime::TimePoint> waiting_;                    ///< requests, by connection
    std::map<std::pair<std::string, std::string>, std::uint64_t> by_code_;  ///< answers, by type and code
    std::map<std::string, std::uint64_t, std::less<>> orders_;              ///< by the state they came into
    std::map<std::string, std::uint64_t, std::less<>> replayed_;            ///< by what the recording had
    std::map<std::string, Posted, std::less<>> posted_;                     ///< by entry
    Latencies latencies_;
    Answer last_;
};

}  // namespace posbench::cli
