#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/config/value.hpp"
#include "bench/judge/criteria.hpp"
#include "bench/runtime/time.hpp"
#include "bench/trace/query.hpp"

/// Scenario files: from TOML to a checked model (scenarios/README.md is the manual for authors).
namespace posbench::scenario {

/// One step. Steps go in order. A step first waits (`on`: for the next such event since the previous step
/// acted; `after`: for a time since then; with both, the time counts from the event), then does its verb.
/// `timeout` bounds `on`.
struct Step {
    std::optional<trace::Query> on;
    std::optional<runtime::Duration> after;
    std::optional<runtime::Duration> timeout;
    std::string verb;    ///< "terminal.sale"; "wait" does nothing
    config::Value args;  ///< table of the verb's arguments, checked
    config::Source source;
};

/// What is in place when the scenario begins: for each role a fixture's name and overrides for any of its
/// keys.
struct Given {
    config::Value card, host, terminal, network;  ///< tables; `image` or `profile` names the fixture
    std::optional<std::string> cardholder_pin;    ///< what the cardholder types; default: the image's PIN
    std::optional<runtime::WallTime> now;         ///< civil time at the start (virtual time only)
};

struct Scenario {
    std::filesystem::path file;
    std::string id;
    std::map<std::string, std::string> title;  ///< en, zh
    std::vector<std::string> causes;           ///< rows of the complaint catalogue
    std::vector<std::string> tags;
    Given given;
    std::vector<Step> steps;
    judge::Definition definition;
    bool closing = true;  ///< after the steps, lift the faults and let the terminal settle what it owes
};

/// A scenario with one value of each matrix axis put in its place.
struct Case {
    std::string id;  ///< "card.expired" or "card.expired[card.image=visa]"
    Scenario scenario;
};

/// Values laid on [given] of a document before it is read: dotted path below [given] and value (`posbench run
/// --set`).
using Overrides = std::vector<std::pair<std::string, config::Value>>;

/// Reads a document and expands its [matrix] (at most 1000 cases; an axis wins over an override of the same
/// path). @throws config::ConfigError
std::vector<Case> read_cases(config::Value document, const std::filesystem::path& file,
                             const Overrides& overrides = {});
/// The same for a file.
std::vector<Case> load_scenario(const std::filesystem::path& file, const Overrides& overrides = {});
/// @throws config::ConfigError when scenarios of two files have the same identifier
void refuse_duplicates(const std::vector<Case>& cases);
/// The .toml files named by files and folders (searched recursively), sorted. @throws config::ConfigError for
/// what does not exist
std::vector<std::filesystem::path> find_scenarios(const std::vector<std::filesystem::path>& paths);

}  // namespace posbench::scenario
