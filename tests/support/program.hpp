#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace posbench::tests {

/// A folder of a test's own, removed with it.
class TemporaryFolder {
  public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::filesystem::path& path() const noexcept { return path_; }
    /// Writes a file (any octets) and gives its path.
    std::filesystem::path write(const std::string& name, const std::string& content) const;

  private:
    std::filesystem::path path_;
};

struct ProgramResult {
    int exit_code = 0;  ///< 128 + signal when it was killed, as a shell says it
    std::string out, err;
};

/// A program in progress, its output going to files of its own. Killed by the destructor when it still runs.
class Program {
  public:
    /// @throws std::runtime_error when it cannot be started
    Program(const std::filesystem::path& program, const std::vector<std::string>& arguments);
    ~Program();
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    void signal(int number) const;
    ProgramResult wait();
    pid_t pid() const noexcept { return pid_; }

  private:
    TemporaryFolder folder_;
    pid_t pid_ = -1;
};

/// $POSBENCH_BIN/posbench with the repository as its library.
std::filesystem::path posbench_program();
ProgramResult run_posbench(const std::vector<std::string>& arguments);
std::string read_file(const std::filesystem::path& path);

}  // namespace posbench::tests
