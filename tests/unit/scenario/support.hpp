#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/config/value.hpp"
#include "bench/scenario/scenario.hpp"
#include "tests/support/temporary_folder.hpp"

namespace posbench::tests {

/// What `action` throws as a ConfigError.
std::string refusal(const std::function<void()>& action);

/// A scenario that holds; further text is appended.
std::string scenario_text(std::string_view more = "");
/// The same with `from` (which must be there) replaced by `to`.
std::string scenario_with(std::string_view from, std::string_view to);

/// Cases of a scenario text whose file is called "s.toml".
std::vector<scenario::Case> cases_of(const std::string& text, const scenario::Overrides& overrides = {});
std::string refusal_of(const std::string& text);
/// The place of the first `part` in `text`, as "s.toml:LINE:COLUMN".
std::string place_of(const std::string& text, std::string_view part);

/// The value at a dotted path of tables; fails the test when it is not there.
const config::Value& at(const config::Value& root, std::string_view path);

}  // namespace posbench::tests
