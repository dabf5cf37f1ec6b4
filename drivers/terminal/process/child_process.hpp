#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bench/runtime/real_clock.hpp"
#include "bench/runtime/stream.hpp"
#include "bench/runtime/task.hpp"

namespace posbench::terminal::process {

/// A child process. Its standard input and output are one stream socket, `channel()`; its standard error is a
/// pipe, `errors()`. It has a clean signal mask and a process group of its own (Ctrl-C at the bench is not
/// meant for it), inherits no other descriptor, and is killed by the kernel when the thread that started it
/// ends.
class ChildProcess {
  public:
    /// @param arguments without the program's own name; no shell is involved
    /// @throws std::system_error naming the program
    ChildProcess(runtime::RealClock& clock, const std::filesystem::path& program,
                 const std::vector<std::string>& arguments);
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;
    /// Kills and reaps it.
    ~ChildProcess();

    std::int64_t pid() const noexcept;
    std::uint64_t start_time() const noexcept;  ///< clock ticks since boot
    runtime::Stream& channel() noexcept;
    runtime::Stream& errors() noexcept;

    /// Waits for its end and tells how it came: "exited with status 3", "was killed by signal 11
    /// (Segmentation fault)".
    runtime::Task<std::string> ended();
    /// SIGKILL, at once; ended() tells the rest.
    void kill() noexcept;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace posbench::terminal::process
