#include "bench/scenario/describe.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace posbench::scenario {
namespace {

std::string render(const config::Value& value);

struct Render {
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(std::int64_t value) const { return std::to_string(value); }
    std::string operator()(double value) const { return fmt::format("{}", value); }
    std::string operator()(const std::string& value) const { return fmt::format("\"{}\"", value); }
    std::string operator()(const config::Value::DateTime& value) const { return value.text; }
    std::string operator()(const config::Array& values) const {
        std::vector<std::string> items;
        for (const config::Value& value : values) items.push_back(render(value));
        return fmt::format("[{}]", fmt::join(items, ", "));
    }
    std::string operator()(const config::Table& table) const {
        std::vector<std::string> items;
        for (const auto& entry : table.entries())
            items.push_back(fmt::format("{} = {}", entry.key, render(entry.value)));
        return fmt::format("{{ {} }}", fmt::join(items, ", "));
    }
};

std::string render(const config::Value& value) {
    return std::visit(Render{}, value.data());
}

std::string describe_step(const Step& step) {
    std::string line;
    if (step.on) line += fmt::format("on {}: ", step.on->text());
    if (step.after) line += fmt::format("after {}: ", config::format_duration(*step.after));
    line += step.verb;
    const auto* args = step.args.get<config::Table>();
    if (args && !args->empty()) line += " " + render(step.args);
    return line;
}

std::string describe_criterion(const judge::Criterion& criterion) {
    using Form = judge::Criterion::Form;
    std::vector<std::string> queries;
    for (const trace::Query& query : criterion.queries) queries.push_back(query.text());
    std::string line;
    switch (criterion.form) {
        case Form::expect:
            line = "expect " + queries.front();
            break;
        case Form::never:
            line = "never " + queries.front();
            break;
        case Form::order:
            line = fmt::format("in this order: {}", fmt::join(queries, "; then "));
            break;
        case Form::every:
            line = fmt::format("every {} satisfies {}", queries.front(), criterion.satisfies->text());
            break;
        case Form::ledger:
            line = "the three books agree";
            break;
    }
    if (criterion.after) line += fmt::format(", after {}", criterion.after->text());
    if (criterion.within) line += fmt::format(", within {}", config::format_duration(*criterion.within));
    return line;
}

}  // namespace

std::string describe(const Case& one) {
    const Scenario& scenario = one.scenario;
    std::string text = fmt::format("{}\n", one.id);
    for (const auto& [language, title] : scenario.title) text += fmt::format("  {}: {}\n", language, title);
    text +=
        fmt::format("  causes {}; tags {}\n", fmt::join(scenario.causes, " "), fmt::join(scenario.tags, " "));
    text += fmt::format("given\n  card {}\n  host {}\n  terminal {}\n  network {}\n",
                        render(scenario.given.card), render(scenario.given.host),
                        render(scenario.given.terminal), render(scenario.given.network));
    text += "steps\n";
    int number = 0;
    for (const Step& step : scenario.steps) text += fmt::format("  {}. {}\n", ++number, describe_step(step));
    text += "criteria\n";
    for (const judge::Criterion& criterion : scenario.definition.criteria)
        text += fmt::format("  {}: {}\n", criterion.id, describe_criterion(criterion));
    for (const judge::Measure& measure : scenario.definition.measures)
        text += fmt::format("measure\n  {}: from {} to {}\n", measure.name, measure.from.text(),
                            measure.to.text());
    return text;
}

}  // namespace posbench::scenario
