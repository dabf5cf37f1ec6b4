#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

#include "tests/support/temporary_folder.hpp"

namespace posbench::tests {

struct ProgramResult {
    int exit_code = 0;  ///< 128 + signal when it was killed, as a shell says it
    std::string out, err;
};

/// A program in progress, its output going to files of its own. Killed by the destructor when it still runs.
class Program {
  public:
    /// Starts it with SIGPIPE at its default, whatever this process does with that signal.
    /// @param out descriptor that takes the place of its standard output; -1: the file that wait() reads
    /// @throws std::system_error when it cannot be started
    Program(const std::filesystem::path& program, const std::vector<std::string>& arguments, int out = -1);
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
ProgramResult run_posbench(const std::vector<std::string>& arguments, int out = -1);

}  // namespace posbench::tests
