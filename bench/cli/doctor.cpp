#include <filesystem>
#include <iostream>

#include <fmt/format.h>
#include <unistd.h>

#include "bench/cli/commands.hpp"
#include "bench/judge/verdict.hpp"
#include "bench/runtime/resources.hpp"
#include "bench/station/station.hpp"

namespace posbench::cli {
namespace {

/// Prints one finding; false when something needs mending.
bool report(bool good, std::string_view what, const std::string& detail) {
    std::cout << fmt::format("{} {:<28} {}\n", good ? "ok  " : "BAD ", what, detail);
    return good;
}

bool check_library() {
    try {
        const auto library = station::find_library();
        return report(true, "scenarios and fixtures", library.root.string());
    } catch (const config::ConfigError& error) {
        return report(false, "scenarios and fixtures", error.what());
    }
}

bool check_stations() {
    bool good = true;
    const auto library = station::find_library();
    for (const std::string& name : station::station_names(library)) {
        try {
            station::load_station(name, library);
            report(true, "station " + name, "valid");
        } catch (const config::ConfigError& error) {
            good = report(false, "station " + name, error.what());
        }
    }
    return good;
}

bool check_terminal_program() {
    const auto beside = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "posbench-terminal";
    return report(access(beside.c_str(), X_OK) == 0, "terminal process", beside.string());
}

bool check_leftovers(bool repair) {
    const auto folder = runtime::ResourceJournal::default_folder();
    if (repair) {
        for (const std::string& line : runtime::repair_orphans(folder)) std::cout << "     " << line << '\n';
    }
    const auto orphans = runtime::ResourceJournal::orphans(folder);
    for (const auto& orphan : orphans) std::cout << fmt::format("     {} {}\n", orphan.kind, orphan.id);
    return report(orphans.empty(), "left by a killed bench",
                  orphans.empty() ? "nothing" : fmt::format("{} (posbench doctor --repair)", orphans.size()));
}

}  // namespace

int doctor(const DoctorArguments& arguments, const Surroundings&) {
    bool good = check_library();
    if (good) good = check_stations();
    good = check_terminal_program() && good;
    good = check_leftovers(arguments.repair) && good;
    return good ? judge::exit_code::passed : judge::exit_code::bench_error;
}

}  // namespace posbench::cli
