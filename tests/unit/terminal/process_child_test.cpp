#include <array>
#include <csignal>
#include <fstream>
#include <string>

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/runtime/signals.hpp"
#include "bench/runtime/system.hpp"
#include "drivers/terminal/process/child_process.hpp"
#include "drivers/terminal/process/lines.hpp"
#include "tests/unit/terminal/process_support.hpp"

using namespace posbench;
using namespace posbench::terminal::process;
using posbench::tests::finish;
using posbench::tests::RealBench;

namespace {

std::string first_line(RealBench& bench, ChildProcess& child) {
    LineReader reader(child.channel());
    return finish(bench, reader.next()).value().value_or("(end)");
}

}  // namespace

TEST_CASE("a child's standard input and output are the channel, and its end is told with its status") {
    RealBench bench;
    ChildProcess child(bench.clock, "/bin/sh", {"-c", "read x; echo \"got $x\"; exit 3"});
    LineWriter writer(bench.clock, child.channel());
    writer.send("a line with 'quotes'\n");
    CHECK(first_line(bench, child) == "got a line with 'quotes'");
    CHECK(finish(bench, child.ended()) == "exited with status 3");
    CHECK(child.pid() > 1);
}

TEST_CASE("a child's arguments are passed as they are: no shell looks at them") {
    RealBench bench;
    ChildProcess child(bench.clock, "/bin/echo", {"$HOME; true", "a  b"});
    CHECK(first_line(bench, child) == "$HOME; true a  b");
}

TEST_CASE("a killed child says so, a crashed one says by which signal") {
    RealBench bench;
    ChildProcess waiting(bench.clock, "/bin/sh", {"-c", "read x"});
    waiting.kill();
    CHECK(finish(bench, waiting.ended()) == "was killed by signal 9 (Killed)");
    ChildProcess crashing(bench.clock, "/bin/sh", {"-c", "kill -SEGV $$"});
    CHECK(finish(bench, crashing.ended()) == "was killed by signal 11 (Segmentation fault)");
}

TEST_CASE("a child is started without fork: what other threads have locked is not copied") {
    static int forks = 0;
    REQUIRE(::pthread_atfork([] { ++forks; }, nullptr, nullptr) == 0);
    RealBench bench;
    ChildProcess child(bench.clock, "/bin/echo", {"started"});
    CHECK(first_line(bench, child) == "started");
    CHECK(forks == 0);
}

TEST_CASE("a destroyed child is gone, killed and reaped") {
    RealBench bench;
    std::int64_t pid = 0;
    {
        const ChildProcess child(bench.clock, "/bin/sh", {"-c", "read x"});
        pid = child.pid();
        CHECK(runtime::process_start_time(pid) == child.start_time());
    }
    CHECK_FALSE(runtime::process_start_time(pid));
}

TEST_CASE("what a child has started loses its power with it, whether it was killed or ended itself") {
    for (const std::string end : {"exit 0", "read x"}) {
        INFO(end);
        RealBench bench;
        ChildProcess child(bench.clock, "/bin/sh",
                           {"-c", "sleep 1000 2>/dev/null >/dev/null </dev/null & echo $!; " + end});
        const std::int64_t helper = std::stoll(first_line(bench, child));
        REQUIRE(runtime::process_start_time(helper));
        if (end == "read x") child.kill();
        static_cast<void>(finish(bench, child.ended()));
        // It is another's to reap: dead is enough.
        int status = 0;
        for (int i = 0; i < 500 && status == 0; ++i) {
            std::ifstream file("/proc/" + std::to_string(helper) + "/stat");
            std::string pid, name, state;
            status = !(file >> pid >> name >> state) || state == "Z" ? 1 : 0;
            if (status == 0) ::usleep(10'000);
        }
        CHECK(status == 1);
    }
}

TEST_CASE("a child has a clean signal mask, its own process group and no descriptor but the three") {
    RealBench bench;
    const runtime::FileDescriptor leaking(::dup(STDERR_FILENO));  // without close-on-exec
    sigset_t blocked, before;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
    ChildProcess mask(bench.clock, "/bin/sed", {"-n", "s/^SigBlk:\t//p", "/proc/self/status"});
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    CHECK(first_line(bench, mask) == "0000000000000000");
    ChildProcess group(bench.clock, "/usr/bin/cut", {"-d ", "-f5", "/proc/self/stat"});
    CHECK(first_line(bench, group) == std::to_string(group.pid()));
    ChildProcess descriptors(bench.clock, "/bin/ls", {"-m", "/proc/self/fd"});
    CHECK(first_line(bench, descriptors) == "0, 1, 2, 3");  // the last is the listing's own
}

TEST_CASE("a child's standard error is kept apart from the channel") {
    RealBench bench;
    ChildProcess child(bench.clock, "/bin/sh", {"-c", "echo trouble >&2"});
    LineReader errors(child.errors());
    CHECK(finish(bench, errors.next()).value() == "trouble");
    CHECK(first_line(bench, child) == "(end)");
}

TEST_CASE("a program that cannot be started is named, with the reason") {
    RealBench bench;
    const std::vector<std::string> none;
    CHECK_THROWS_WITH(ChildProcess(bench.clock, "/nonexistent/terminal", none),
                      Catch::Matchers::ContainsSubstring("starting /nonexistent/terminal") &&
                          Catch::Matchers::ContainsSubstring("No such file"));
    const auto file = bench.scratch.write("terminal", "no program");
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    CHECK_THROWS_WITH(ChildProcess(bench.clock, file, none),
                      Catch::Matchers::ContainsSubstring("starting " + file.string()) &&
                          Catch::Matchers::ContainsSubstring("Exec format error"));
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);  // nothing is left to be reaped
}
