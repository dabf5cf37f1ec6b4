#include "bench/runtime/signals.hpp"

#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

#include "bench/runtime/real_clock.hpp"
#include "tests/support/catch.hpp"

using namespace posbench::runtime;

namespace {

/// Runs `body` in a child and gives the status it ends with; the test program keeps its own signals.
template <class Body>
int status_of_child(Body body) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(20);
        ::_exit(body());
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return status;
}

}  // namespace

TEST_CASE("SIGTERM and SIGINT interrupt a run that waits, and the number is kept") {
    const int number = GENERATE(SIGTERM, SIGINT);
    const int status = status_of_child([&] {
        std::stop_source stop;
        const SignalWatch watch(stop);
        RealClock clock(WallTime{}, stop.get_token());
        ::kill(::getpid(), number);
        if (clock.run_until([] { return false; }) != RunEnd::interrupted) return 1;
        return watch.received() == number ? 0 : 2;
    });
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a second signal ends the process at once with 128 and its number") {
    const int status = status_of_child([] {
        std::stop_source stop;
        const SignalWatch watch(stop);
        RealClock clock(WallTime{}, stop.get_token());
        ::kill(::getpid(), SIGINT);
        clock.run_until([] { return false; });
        ::kill(::getpid(), SIGTERM);
        for (;;) ::pause();
        return 1;
    });
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 128 + SIGTERM);
}

TEST_CASE("without a signal nothing is asked to stop, and the mask is given back") {
    const int status = status_of_child([] {
        std::stop_source stop;
        {
            const SignalWatch watch(stop);
            if (watch.received() != 0 || stop.stop_requested()) return 1;
        }
        sigset_t mask;
        ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
        return ::sigismember(&mask, SIGTERM) == 0 && ::sigismember(&mask, SIGINT) == 0 ? 0 : 2;
    });
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a child with a clean mask dies of the signal its parent blocks") {
    const int status = status_of_child([] {
        std::stop_source stop;
        const SignalWatch watch(stop);
        const pid_t grandchild = ::fork();
        if (grandchild == 0) {
            clean_signals_for_child();
            ::raise(SIGTERM);
            ::_exit(1);
        }
        int ended = 0;
        ::waitpid(grandchild, &ended, 0);
        return WIFSIGNALED(ended) && WTERMSIG(ended) == SIGTERM ? 0 : 1;
    });
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}
