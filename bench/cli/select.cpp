#include "bench/cli/select.hpp"

#include <algorithm>
#include <iostream>
#include <map>
#include <string>

#include <fmt/format.h>

#include "bench/cli/recorded_line.hpp"
#include "bench/runtime/secrets.hpp"
#include "bench/runtime/utf8.hpp"

namespace posbench::cli {
namespace {

/// Calls `action` for each item and reports every ConfigError, so that an author sees all broken files at
/// once; what is wrong with many items, as a --set can be, once.
template <class Items, class Action>
void each_or_report(const Items& items, Action action) {
    std::map<std::string, int> faults;  // how often each was met
    for (const auto& item : items) {
        try {
            action(item);
        } catch (const config::ConfigError& error) {
            if (++faults[error.what()] == 1) std::cerr << runtime::printable(error.what()) << '\n';
        }
    }
    for (const auto& [fault, times] : faults)
        if (times > 1)
            std::cerr << runtime::printable(fault.substr(0, fault.find(';'))) << ": " << times << " times\n";
    if (!faults.empty()) throw InvalidFiles{static_cast<int>(faults.size())};
}

/// What to type instead of a value that is no TOML, when quotes are all that it lacks.
std::string with_quotes(const std::string& text, std::size_t equals) {
    const std::string value = text.substr(equals + 1);
    const bool bare = value.find_first_of("\"'\\[]{}\n") == std::string::npos;
    if (!bare || recorded_override(text) != text) return {};
    return fmt::format(": a text needs quotes: --set '{}=\"{}\"'", text.substr(0, equals), value);
}

/// Splits "terminal.defects=[…]" and reads the value as TOML.
std::pair<std::string, config::Value> parse_override(const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
        throw config::ConfigError({}, "--set wants PATH=VALUE, not '" + text + "'");
    const std::string path = text.substr(0, equals), name = "--set " + runtime::mask_secrets(path);
    try {
        config::Value document = config::load_text("value = " + text.substr(equals + 1), name);
        return {path, std::move(*document.get<config::Table>()->find("value"))};
    } catch (const config::ConfigError& error) {
        // Its line and column are those of a document that nobody wrote.
        const std::string quotes = with_quotes(text, equals);
        throw config::ConfigError(
            {}, fmt::format("{}: the value is no TOML{}", name,
                            quotes.empty() ? fmt::format(": {}", error.message()) : quotes));
    }
}

bool any_tag(const scenario::Scenario& scenario, const std::vector<std::string>& tags) {
    return tags.empty() || std::ranges::any_of(tags, [&](const std::string& tag) {
               return std::ranges::find(scenario.tags, tag) != scenario.tags.end();
           });
}

bool any_glob(const std::string& id, const std::vector<std::string>& globs) {
    return globs.empty() ||
           std::ranges::any_of(globs, [&](const std::string& glob) { return glob_match(glob, id); });
}

}  // namespace

bool glob_match(std::string_view pattern, std::string_view text) {
    std::size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

std::vector<scenario::Case> select_cases(const Selection& selection, const station::Library& library) {
    const auto paths = selection.paths.empty() ? std::vector{library.scenarios()} : selection.paths;
    std::vector<std::pair<std::string, config::Value>> overrides;
    for (const std::string& text : selection.overrides) overrides.push_back(parse_override(text));

    std::vector<scenario::Case> cases;
    each_or_report(scenario::find_scenarios(paths), [&](const std::filesystem::path& file) {
        for (scenario::Case& found : scenario::load_scenario(file, overrides))
            if (any_tag(found.scenario, selection.tags) && any_glob(found.id, selection.only))
                cases.push_back(std::move(found));
    });
    scenario::refuse_duplicates(cases);
    return cases;
}

std::vector<station::BoundCase> bind_cases(const std::vector<scenario::Case>& cases,
                                           const station::Station& station, const station::Library& library) {
    std::vector<station::BoundCase> bound;
    each_or_report(cases,
                   [&](const scenario::Case& one) { bound.push_back(station::bind(one, station, library)); });
    return bound;
}

}  // namespace posbench::cli
