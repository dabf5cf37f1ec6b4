#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/config/reader.hpp"
#include "bench/config/value.hpp"
#include "bench/runtime/money.hpp"
#include "bench/runtime/random.hpp"
#include "bench/runtime/time.hpp"
#include "drivers/host/acquirer/request.hpp"

/// How a host misbehaves on purpose (drivers/host/README.md lists the keys).
namespace posbench::host {

/// A part of every day, by the host's civil time: from `from` up to, not including, `to`. Past midnight when
/// `to` comes first.
struct DayWindow {
    std::chrono::seconds from{};
    std::chrono::seconds to{};

    bool contains(runtime::WallTime now) const;
    /// Time until it next opens or closes.
    runtime::Duration until_change(runtime::WallTime now) const;
};
/// The key `between`: two times of day. @throws config::ConfigError
std::optional<DayWindow> read_window(config::Reader& reader);

/// What a request must be like for a rule to act; what is not set does not matter.
struct When {
    std::optional<std::string> mti;
    std::optional<std::string> processing_code;     ///< field 3
    std::optional<std::string> network_management;  ///< field 60.3
    std::optional<std::string> stan;
    std::optional<std::string> tid;
    std::optional<std::string> pan;  ///< first digits, or a whole PAN in which '*' stands for any digit
    std::optional<std::int64_t> least, most;  ///< amount, minor units, both inclusive
    std::optional<DayWindow> between;
    std::int64_t first = 1;  ///< of the requests that meet all conditions above, from 1
    std::optional<std::int64_t> last;
    std::optional<double> probability;  ///< then drawn for each

    /// All conditions but count and probability.
    bool meets(const Request& request, runtime::WallTime now) const;
};

enum class Action { respond, silence, delay, close, refuse_connections };

struct Rule {
    std::string name;
    When when;
    Action action = Action::respond;
    bool after_posting = false;  ///< silence, delay, close: after the decision instead of before it
    std::string code;            ///< respond
    runtime::Duration delay{};   ///< delay; also respond, before it answers

    /// As the profile names it: "silence_after_posting".
    std::string action_name() const;
};

/// An array of rules, or a single one. @throws config::ConfigError
std::vector<Rule> read_rules(const config::Value& rules, const Currency& currency);

/// The rules in force, and how often each has been met.
class Behaviour {
  public:
    Behaviour(std::vector<Rule> rules, runtime::Random random);

    void add(std::vector<Rule> rules);
    void clear() noexcept { rules_.clear(); }

    /// The first rule that acts on this request; null when none does. Rules after it are not asked, and do
    /// not count the request. The pointer holds until the next add() or clear(): copy what must last.
    const Rule* meet(const Request& request, runtime::WallTime now);

    /// The first rule that keeps the port closed now.
    const Rule* refusing(runtime::WallTime now) const;
    /// Time until a refusing rule's window opens or closes; none when no such thing will happen.
    std::optional<runtime::Duration> until_port_change(runtime::WallTime now) const;

  private:
    struct Armed {
        Rule rule;
        std::int64_t met = 0;
    };
    std::vector<Armed> rules_;
    runtime::Random random_;
};

}  // namespace posbench::host
