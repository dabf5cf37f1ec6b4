#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "bench/runtime/real_clock.hpp"

namespace posbench::runtime {

/// The Asio side of a RealClock. Included by the sources of this folder only: Asio's headers stay out of
/// every other translation unit.
class RealClock::Reactor {
  public:
    Reactor() : work_(io_.get_executor()), timer_(io_) {}

    boost::asio::io_context& io() noexcept { return io_; }

    /// Runs the handlers that are ready; does not wait.
    void poll() { io_.poll(); }
    /// Waits until a handler ran or `deadline` came; may return early.
    void wait(TimePoint deadline, TimePoint now);
    /// Ends a wait(); the one call allowed from another thread.
    void wake();

  private:
    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    boost::asio::steady_timer timer_;
    TimePoint armed_for_ = never;
};

}  // namespace posbench::runtime
