#include "bench/scenario/step.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "bench/judge/criteria.hpp"
#include "bench/scenario/verbs.hpp"

namespace posbench::scenario {
namespace {

using config::ConfigError;
using config::Reader;
using config::Table;
using config::Value;

constexpr std::array<std::string_view, 5> own_keys{"do", "on", "wait", "after", "timeout"};

std::optional<trace::Query> read_query(Reader& reader, std::string_view key,
                                       const std::map<std::string, trace::Kind>& bound) {
    if (!reader.text(key)) return std::nullopt;
    return judge::parse_query(*reader.raw(key), bound);
}

/// The step's keys that are its verb's arguments.
Value take_arguments(Reader& reader) {
    Value args(Table{}, reader.source());
    for (const Table::Entry& entry : reader.value().get<Table>()->entries()) {
        if (std::ranges::find(own_keys, entry.key) != own_keys.end()) continue;
        reader.raw(entry.key);
        args.get<Table>()->append(entry.key, entry.value, entry.key_source);
    }
    return args;
}

/// A key that the verb does not take may be a misspelt one of the step's own.
void refuse_misspelt(const VerbSpec& verb, const Value& args) {
    for (const Table::Entry& entry : args.get<Table>()->entries()) {
        if (std::ranges::find(verb.args, entry.key, &ArgSpec::name) != verb.args.end()) continue;
        std::vector<std::string> names(own_keys.begin(), own_keys.end());
        for (const ArgSpec& arg : verb.args) names.emplace_back(arg.name);
        throw ConfigError(entry.key_source,
                          fmt::format("unknown key '{}' in a {} step", entry.key, verb.name),
                          config::nearest_name(entry.key, names));
    }
}

const VerbSpec& verb_of(Reader& reader, const std::string& name) {
    const VerbSpec* verb = find_verb(name);
    if (verb == nullptr)
        throw ConfigError(reader.source_of("do"), fmt::format("unknown verb '{}'", name),
                          config::nearest_name(name, verb_names()));
    return *verb;
}

}  // namespace

Step read_step(const Value& value, const std::map<std::string, trace::Kind>& bound) {
    Reader reader(value, "[[step]]");
    Step step;
    step.source = reader.source();
    auto verb = reader.text("do");
    step.on = read_query(reader, "on", bound);
    auto wait = read_query(reader, "wait", bound);
    step.after = reader.duration("after");
    step.timeout = reader.duration("timeout");
    if (wait) {
        if (verb) reader.fail("do", "a step with `wait` does nothing else; write `on` to act at an event");
        if (step.on) reader.fail("on", "stands beside `wait`, which says the same");
        step.on = std::move(wait);
        verb = "wait";
    }
    step.verb = reader.require("do", std::move(verb));
    const VerbSpec& spec = verb_of(reader, step.verb);
    if (step.timeout && !step.on) reader.fail("timeout", "bounds `on` or `wait`, and there is neither");
    if (step.verb == "wait" && !step.on && !step.after)
        reader.fail("do", "nothing to wait for: add `on` or `after`");
    step.args = take_arguments(reader);
    refuse_misspelt(spec, step.args);
    check_arguments(spec, step.args);
    return step;
}

}  // namespace posbench::scenario
