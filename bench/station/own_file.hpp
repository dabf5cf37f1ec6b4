#pragma once

#include <filesystem>
#include <string_view>

#include "bench/config/value.hpp"

namespace posbench::station {

/// Whether `text` names a file by its path and not a fixture by its name: it begins with "./", "../" or "/".
bool is_path(std::string_view text) noexcept;

/// The file at `path`. A relative path begins at the folder of the file where it is written (`source`), and
/// at the current folder when it is written in none (command line).
/// @throws config::ConfigError at `source` when there is no such file
std::filesystem::path own_file(std::string_view path, const config::Source& source);

}  // namespace posbench::station
