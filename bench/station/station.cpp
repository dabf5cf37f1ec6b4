#include "bench/station/station.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bench/config/reader.hpp"
#include "bench/station/find_driver.hpp"

namespace posbench::station {
namespace {

using config::ConfigError;
using config::Reader;
using config::Value;

std::filesystem::path station_file(const std::string& name_or_path, const Library& library) {
    if (name_or_path.find('/') != std::string::npos || name_or_path.ends_with(".toml")) return name_or_path;
    const auto names = station_names(library);
    if (std::ranges::find(names, name_or_path) == names.end())
        throw ConfigError({}, fmt::format("there is no station '{}' in fixtures/stations", name_or_path),
                          config::nearest_name(name_or_path, names));
    return library.fixtures() / "stations" / (name_or_path + ".toml");
}

void read_header(Reader& document, const std::filesystem::path& file, Station& station) {
    auto reader = document.require("station", document.table("station", "[station]"));
    station.id = reader.require("id", reader.text("id"));
    if (station.id != file.stem())
        reader.fail("id", fmt::format("'{}' is not the name of the file", station.id));
    station.title = reader.title();
    station.virtual_time = reader.require("time", reader.choice("time", {"virtual", "real"})) == "virtual";
    reader.finish();
}

template <class Make>
Station::Role read_role(Reader& document, std::string_view role, bool virtual_time,
                        std::span<const drivers::Driver<Make>> known) {
    auto reader = document.require(role, document.table(role, fmt::format("[{}]", role)));
    const std::string name = reader.require("driver", reader.text("driver"));
    const config::Source place = reader.source_of("driver");
    const auto& driver = find_driver(known, role, name, place);
    if (!(virtual_time ? driver.virtual_time : driver.real_time))
        reader.fail("driver", fmt::format("the {} driver '{}' does not work in {} time", role, name,
                                          virtual_time ? "virtual" : "real"));
    Value settings(config::Table{}, reader.source());
    for (const config::Table::Entry& entry : reader.value().get<config::Table>()->entries())
        if (entry.key != "driver")
            settings.get<config::Table>()->append(entry.key, entry.value, entry.key_source);
    return {name, std::move(settings)};
}

}  // namespace

Station load_station(const std::string& name_or_path, const Library& library, const Drivers& drivers) {
    const auto file = station_file(name_or_path, library);
    const Value value = config::load_file(file);
    Reader document(value, "the station file");
    Station station;
    read_header(document, file, station);
    station.card = read_role(document, "card", station.virtual_time, drivers.card);
    station.host = read_role(document, "host", station.virtual_time, drivers.host);
    station.terminal = read_role(document, "terminal", station.virtual_time, drivers.terminal);
    station.network = read_role(document, "network", station.virtual_time, drivers.network);
    station.power = read_role(document, "power", station.virtual_time, drivers.power);
    document.finish();
    return station;
}

}  // namespace posbench::station
