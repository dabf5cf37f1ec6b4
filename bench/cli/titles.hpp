#pragma once

#include <map>
#include <string>

#include "bench/station/station.hpp"
#include "reports/console.hpp"

/// Titles in two languages, as scenarios and fixtures have them.
namespace posbench::cli {

/// Empty when there is none in that language.
std::string title_in(const std::map<std::string, std::string>& titles, reports::Language language);

/// The `title` of a fixture: at its root, or in its first section that has one.
std::map<std::string, std::string> fixture_title(const config::Value& document);

}  // namespace posbench::cli
