#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace posbench::tests {

/// A folder of a test's own, removed with it.
class TemporaryFolder {
  public:
    /// @throws std::system_error when there is no place for it
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::filesystem::path& path() const noexcept { return path_; }
    /// Writes a file (any octets), with the folders on the way, and gives its path.
    std::filesystem::path write(const std::filesystem::path& name, std::string_view content) const;
    /// The same for a program of /bin/sh.
    std::filesystem::path script(const std::filesystem::path& name, std::string_view body) const;

  private:
    std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& path);

}  // namespace posbench::tests
