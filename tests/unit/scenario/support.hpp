#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/config/value.hpp"
#include "bench/scenario/scenario.hpp"

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

/// A folder of its own, removed afterwards.
class TemporaryFolder {
  public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::filesystem::path& path() const noexcept { return path_; }
    std::filesystem::path write(const std::filesystem::path& name, std::string_view content) const;

  private:
    std::filesystem::path path_;
};

}  // namespace posbench::tests
