#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/config/reader.hpp"
#include "bench/runtime/random.hpp"
#include "bench/runtime/time.hpp"

/// Network profiles (fixtures/networks/*.toml): what is asked of the link, the same for every network driver.
namespace posbench::network {

/// A time, or bounds between which one is drawn: "2s", "1s..3s". low <= high.
struct Span {
    runtime::Duration low{};
    runtime::Duration high{};

    runtime::Duration draw(runtime::Random& random) const noexcept;
    std::string to_string() const;
    bool operator==(const Span&) const = default;
};

/// Bits per second, or bounds between which one figure is drawn: "5mbit", "26kbit..127kbit". 0 is unlimited.
struct Rate {
    std::int64_t low = 0;
    std::int64_t high = 0;

    bool limited() const noexcept { return low > 0; }
    std::int64_t draw(runtime::Random& random) const noexcept;
    std::string to_string() const;
    bool operator==(const Rate&) const = default;
};

/// Gilbert–Elliott loss: a chain of two states that steps once a packet. The names of `tc netem loss
/// gemodel`. Plain random loss is the chain that never leaves its good state.
struct Loss {
    double p = 0;        ///< chance to go from good to bad
    double r = 1;        ///< chance to go from bad to good
    double in_bad = 1;   ///< share lost in the bad state, tc's 1-h
    double in_good = 0;  ///< share lost in the good state, tc's 1-k

    bool any() const noexcept { return in_good > 0 || (p > 0 && in_bad > 0); }
    /// Mean share lost: in_bad·p/(p+r) + in_good·r/(p+r).
    double mean() const noexcept;
    std::string to_string() const;
    bool operator==(const Loss&) const = default;
};

/// The figures of one direction.
struct Impairment {
    runtime::Duration delay{};   ///< one way
    runtime::Duration jitter{};  ///< standard deviation of a normal distribution around `delay`, cut off at 0
    Loss loss;
    Rate rate;
    std::optional<std::int64_t> limit;  ///< queue in packets; none: queue_limit() sizes it

    /// Packets the link holds, waiting or under way, before it drops; when the profile names none, twice what
    /// delay, four deviations of jitter and the rate can hold in packets of 1500 octets, at least 1000 (the
    /// default of netem, which drops silently on long fast links).
    std::int64_t queue_limit() const noexcept;
    bool any() const noexcept { return delay.count() > 0 || loss.any() || rate.limited(); }
    bool operator==(const Impairment&) const = default;
};

/// Times of silence in both directions, on the run's own time line counted from when the profile took effect.
struct Blackout {
    Span first;                 ///< when the first begins
    runtime::Duration every{};  ///< distance of the beginnings; 0: it happens once
    Span length;                ///< of each, drawn anew; shorter than `every`

    bool once() const noexcept { return every.count() == 0; }
    std::string to_string() const;
    bool operator==(const Blackout&) const = default;
};

struct Profile {
    std::string name;                          ///< of the fixture; empty when the settings name none
    std::map<std::string, std::string> title;  ///< by language: en, zh
    std::string source;                        ///< where the figures come from
    Impairment up;                             ///< terminal to host
    Impairment down;
    Span connect;  ///< time a connection needs before its first packet leaves (dialling)
    std::vector<Blackout> blackouts;

    bool clean() const noexcept;
};

/// Takes a profile's keys out of `settings`; the caller calls settings.finish(). For Network::change the
/// figures are merged over the document in force and read again. @throws config::ConfigError for figures that
/// cannot be, with the reason
Profile read_profile(config::Reader& settings);

/// "2s" or "1s..3s"; empty optional when it is anything else.
std::optional<Span> parse_span(std::string_view text);
/// "2400bit", "64kbit", "1.5mbit", "1gbit", or two of them joined by "..", or "unlimited"; empty when it is
/// anything else.
std::optional<Rate> parse_rate(std::string_view text);

}  // namespace posbench::network
