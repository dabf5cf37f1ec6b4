#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/config/value.hpp"

namespace posbench::scenario {

enum class ArgType : std::uint8_t {
    amount,    ///< decimal text in CNY: "12.34"
    digits,    ///< text of 1 to 12 digits; may be secret, never repeated in a message
    code,      ///< text of 1 to 64 printable ASCII characters; may be secret, never repeated in a message
    key,       ///< text of 32 hexadecimal digits; secret, never repeated in a message
    original,  ///< "last", or a STAN of six digits
    boolean,
    integer,  ///< from `low` to `high`
    choice,   ///< one of `choices`
    text,     ///< any
    words,    ///< some of `choices`, separated by blanks
    table,    ///< read by the driver when the case is bound to a station
    tables,   ///< a table or an array of tables, likewise
};

struct ArgSpec {
    std::string_view name;
    ArgType type;
    bool required;
    std::string_view meaning;
    std::span<const std::string_view> choices{};
    std::int64_t low = 0, high = 0;
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

/// Checks `args`, a table, against what `verb` takes. @throws config::ConfigError for a key that is unknown,
/// missing, or of another form
void check_arguments(const VerbSpec& verb, const config::Value& args);

}  // namespace posbench::scenario
