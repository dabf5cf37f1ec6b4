#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "bench/config/reader.hpp"

namespace posbench::scenario {

enum class ArgType { text, integer, amount, duration, choice, table };

struct ArgSpec {
    std::string_view name;
    ArgType type;
    bool required;
    std::string_view meaning;
    std::span<const std::string_view> choices{};
};

/// What a step can do. The runner performs them (bench/runner/perform.cpp); this table is what validation,
/// `posbench schema` and the manual know of them.
struct VerbSpec {
    std::string_view name;
    std::string_view meaning;
    std::span<const ArgSpec> args;
};

std::span<const VerbSpec> verbs() noexcept;
const VerbSpec* find_verb(std::string_view name) noexcept;
std::vector<std::string> verb_names();

}  // namespace posbench::scenario
