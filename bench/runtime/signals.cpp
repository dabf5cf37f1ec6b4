#include "bench/runtime/signals.hpp"

#include <array>
#include <utility>

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace posbench::runtime {
namespace {

sigset_t stop_signals() noexcept {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGINT);
    ::sigaddset(&set, SIGTERM);
    return set;
}

/// Blocks SIGINT and SIGTERM; what is blocked is read from the signalfd.
int blocked_signal_descriptor() {
    const sigset_t set = stop_signals();
    if (const int error = ::pthread_sigmask(SIG_BLOCK, &set, nullptr); error != 0)
        throw std::system_error(error, std::generic_category(), "blocking SIGINT and SIGTERM");
    return system_call("making a signalfd", ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

}  // namespace

SignalWatch::SignalWatch(std::stop_source stop)
    : stop_(std::move(stop)),
      signals_(blocked_signal_descriptor()),
      end_(system_call("making an eventfd", ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))),
      watcher_([this] { watch(); }) {}

SignalWatch::~SignalWatch() {
    ::eventfd_write(end_.number(), 1);
    watcher_.join();
    const sigset_t set = stop_signals();
    ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void SignalWatch::watch() {
    std::array<pollfd, 2> watched{pollfd{signals_.number(), POLLIN, 0}, pollfd{end_.number(), POLLIN, 0}};
    for (;;) {
        if (::poll(watched.data(), watched.size(), -1) < 0) continue;  // EINTR, the only error possible here
        signalfd_siginfo info{};
        while (::read(signals_.number(), &info, sizeof info) == sizeof info) {
            const int number = static_cast<int>(info.ssi_signo);
            if (received_.exchange(number) != 0) ::_exit(128 + number);
            stop_.request_stop();
        }
        if (watched[1].revents != 0) return;
    }
}

void clean_signals_for_child() noexcept {
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    for (const int number : {SIGINT, SIGTERM, SIGPIPE, SIGCHLD}) ::sigaction(number, &standard, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace posbench::runtime
