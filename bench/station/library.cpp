#include <algorithm>
#include <cstdlib>
#include <system_error>

#include <fmt/format.h>

#include "bench/station/station.hpp"

namespace posbench::station {
namespace {

namespace fs = std::filesystem;

bool is_library(const fs::path& folder) {
    std::error_code ignored;  // a folder that cannot be looked into is none
    return fs::is_directory(folder / "fixtures", ignored) && fs::is_directory(folder / "scenarios", ignored);
}

/// `folder` or the nearest above it that holds the library; empty when there is none.
fs::path search_upwards(fs::path folder) {
    while (!folder.empty()) {
        if (is_library(folder)) return folder;
        if (folder == folder.parent_path()) break;
        folder = folder.parent_path();
    }
    return {};
}

}  // namespace

Library find_library() {
    if (const char* home = std::getenv("POSBENCH_HOME"); home != nullptr && *home != '\0') {
        if (is_library(home)) return {home};
        throw config::ConfigError(
            {},
            fmt::format("POSBENCH_HOME is '{}', where fixtures/ and scenarios/ are not both found", home));
    }
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
    if (auto root = search_upwards(program); !root.empty()) return {root};
    const fs::path here = fs::current_path(error);
    if (auto root = search_upwards(here); !root.empty()) return {root};
    throw config::ConfigError({},
                              fmt::format("no folder with fixtures/ and scenarios/ found: POSBENCH_HOME is "
                                          "not set, and there is none at or above '{}' (this program) and "
                                          "'{}' (the current folder)",
                                          program.string(), here.string()));
}

std::vector<std::string> fixture_names(const Library& library, std::string_view folder,
                                       std::string_view extension) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator entry(library.fixtures() / folder, error), end; !error && entry != end;
         entry.increment(error))
        if (entry->path().extension() == extension) names.push_back(entry->path().stem().string());
    std::ranges::sort(names);
    return names;
}

std::vector<std::string> station_names(const Library& library) {
    return fixture_names(library, "stations");
}

}  // namespace posbench::station
