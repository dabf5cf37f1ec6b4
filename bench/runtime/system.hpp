#pragma once

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "bench/runtime/time.hpp"

namespace posbench::runtime {

/// A file descriptor that is closed at the end of its life.
class FileDescriptor {
  public:
    FileDescriptor() noexcept = default;
    explicit FileDescriptor(int number) noexcept : number_(number) {}
    FileDescriptor(FileDescriptor&& other) noexcept : number_(other.release()) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        if (this != &other) {
            close();
            number_ = other.release();
        }
        return *this;
    }
    ~FileDescriptor() { close(); }

    int number() const noexcept { return number_; }
    explicit operator bool() const noexcept { return number_ >= 0; }
    int release() noexcept { return std::exchange(number_, -1); }
    void close() noexcept;

  private:
    int number_ = -1;
};

/// The result of a system call, or an exception that says what was attempted and why it failed:
///
///     FileDescriptor socket(system_call("making a socket", ::socket(AF_UNIX, SOCK_STREAM, 0)));
///
/// @throws std::system_error with errno when `result` is negative
template <class Number>
Number system_call(const std::string& attempted, Number result) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), attempted);
    return result;
}

/// When process `pid` started, in clock ticks since boot (/proc/PID/stat, field 22); empty when there is no
/// such process. A process number alone is given again to others; with the start time it names one process.
std::optional<std::uint64_t> process_start_time(std::int64_t pid);

/// What the calling thread had of the machine's processors since it began.
struct ProcessorUse {
    Duration ran{0};
    Duration waited{0};  ///< ready to run, while others had the processors
};

/// From /proc/thread-self/schedstat (Linux, Documentation/scheduler/sched-stats.rst); empty where the kernel
/// does not count.
std::optional<ProcessorUse> processor_use();

}  // namespace posbench::runtime
