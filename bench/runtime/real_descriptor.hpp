#pragma once

#include <memory>

#include "bench/runtime/real_clock.hpp"
#include "bench/runtime/task.hpp"
#include "bench/runtime/time.hpp"

namespace posbench::runtime {

/// A descriptor of the system (socket, pipe, pidfd) whose readiness coroutines wait for.
///
/// Only readiness is waited for; reading and writing is then done at once into the caller's own buffer. So a
/// coroutine that is destroyed, or whose deadline passes, leaves no operation behind that could still take
/// octets from the stream or write into a buffer that is gone. Waiters resume through the clock's queue.
class Descriptor : public std::enable_shared_from_this<Descriptor> {
    struct State;

  public:
    enum class Ready { to_read, to_write };

    /// Takes `number` over, which is closed also when this throws, and makes it non-blocking.
    /// @throws std::system_error
    static std::shared_ptr<Descriptor> adopt(RealClock& clock, int number);
    /// For adopt().
    explicit Descriptor(std::unique_ptr<State> state) noexcept;
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor();

    /// -1 once closed.
    int number() const noexcept;
    bool is_open() const noexcept { return number() >= 0; }
    /// The last read had room for more than there was: the next does well to wait before it tries.
    bool is_emptied() const noexcept { return emptied_; }
    void set_emptied(bool emptied) noexcept { emptied_ = emptied; }
    /// Closes the descriptor and wakes whoever waits for it.
    void close() noexcept;

    /// True when the descriptor may be ready (the caller tries and may have to wait again) or was closed;
    /// false when `deadline` came first. One waiter for each direction. The task keeps the descriptor alive.
    Task<bool> ready(Ready what, TimePoint deadline);

  private:
    static Task<bool> wait(std::shared_ptr<Descriptor> self, Ready what, TimePoint deadline);

    std::unique_ptr<State> state_;
    bool emptied_ = false;
};

}  // namespace posbench::runtime
