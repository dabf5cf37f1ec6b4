#pragma once

#include <cstddef>
#include <string>

namespace posbench::cli {

/// All of a file, or with "-" of standard input, up to `most` octets; of what is longer `most` + 1 octets, so
/// that whoever reads it can say so. @throws config::ConfigError when it cannot be read
std::string read_text(const std::string& file, std::size_t most);

}  // namespace posbench::cli
