#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "tests/support/catch.hpp"

namespace posbench::tests {

/// Where `part` stands in `text`, as "LINE:COLUMN", both from 1; columns count characters of UTF-8.
inline std::string text_place(std::string_view text, std::string_view part) {
    const auto at = text.find(part);
    REQUIRE(at != std::string_view::npos);
    const std::string_view before = text.substr(0, at);
    const std::string_view line = before.substr(before.rfind('\n') + 1);
    const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
    const auto column = static_cast<std::ptrdiff_t>(line.size()) - std::ranges::count_if(line, continues) + 1;
    return std::to_string(std::ranges::count(before, '\n') + 1) + ":" + std::to_string(column);
}

}  // namespace posbench::tests
