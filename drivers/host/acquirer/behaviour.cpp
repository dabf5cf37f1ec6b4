#include "drivers/host/acquirer/behaviour.hpp"

#include <algorithm>
#include <utility>

#include "drivers/protocols/iso8583/civil_time.hpp"

namespace posbench::host {
namespace {

using namespace std::chrono_literals;

bool equal_or_unset(const std::optional<std::string>& wanted, std::string_view value) {
    return !wanted || *wanted == value;
}

bool pan_fits(std::string_view pattern, std::string_view pan) {
    const bool whole = pattern.find('*') != std::string_view::npos;
    if (pan.size() < pattern.size() || (whole && pan.size() != pattern.size())) return false;
    return std::ranges::equal(pattern, pan.substr(0, pattern.size()),
                              [](char wanted, char digit) { return wanted == '*' || wanted == digit; });
}

}  // namespace

bool DayWindow::contains(runtime::WallTime now) const {
    const auto time = iso8583::CivilTime(now).of_day;
    return from < to ? from <= time && time < to : from <= time || time < to;
}

runtime::Duration DayWindow::until_change(runtime::WallTime now) const {
    const auto since_midnight = now - std::chrono::floor<std::chrono::days>(now);
    runtime::Duration nearest = 24h;
    for (const auto boundary : {from, to}) {
        runtime::Duration left = boundary - since_midnight;
        if (left <= 0s) left += 24h;
        nearest = std::min(nearest, left);
    }
    return nearest;
}

bool When::meets(const Request& request, runtime::WallTime now) const {
    return equal_or_unset(mti, request.message.mti()) &&
           equal_or_unset(processing_code, request.message.get(3)) &&
           equal_or_unset(network_management, request.field60.network_management) &&
           equal_or_unset(stan, request.stan()) && equal_or_unset(tid, request.tid()) &&
           (!pan || pan_fits(*pan, request.card.pan)) &&
           (!least || (request.amount && *request.amount >= *least)) &&
           (!most || (request.amount && *request.amount <= *most)) && (!between || between->contains(now));
}

std::string Rule::action_name() const {
    static constexpr std::string_view words[] = {"respond", "silence", "delay", "close",
                                                 "refuse_connections"};
    std::string word(words[static_cast<std::size_t>(action)]);
    if (after_posting) word += "_after_posting";
    return word;
}

Behaviour::Behaviour(std::vector<Rule> rules, runtime::Random random) : random_(random) {
    add(std::move(rules));
}

void Behaviour::add(std::vector<Rule> rules) {
    for (Rule& rule : rules) {
        if (rule.name.empty()) rule.name = std::to_string(rules_.size() + 1);
        rules_.push_back({std::move(rule), 0});
    }
}

const Rule* Behaviour::meet(const Request& request, runtime::WallTime now) {
    for (Armed& armed : rules_) {
        const When& when = armed.rule.when;
        if (armed.rule.action == Action::refuse_connections || !when.meets(request, now)) continue;
        ++armed.met;
        if (armed.met < when.first || (when.last && armed.met > *when.last)) continue;
        if (when.probability && !random_.chance(*when.probability)) continue;
        return &armed.rule;
    }
    return nullptr;
}

const Rule* Behaviour::refusing(runtime::WallTime now) const {
    for (const Armed& armed : rules_) {
        const auto& between = armed.rule.when.between;
        if (armed.rule.action == Action::refuse_connections && (!between || between->contains(now)))
            return &armed.rule;
    }
    return nullptr;
}

std::optional<runtime::Duration> Behaviour::until_port_change(runtime::WallTime now) const {
    std::optional<runtime::Duration> nearest;
    for (const Armed& armed : rules_) {
        const auto& between = armed.rule.when.between;
        if (armed.rule.action != Action::refuse_connections || !between) continue;
        const auto left = between->until_change(now);
        nearest = nearest ? std::min(*nearest, left) : left;
    }
    return nearest;
}

}  // namespace posbench::host
