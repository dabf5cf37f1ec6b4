#include <iostream>

#include <fmt/format.h>

#include "bench/cli/commands.hpp"
#include "bench/cli/select.hpp"
#include "bench/cli/trace_words.hpp"
#include "bench/judge/judge.hpp"
#include "bench/runtime/plural.hpp"
#include "bench/runtime/utf8.hpp"
#include "bench/scenario/describe.hpp"
#include "bench/scenario/schema.hpp"
#include "bench/trace/jsonl.hpp"

/// Commands that look at files and run nothing.
namespace posbench::cli {
namespace {

namespace exit_code = posbench::judge::exit_code;

trace::StoredTrace load_trace(const std::filesystem::path& file) {
    auto stored = trace::read_jsonl(file);
    if (!stored) throw config::ConfigError({}, stored.error().what);
    return *std::move(stored);
}

int exit_code_of(judge::Verdict verdict) {
    switch (verdict) {
        case judge::Verdict::pass:
            return exit_code::passed;
        case judge::Verdict::fail:
            return exit_code::failed;
        case judge::Verdict::error:
            return exit_code::bench_error;
        case judge::Verdict::none:
        case judge::Verdict::inconclusive:
        case judge::Verdict::skipped:
            break;
    }
    return exit_code::nothing_shown;
}

judge::Definition definition_for(const JudgeArguments& arguments, const trace::StoredTrace& stored) {
    const trace::Event* header = stored.events.empty() ? nullptr : &stored.events.front();
    if (!header || header->kind != trace::Kind::bench_run)
        throw config::ConfigError({},
                                  fmt::format("{}: does not begin with bench.run", arguments.trace.string()));
    if (arguments.scenario) {
        auto cases = scenario::load_scenario(*arguments.scenario);
        for (auto& one : cases)
            if (one.id == header->text("case")) return one.scenario.definition;
        throw config::ConfigError(
            {}, fmt::format("{} has no case '{}', of which {} is the trace", arguments.scenario->string(),
                            header->text("case"), arguments.trace.string()));
    }
    auto definition = judge::definition_from_json(header->text("definition"));
    if (!definition)
        throw config::ConfigError({},
                                  fmt::format("{}: {}", arguments.trace.string(), definition.error().what));
    return *std::move(definition);
}

}  // namespace

int show(const ShowArguments& arguments, const Surroundings&) {
    if (arguments.file.extension() == ".toml") {
        for (const auto& one : scenario::load_scenario(arguments.file))
            std::cout << runtime::printable(scenario::describe(one)) << '\n';
        return exit_code::passed;
    }
    const auto stored = load_trace(arguments.file);
    reports::print_trace(std::cout, stored.events, tell_with_cards);
    if (stored.truncated)
        std::cout << "(the last line is incomplete: the bench was cut off while writing it)\n";
    return exit_code::passed;
}

int judge_trace(const JudgeArguments& arguments, const Surroundings& here) {
    const auto stored = load_trace(arguments.trace);
    const auto judgement = judge::judge(definition_for(arguments, stored), stored.events);
    reports::print_judgement(std::cout, judgement, stored.events, here.console);
    return exit_code_of(judgement.verdict);
}

int validate(const ValidateArguments& arguments, const Surroundings&) {
    const auto library = station::find_library();
    const auto station = station::load_station(arguments.selection.station, library);
    const auto cases = bind_cases(select_cases(arguments.selection, library), station, library);
    for (const auto& one : cases)
        if (!one.lacking.empty())
            std::cout << fmt::format("{}: valid; would be skipped on {}: lacks {}\n", one.source.id,
                                     station.id, fmt::join(one.lacking, ", "));
    std::cout << fmt::format("{}: valid\n", runtime::counted(cases.size(), "case"));
    return cases.empty() ? exit_code::nothing_shown : exit_code::passed;
}

int schema() {
    std::cout << scenario::json_schema() << '\n';
    return exit_code::passed;
}

}  // namespace posbench::cli
