#include <array>

#include <fcntl.h>
#include <unistd.h>

#include "bench/runtime/system.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/program.hpp"

// What a command prints is lost: a full disk, a reader that has gone away.

using namespace posbench;
using namespace posbench::tests;

namespace {

runtime::FileDescriptor full_disk() {
    return runtime::FileDescriptor(
        runtime::system_call("opening /dev/full", ::open("/dev/full", O_WRONLY | O_CLOEXEC)));
}

/// The writing end of a pipe that nobody reads.
runtime::FileDescriptor pipe_without_reader() {
    std::array<int, 2> ends{};
    runtime::system_call("making a pipe", ::pipe2(ends.data(), O_CLOEXEC));
    const runtime::FileDescriptor reader(ends[0]);
    return runtime::FileDescriptor(ends[1]);
}

}  // namespace

TEST_CASE("a command whose output is lost exits 3 and says so") {
    const std::vector<std::string> arguments =
        GENERATE(std::vector<std::string>{"run", "--only", "card.chip-sale", "--no-report"},
                 std::vector<std::string>{"list"}, std::vector<std::string>{"schema"},
                 std::vector<std::string>{"version"}, std::vector<std::string>{"run", "--help"});
    CAPTURE(arguments);
    const auto full = full_disk();
    const auto pipe = pipe_without_reader();
    for (const int out : {full.number(), pipe.number()}) {
        const auto result = run_posbench(arguments, out);
        CHECK(result.exit_code == 3);
        CHECK_THAT(result.err, Catch::Matchers::ContainsSubstring("standard output could not be written"));
    }
}

TEST_CASE("a run whose reader goes away writes its records") {
    const TemporaryFolder folder;
    const auto report = folder.path() / "report";
    const auto pipe = pipe_without_reader();
    const auto result = run_posbench({"run", "--report", report.string()}, pipe.number());
    CHECK(result.exit_code == 3);
    for (const char* file : {"report.html", "junit.xml", "results.json", "metrics.prom"}) {
        CAPTURE(file);
        CHECK(std::filesystem::exists(report / file));
    }
}
