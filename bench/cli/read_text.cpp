#include "bench/cli/read_text.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>

#include <fmt/format.h>

#include "bench/config/value.hpp"

namespace posbench::cli {

std::string read_text(const std::string& file, std::size_t most) {
    constexpr std::size_t piece = std::size_t{64} << 10;
    std::ifstream opened;
    if (file != "-") {
        opened.open(file, std::ios::binary);
        if (!opened) throw config::ConfigError({}, fmt::format("{}: cannot be read", file));
    }
    std::istream& in = file == "-" ? std::cin : opened;
    std::string text;
    while (in && text.size() <= most) {
        const std::size_t before = text.size(), wanted = std::min(piece, most + 1 - before);
        text.resize(before + wanted);
        in.read(text.data() + before, static_cast<std::streamsize>(wanted));
        text.resize(before + static_cast<std::size_t>(in.gcount()));
    }
    if (in.bad()) throw config::ConfigError({}, fmt::format("{}: cannot be read", file));
    return text;
}

}  // namespace posbench::cli
