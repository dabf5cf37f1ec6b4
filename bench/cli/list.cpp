#include <iostream>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/cli/commands.hpp"
#include "bench/cli/select.hpp"
#include "bench/cli/titles.hpp"
#include "bench/runtime/plural.hpp"
#include "bench/scenario/verbs.hpp"
#include "bench/trace/vocabulary.hpp"

namespace posbench::cli {
namespace {

void list_scenarios(const Selection& selection, const Surroundings& here) {
    const auto cases = select_cases(selection, station::find_library());
    std::map<std::string, std::vector<const scenario::Case*>> by_scenario;
    for (const auto& one : cases) by_scenario[one.scenario.id].push_back(&one);
    for (const auto& [id, members] : by_scenario) {
        const scenario::Scenario& scenario = members.front()->scenario;
        std::cout << fmt::format("{:<40} {}\n", id, title_in(scenario.title, here.console.language));
        std::cout << fmt::format("{:<40}   causes {}; tags {}; {}\n", "", fmt::join(scenario.causes, " "),
                                 fmt::join(scenario.tags, " "), runtime::counted(members.size(), "case"));
    }
    std::cout << fmt::format("{}, {}\n", runtime::counted(by_scenario.size(), "scenario"),
                             runtime::counted(cases.size(), "case"));
}

void list_fixtures(std::string_view folder, const Surroundings& here) {
    const auto library = station::find_library();
    for (const std::string& name : station::fixture_names(library, folder)) {
        const auto document = config::load_file(library.fixtures() / folder / (name + ".toml"));
        std::cout << fmt::format("{:<32} {}\n", name,
                                 title_in(fixture_title(document), here.console.language));
    }
}

void list_verbs() {
    for (const scenario::VerbSpec& verb : scenario::verbs()) {
        std::cout << fmt::format("{:<20} {}\n", verb.name, verb.meaning);
        for (const scenario::ArgSpec& argument : verb.args)
            std::cout << fmt::format("{:<20}   {}{}: {}\n", "", argument.name,
                                     argument.required ? " (required)" : "", argument.meaning);
    }
}

void list_events() {
    for (const trace::KindSpec& kind : trace::vocabulary()) {
        std::cout << fmt::format("{:<22} {}\n", kind.name, kind.meaning);
        for (const trace::FieldSpec& field : kind.fields)
            std::cout << fmt::format(
                "{:<22}   {} ({}): {}{}\n", "", field.name, trace::to_string(field.type), field.meaning,
                field.words.empty() ? std::string()
                                    : fmt::format("; one of {}", fmt::join(field.words, ", ")));
    }
}

}  // namespace

int list(const ListArguments& arguments, const Surroundings& here) {
    if (arguments.what == "scenarios") {
        list_scenarios(arguments.selection, here);
    } else if (arguments.what == "verbs") {
        list_verbs();
    } else if (arguments.what == "events") {
        list_events();
    } else {
        list_fixtures(arguments.what == "dialects" ? "hosts/dialects" : arguments.what, here);
    }
    return posbench::judge::exit_code::passed;
}

}  // namespace posbench::cli
