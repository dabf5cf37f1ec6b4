#include "bench/station/own_file.hpp"

#include <system_error>

#include <fmt/format.h>

namespace posbench::station {

namespace fs = std::filesystem;

bool is_path(std::string_view text) noexcept {
    return text.starts_with("./") || text.starts_with("../") || text.starts_with('/');
}

fs::path own_file(std::string_view path, const config::Source& source) {
    std::error_code ignored;  // a place that cannot be looked at is no file
    const bool in_file = source.file && fs::is_regular_file(*source.file, ignored);
    const fs::path folder = in_file ? fs::path(*source.file).parent_path() : fs::path();
    fs::path file = (folder / path).lexically_normal();
    if (!fs::is_regular_file(file, ignored))
        throw config::ConfigError(source, fmt::format("there is no file '{}'", file.generic_string()));
    return file;
}

}  // namespace posbench::station
