#include <chrono>
#include <functional>

#include <poll.h>
#include <signal.h>

#include "bench/trace/jsonl.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/program.hpp"

// The very same parts in real time: a terminal process, real TCP. These tests wait for what happens, not for
// time to pass; their deadlines only bound a failure.

using namespace posbench;
using namespace posbench::tests;

namespace {

bool eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(2);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        poll(nullptr, 0, 5);
    }
    return true;
}

struct SlowRun {
    TemporaryFolder folder;
    std::filesystem::path report = folder.path() / "report";
    std::filesystem::path trace = report / "traces" / "host.maintenance-silent.jsonl";

    std::vector<std::string> arguments() const {
        return {"run",      "--only",       "host.maintenance-silent", "--station", "emulated-loopback",
                "--report", report.string()};
    }
    /// The host has taken the request and will not answer it for the terminal's whole reply wait.
    bool waiting_for_the_host() const { return read_file(trace).find("\"host.rule\"") != std::string::npos; }
};

bool alive(const std::string& name, pid_t parent) {
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const std::string stat = read_file(entry.path() / "stat");
        if (stat.find("(" + name.substr(0, 15) + ")") == std::string::npos) continue;
        if (stat.find(") Z ") == std::string::npos &&
            stat.find(" " + std::to_string(parent) + " ") != std::string::npos)
            return true;
    }
    return false;
}

}  // namespace

TEST_CASE("the loopback station gives the verdicts of virtual time") {
    const auto result = tests::posbench({"run", "--station", "emulated-loopback", "--jobs", "8",
                                         "--no-report", "--only", "card.*", "--only", "host.maintenance-*"});
    INFO(result.out << result.err);
    CHECK(result.exit_code == 0);
    const auto network = tests::posbench(
        {"run", "--station", "emulated-loopback", "--no-report", "--only", "network.weak-signal*"});
    CHECK(network.exit_code == 4);
    CHECK_THAT(network.out, Catch::Contains("lacks"));
}

TEST_CASE("SIGTERM in the middle of a run: records complete, exit 143, within 2 s, no terminal left") {
    const SlowRun run;
    Program program(posbench_program(), run.arguments());
    REQUIRE(eventually([&] { return run.waiting_for_the_host(); }));
    const auto begin = std::chrono::steady_clock::now();
    program.signal(SIGTERM);
    const pid_t pid = program.pid();
    const auto result = program.wait();
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(2));
    CHECK(result.exit_code == 143);
    CHECK_FALSE(alive("posbench-terminal", pid));
    const auto stored = trace::read_jsonl(run.trace);
    REQUIRE(stored);
    CHECK_FALSE(stored->truncated);
    CHECK(stored->events.back().kind == trace::Kind::bench_end);
    CHECK(stored->events.back().text("state") == "interrupted");
    CHECK(std::filesystem::exists(run.report / "report.html"));
    CHECK(std::filesystem::exists(run.report / "junit.xml"));
}

TEST_CASE("SIGKILL in the middle of a run: the trace so far is readable and no terminal stays behind") {
    const SlowRun run;
    Program program(posbench_program(), run.arguments());
    REQUIRE(eventually([&] { return run.waiting_for_the_host(); }));
    const pid_t pid = program.pid();
    program.signal(SIGKILL);
    CHECK(program.wait().exit_code == 137);
    const auto shown = tests::posbench({"show", run.trace.string()});
    CHECK(shown.exit_code == 0);
    CHECK_THAT(shown.out, Catch::Contains("host.request"));
    CHECK(eventually([&] { return !alive("posbench-terminal", pid); }));
    const auto repaired = tests::posbench({"doctor", "--repair"});
    CHECK_THAT(repaired.out, Catch::Contains("left by a killed bench       nothing"));
}
