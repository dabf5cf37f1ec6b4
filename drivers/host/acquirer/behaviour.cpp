#include "drivers/host/acquirer/behaviour.hpp"

#include <algorithm>
#include <utility>

namespace posbench::host {
namespace {

using OnRequest = std::shared_ptr<const RequestAction>;

template <class What>
bool is(const Rule& rule) noexcept {
    return std::holds_alternative<What>(rule.then.what);
}

}  // namespace

Behaviour::Behaviour(std::vector<Rule> rules, const runtime::Random& random)
    : random_(random), action_random_(random.fork("actions")) {
    add(std::move(rules));
}

void Behaviour::add(std::vector<Rule> rules) {
    for (Rule& rule : rules) {
        if (rule.name.empty()) rule.name = std::to_string(rules_.size() + 1);
        rules_.push_back({std::move(rule), 0});
    }
}

bool Behaviour::takes_turn(Armed& armed) {
    const When& when = armed.rule.when;
    ++armed.met;
    if (armed.met < when.first || (when.last && armed.met > *when.last)) return false;
    return !when.probability || random_.chance(*when.probability);
}

const Rule* Behaviour::meet(const Request& request, runtime::WallTime now) {
    for (Armed& armed : rules_)
        if (is<OnRequest>(armed.rule) && armed.rule.when.meets(request, now) && takes_turn(armed))
            return &armed.rule;
    return nullptr;
}

const Rule* Behaviour::meet_connection(runtime::WallTime now) {
    for (Armed& armed : rules_)
        if ((is<SlowAccept>(armed.rule) || is<Ignore>(armed.rule)) && armed.rule.when.between.contains(now) &&
            takes_turn(armed))
            return &armed.rule;
    return nullptr;
}

const Rule* Behaviour::refusing(runtime::WallTime now) const {
    for (const Armed& armed : rules_)
        if (is<RefuseConnections>(armed.rule) && armed.rule.when.between.contains(now)) return &armed.rule;
    return nullptr;
}

std::optional<runtime::Duration> Behaviour::until_port_change(runtime::WallTime now) const {
    std::optional<runtime::Duration> nearest;
    for (const Armed& armed : rules_) {
        if (!is<RefuseConnections>(armed.rule)) continue;
        const auto left = armed.rule.when.between.until_change(now);
        if (left) nearest = nearest ? std::min(*nearest, *left) : *left;
    }
    return nearest;
}

}  // namespace posbench::host
