#include "bench/runtime/real_clock.hpp"

#include <algorithm>
#include <ctime>
#include <stdexcept>
#include <string>
#include <utility>

#include <boost/asio/post.hpp>

#include "bench/runtime/real_reactor.hpp"

namespace posbench::runtime {
namespace {

/// Keeps far deadlines inside the range of the system's own timers; waking early only means looking again.
constexpr Duration longest_wait = 1h;

}  // namespace

std::int64_t monotonic_ns() noexcept {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

WallTime civil_now() {
    const auto now = std::chrono::system_clock::now();
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    std::tm local{};
    ::localtime_r(&seconds, &local);
    return WallTime(now.time_since_epoch() + std::chrono::seconds(local.tm_gmtoff));
}

RealClock& require_real(Clock& clock, std::string_view driver) {
    auto* real = dynamic_cast<RealClock*>(&clock);
    if (!real) throw std::logic_error("driver '" + std::string(driver) + "' works in real time only");
    return *real;
}

void RealClock::Reactor::wait(TimePoint deadline, TimePoint now) {
    if (deadline != armed_for_) {
        timer_.cancel();
        armed_for_ = deadline;
        if (deadline != never) {
            timer_.expires_after(std::min<Duration>(deadline - now, longest_wait));
            timer_.async_wait([this](const boost::system::error_code& error) {
                if (!error) armed_for_ = never;
            });
        }
    }
    io_.run_one();
}

void RealClock::Reactor::wake() {
    boost::asio::post(io_, [] {});
}

RealClock::RealClock(WallTime wall_start, std::stop_token stop, std::int64_t start_ns)
    : Clock(wall_start), start_ns_(start_ns), stop_(std::move(stop)), reactor_(std::make_unique<Reactor>()) {}

RealClock::~RealClock() = default;

TimePoint RealClock::now() const noexcept {
    return TimePoint(Duration(monotonic_ns() - start_ns_));
}

void RealClock::arm(Timer& timer, TimePoint deadline) {
    queue_.arm(timer, std::max(deadline, now()));
}

RunEnd RealClock::run_until(const std::function<bool()>& condition) {
    std::stop_callback wake_up(stop_, [this] { reactor_->wake(); });
    TimePoint looked{};  // when the sockets had their turn
    for (;;) {
        throw_failure();
        if (condition()) return RunEnd::finished;
        if (stop_.stop_requested()) return RunEnd::interrupted;
        if (queue_.next_deadline() <= looked) {
            queue_.fire_next();
        } else if (looked = now(); queue_.next_deadline() > looked) {
            reactor_->wait(queue_.next_deadline(), looked);
        } else {
            reactor_->poll();  // or timers that are always due would starve the sockets
        }
    }
}

}  // namespace posbench::runtime
