#pragma once

#include <vector>

#include "bench/cli/arguments.hpp"
#include "bench/station/station.hpp"

namespace posbench::cli {

/// Loads what a selection names, and keeps what it asks for. Every file is read and every case is bound
/// before anything is returned; all files that do not hold are reported on standard error, a line each.
/// @throws InvalidFiles after those lines, config::ConfigError for the station
struct InvalidFiles {
    int count;
};
std::vector<scenario::Case> select_cases(const Selection& selection, const station::Library& library);
std::vector<station::BoundCase> bind_cases(const std::vector<scenario::Case>& cases,
                                           const station::Station& station, const station::Library& library);

/// Shell-style match over the whole text: '*' any run, '?' one character; everything else stands for itself.
bool glob_match(std::string_view pattern, std::string_view text);

}  // namespace posbench::cli
