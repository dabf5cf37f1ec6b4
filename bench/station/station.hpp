#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/config/value.hpp"
#include "bench/scenario/scenario.hpp"
#include "drivers/registry.hpp"

namespace posbench::station {

/// Where the data lies. Default: fixtures/ beside the scenarios, found from the program's own place or
/// $POSBENCH_HOME.
struct Library {
    std::filesystem::path root;
    std::filesystem::path fixtures() const { return root / "fixtures"; }
    std::filesystem::path scenarios() const { return root / "scenarios"; }
};
/// @throws config::ConfigError saying where it was looked for
Library find_library();

/// The drivers a station may name: those of the registry, except in tests.
struct Drivers {
    std::span<const drivers::Driver<drivers::MakeCard>> card;
    std::span<const drivers::Driver<drivers::MakeHost>> host;
    std::span<const drivers::Driver<drivers::MakeTerminal>> terminal;
    std::span<const drivers::Driver<drivers::MakeNetwork>> network;
    std::span<const drivers::Driver<drivers::MakePower>> power;
};
Drivers registered_drivers();

/// A position on the rig: one driver for each role, with settings.
struct Station {
    std::string id;
    std::map<std::string, std::string> title;
    bool virtual_time = true;
    struct Role {
        std::string driver;
        config::Value settings;  ///< table, laid under the scenario's
    };
    Role card, host, terminal, network, power;
};

/// By name (fixtures/stations/NAME.toml) or by path. @throws config::ConfigError naming the nearest station,
/// the nearest driver, or the driver that does not work in the station's time
Station load_station(const std::string& name_or_path, const Library& library,
                     const Drivers& drivers = registered_drivers());
/// Names of the fixtures in one folder ("cards"), sorted; empty when there is no such folder.
std::vector<std::string> fixture_names(const Library& library, std::string_view folder,
                                       std::string_view extension = ".toml");
/// Names of the stations in the library.
std::vector<std::string> station_names(const Library& library);

/// A case bound to a station: settings merged (fixture, then station, then scenario), checked by the drivers;
/// ready to run any number of times, from any thread.
struct BoundCase {
    scenario::Case source;
    std::string station;
    bool virtual_time = true;
    std::string profile;               ///< network profile by name
    std::string definition;            ///< judge::to_json of the source's: what every trace of it begins with
    std::vector<std::string> lacking;  ///< what the station lacks; not empty: skip
    drivers::MakeCard make_card;
    drivers::MakeNetwork make_network;
    drivers::MakeHost make_host;
    drivers::MakeTerminal make_terminal;
    drivers::MakePower make_power;
};

/// Binds. @throws config::ConfigError for a fixture that does not exist or does not hold, with the nearest
/// name
BoundCase bind(const scenario::Case& scenario_case, const Station& station, const Library& library,
               const Drivers& drivers = registered_drivers());

/// Settings of one role as bind() merges them: the fixture of `folder` that `overrides` names at `name_key`
/// ("image", "profile"), with what it `extends`, and `overrides` on top. A name that begins with "./", "../"
/// or
/// "/" is the path of a file (own_file.hpp). A text "@file.name" stands for the entry `name` of
/// fixtures/keys/file.toml, "@./file.toml.name" for one of a file of one's own.
config::Value load_fixture(const Library& library, std::string_view folder, const config::Value& overrides,
                           std::string_view name_key);

enum class Keys {
    resolved,  ///< "@file.name" replaced by the key
    by_name,   ///< left as it stands, for showing
};
/// The fixture alone: by name, or by the path of a file (with a '/' or ending in ".toml").
/// @throws config::ConfigError
config::Value load_one_fixture(const Library& library, std::string_view folder,
                               const std::string& name_or_path, Keys keys);

}  // namespace posbench::station
