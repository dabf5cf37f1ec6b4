#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/config/value.hpp"
#include "bench/runtime/random.hpp"
#include "bench/runtime/time.hpp"
#include "drivers/host/acquirer/action.hpp"
#include "drivers/host/acquirer/when.hpp"

/// How a host misbehaves on purpose (drivers/host/README.md lists the keys).
namespace posbench::host {

struct Rule {
    std::string name;
    When when;
    Action then;
};

/// An array of rules, or a single one. @throws config::ConfigError
std::vector<Rule> read_rules(const config::Value& rules, const Terms& terms);

/// The rules in force, and how often each has been met.
class Behaviour {
  public:
    Behaviour(std::vector<Rule> rules, const runtime::Random& random);

    void add(std::vector<Rule> rules);
    void clear() noexcept { rules_.clear(); }

    /// The first rule that acts on this request; null when none does. Rules after it are not asked, and do
    /// not count the request. The pointer holds until the next add() or clear(): copy what must last.
    const Rule* meet(const Request& request, runtime::WallTime now);
    /// The same for a connection that has come.
    const Rule* meet_connection(runtime::WallTime now);

    /// The first rule that keeps the port closed now.
    const Rule* refusing(runtime::WallTime now) const;
    /// Time until a refusing rule's window may open or close; none when no such thing will happen.
    std::optional<runtime::Duration> until_port_change(runtime::WallTime now) const;

    /// For what actions draw.
    runtime::Random& random() noexcept { return action_random_; }

  private:
    struct Armed {
        Rule rule;
        std::int64_t met = 0;
    };
    /// Counts what met the other conditions; true when it is its turn.
    bool takes_turn(Armed& armed);

    std::vector<Armed> rules_;
    runtime::Random random_;
    runtime::Random action_random_;
};

}  // namespace posbench::host
