#include "bench/cli/did_you_mean.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/runtime/nearest.hpp"
#include "bench/runtime/secrets.hpp"

namespace posbench::cli {
namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
    return app.get_subcommands([](const CLI::App*) { return true; });
}

/// Every option that may stand behind a command: its own and those of the commands around it.
std::vector<const CLI::Option*> options_of(const CLI::App& command) {
    std::vector<const CLI::Option*> options;
    for (const CLI::App* app = &command; app != nullptr; app = app->get_parent())
        for (const CLI::Option* option : app->get_options()) options.push_back(option);
    return options;
}

std::string quoted(const std::string& word) {
    return '\'' + runtime::mask_secrets(word) + '\'';
}

std::string no_command(const CLI::App& app, const std::string& word) {
    std::vector<std::string> names;
    for (const CLI::App* command : commands_of(app)) names.push_back(command->get_name());
    const std::string nearest = runtime::nearest_name(word, names);
    return nearest.empty() ? fmt::format("no command {}; there are {}", quoted(word), fmt::join(names, ", "))
                           : fmt::format("no command {}: did you mean '{}'?", quoted(word), nearest);
}

std::string no_option(const CLI::App& command, const std::string& word) {
    std::vector<std::string> names;
    for (const CLI::Option* option : options_of(command))
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    const std::string nearest = runtime::nearest_name(word, names);
    std::string text = fmt::format("no option {}", quoted(word));
    if (command.get_parent() != nullptr) text += fmt::format(" of {}", command.get_name());
    if (!nearest.empty()) text += fmt::format(": did you mean '{}'?", nearest);
    return text;
}

}  // namespace

std::string did_you_mean(const CLI::App& app, const std::vector<std::string>& words) {
    const CLI::App* command = &app;
    for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
        const std::string& word = words[i];
        if (word.size() > 1 && word.front() == '-') {
            const std::string name = word.substr(0, word.find('='));
            const auto options = options_of(*command);
            const auto option = std::ranges::find_if(
                options, [&](const CLI::Option* known) { return known->check_name(name); });
            // Of short options the value may stand in the same word, "-j8".
            if (option == options.end() && !word.starts_with("--")) continue;
            if (option == options.end()) return no_option(*command, name);
            if (name == word && (*option)->get_expected_max() > 0) ++i;
            continue;
        }
        const auto commands = commands_of(*command);
        if (commands.empty()) continue;  // what a command is given
        const auto named =
            std::ranges::find_if(commands, [&](const CLI::App* known) { return known->check_name(word); });
        if (named == commands.end()) return no_command(*command, word);
        command = *named;
    }
    return {};
}

}  // namespace posbench::cli
