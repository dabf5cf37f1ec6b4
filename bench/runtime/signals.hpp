#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

#include "bench/runtime/system.hpp"

namespace posbench::runtime {

/// Turns SIGINT and SIGTERM into a stop request, so that a run ends in order: faults lifted, records written.
/// A second signal ends the process at once with 128 + its number, whatever hangs.
///
/// To be made in main before any other thread, because threads inherit the blocked mask; children are given a
/// clean one (clean_signals_for_child).
class SignalWatch {
  public:
    /// @throws std::system_error
    explicit SignalWatch(std::stop_source stop);
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;
    ~SignalWatch();

    /// Number of the signal that asked to stop; 0 when none came.
    int received() const noexcept { return received_.load(); }

  private:
    void watch();

    std::stop_source stop_;
    std::atomic<int> received_ = 0;
    FileDescriptor signals_;  ///< signalfd
    FileDescriptor end_;      ///< eventfd: the destructor calls
    std::thread watcher_;
};

/// Undoes in a child, between fork and exec, what this process did to its signals. Async-signal-safe.
void clean_signals_for_child() noexcept;

}  // namespace posbench::runtime
