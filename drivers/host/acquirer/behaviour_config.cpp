#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/config/reader.hpp"
#include "drivers/host/acquirer/behaviour.hpp"

namespace posbench::host {
namespace {

using config::Reader;

/// Field 39 of answers to a reversal after which the terminal holds it for settled: no such transaction, no
/// valid one. Forced on a reversal they would leave the charge in the host's books.
constexpr std::array<std::string_view, 2> settling_refusals{"12", "25"};

/// The conditions that can be known where there is no request yet; empty where all can.
std::span<const std::string_view> conditions_of(const Action& action) {
    static constexpr std::array<std::string_view, 1> of_port{"between"};
    static constexpr std::array<std::string_view, 3> of_connection{"between", "count", "probability"};
    if (std::holds_alternative<RefuseConnections>(action.what)) return of_port;
    if (std::holds_alternative<std::shared_ptr<const RequestAction>>(action.what)) return {};
    return of_connection;
}

void check_conditions(const Reader& when, const Action& action) {
    const auto known = conditions_of(action);
    if (known.empty()) return;
    for (const auto& entry : when.value().get<config::Table>()->entries())
        if (std::ranges::find(known, entry.key) == known.end())
            when.fail(
                entry.key,
                fmt::format("{} acts before there is a request: it may depend on '{}' only, not on '{}'",
                            action.name, fmt::join(known, "', '"), entry.key));
}

/// Whether a reversal is done with is decided by the books.
void check_reversals(const Reader& then, const Rule& rule) {
    const auto* action = std::get_if<std::shared_ptr<const RequestAction>>(&rule.then.what);
    if (!action) return;
    const std::string_view code = (*action)->forced_code();
    const bool settles = std::ranges::find(settling_refusals, code) != settling_refusals.end();
    if (settles && rule.when.takes_reversals())
        then.fail("code",
                  fmt::format("code {} settles a reversal, and that is decided, not forced: 'when' must "
                              "say another mti than 0400",
                              code));
}

/// Network management is answered without MAC.
void check_mac(const Reader& then, const Rule& rule) {
    static constexpr std::array<std::string_view, 2> without{"0800", "0820"};
    const auto* action = std::get_if<std::shared_ptr<const RequestAction>>(&rule.then.what);
    if (!action || !(*action)->needs_mac() || !rule.when.mti) return;
    if (std::ranges::find(without, *rule.when.mti) == without.end()) return;
    then.fail(then.has("mac") ? "mac" : "action",
              fmt::format("answers to {} have no MAC: 'when' must say another mti", *rule.when.mti));
}

Rule read_rule(const config::Value& value, const Terms& terms) {
    Reader reader(value, "rule");
    Rule rule;
    rule.name = reader.text("name").value_or("");
    auto when = reader.table("when", "when");
    if (when) rule.when = read_when(*when, terms.currency);
    Reader then = reader.require("then", reader.table("then", "then"));
    rule.then = read_action(then, terms);
    if (when) check_conditions(*when, rule.then);
    check_reversals(then, rule);
    check_mac(then, rule);
    reader.finish();
    return rule;
}

}  // namespace

std::vector<Rule> read_rules(const config::Value& rules, const Terms& terms) {
    std::vector<Rule> read;
    if (const auto* list = rules.get<config::Array>()) {
        for (const config::Value& rule : *list) read.push_back(read_rule(rule, terms));
    } else {
        read.push_back(read_rule(rules, terms));
    }
    return read;
}

}  // namespace posbench::host
