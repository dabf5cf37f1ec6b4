#include <algorithm>

#include "bench/judge/criteria.hpp"
#include "bench/station/find_driver.hpp"
#include "bench/station/station.hpp"

namespace posbench::station {
namespace {

using config::Value;

/// One role of a case on a station: its driver and the settings it gets.
template <class Make>
struct BoundRole {
    const drivers::Driver<Make>& driver;
    Value settings;
    Make make;
};

/// The verbs of the steps that act on `role`, each once.
std::vector<std::string> verbs_of(const scenario::Scenario& scenario, std::string_view role) {
    std::vector<std::string> verbs;
    for (const scenario::Step& step : scenario.steps)
        if (step.verb.starts_with(std::string(role) + ".") &&
            std::ranges::find(verbs, step.verb) == verbs.end())
            verbs.push_back(step.verb);
    return verbs;
}

template <class Make>
BoundRole<Make> bind_role(std::string_view role, const Station::Role& station_role, Value settings,
                          std::span<const drivers::Driver<Make>> known, BoundCase& bound) {
    const auto& driver = find_driver(known, role, station_role.driver, station_role.settings.source());
    Make make = driver.prepare(settings);
    for (std::string& word : driver.lacks(settings, verbs_of(bound.source.scenario, role)))
        bound.lacking.push_back(std::move(word));
    return {driver, std::move(settings), std::move(make)};
}

/// The fixture the scenario names, the station's settings over it, the scenario's own over both.
Value merged(const Library& library, std::string_view folder, const Value& station, const Value& given,
             std::string_view name_key) {
    Value overrides = station;
    config::merge(overrides, given);
    return load_fixture(library, folder, overrides, name_key);
}

/// What steps give to drivers later is checked now, by the drivers, as settings from the start.
/// @param key under which the arguments stand in the settings; empty: on top
template <class Make>
void check_steps(const scenario::Scenario& scenario, std::string_view verb, std::string_view key,
                 const BoundRole<Make>& role, BoundCase& bound) {
    for (const scenario::Step& step : scenario.steps) {
        if (step.verb != verb) continue;
        Value settings = role.settings;
        config::merge(key.empty() ? settings : config::at_path(settings, key), step.args);
        role.driver.prepare(settings);
        for (std::string& word : role.driver.lacks(settings, {}))
            if (std::ranges::find(bound.lacking, word) == bound.lacking.end())
                bound.lacking.push_back(std::move(word));
    }
}

}  // namespace

BoundCase bind(const scenario::Case& scenario_case, const Station& station, const Library& library,
               const Drivers& drivers) {
    BoundCase bound;
    bound.source = scenario_case;
    bound.station = station.id;
    bound.virtual_time = station.virtual_time;
    const scenario::Scenario& scenario = scenario_case.scenario;
    const scenario::Given& given = scenario.given;

    auto card =
        bind_role("card", station.card, merged(library, "cards", station.card.settings, given.card, "image"),
                  drivers.card, bound);
    auto host = bind_role("host", station.host,
                          merged(library, "hosts", station.host.settings, given.host, "profile"),
                          drivers.host, bound);
    auto terminal =
        bind_role("terminal", station.terminal,
                  merged(library, "terminals", station.terminal.settings, given.terminal, "profile"),
                  drivers.terminal, bound);
    auto network = bind_role("network", station.network,
                             merged(library, "networks", station.network.settings, given.network, "profile"),
                             drivers.network, bound);
    auto power = bind_role("power", station.power, station.power.settings, drivers.power, bound);

    check_steps(scenario, "host.rules", "", host, bound);
    check_steps(scenario, "code.scan", "scan", host, bound);
    check_steps(scenario, "network.change", "", network, bound);
    check_steps(scenario, "terminal.condition", "condition", terminal, bound);
    if (given.now && !station.virtual_time) bound.lacking.emplace_back("a settable civil time");

    bound.definition = judge::to_json(scenario.definition);
    bound.profile = *network.settings.get<config::Table>()->find("profile")->get<std::string>();
    bound.make_card = std::move(card.make);
    bound.make_host = std::move(host.make);
    bound.make_terminal = std::move(terminal.make);
    bound.make_network = std::move(network.make);
    bound.make_power = std::move(power.make);
    return bound;
}

}  // namespace posbench::station
