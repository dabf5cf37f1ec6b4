#include <array>
#include <stdexcept>

#include <sys/socket.h>

#include "bench/runtime/real_stream.hpp"
#include "drivers/terminal/process/lines.hpp"
#include "drivers/terminal/process/messages.hpp"
#include "tests/unit/terminal/process_support.hpp"

using namespace posbench;
using namespace posbench::terminal::process;
using posbench::tests::finish;
using posbench::tests::RealBench;

namespace {

struct Pair {
    std::unique_ptr<runtime::Stream> left, right;
    explicit Pair(runtime::RealClock& clock) {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
        left = runtime::adopt_stream(clock, ends[0], "left");
        right = runtime::adopt_stream(clock, ends[1], "right");
    }
};

/// A stream whose driver has a fault.
class FaultyStream final : public runtime::Stream {
  public:
    runtime::Task<runtime::NetResult<std::size_t>> read_some(std::span<std::uint8_t>,
                                                             runtime::TimePoint) override {
        co_return std::size_t{0};
    }
    runtime::Task<runtime::NetResult<void>> write(ByteView, runtime::TimePoint) override {
        throw std::logic_error("the stream has a fault");
        co_return runtime::NetResult<void>();
    }
    void close() noexcept override {}
    void reset() noexcept override {}
    std::string peer() const override { return "nowhere"; }
};

}  // namespace

TEST_CASE("lines come out as they went in, however they were cut on the way") {
    RealBench bench;
    Pair pair(bench.clock);
    LineWriter writer(bench.clock, *pair.left);
    LineReader reader(*pair.right, "begun ");
    writer.send("first\n\nthi");
    writer.send("rd\n");
    CHECK(finish(bench, reader.next()).value() == "begun first");
    CHECK(finish(bench, reader.next()).value() == "");
    CHECK(finish(bench, reader.next()).value() == "third");
    const std::string longest(longest_line, 'x');
    writer.send(longest + '\n');
    CHECK(finish(bench, reader.next()).value() == longest);
}

TEST_CASE("the end of the stream is no line, and drops one that was not finished") {
    RealBench bench;
    Pair pair(bench.clock);
    {
        LineWriter writer(bench.clock, *pair.left);
        writer.send("whole\nunfin");
        LineReader reader(*pair.right);
        CHECK(finish(bench, reader.next()).value() == "whole");
    }
    pair.left->close();
    LineReader reader(*pair.right, "ished");
    CHECK_FALSE(finish(bench, reader.next()).value().has_value());
}

TEST_CASE("a line without end is refused before it fills the memory") {
    RealBench bench;
    Pair pair(bench.clock);
    LineWriter writer(bench.clock, *pair.left);
    writer.send(std::string(longest_line + 1, 'x') + '\n');
    LineReader reader(*pair.right);
    CHECK(finish(bench, reader.next()).error().what == "a line of more than 1048576 octets");
}

TEST_CASE("a peer that reads nothing is given up when 16 MiB wait for it") {
    RealBench bench;
    Pair pair(bench.clock);
    LineWriter writer(bench.clock, *pair.left);
    for (int i = 0; i < 16; ++i) writer.send(std::string(longest_line, 'x'));
    CHECK_FALSE(writer.lost());
    writer.send("x");
    CHECK(writer.lost());
}

TEST_CASE("what goes wrong in the background while lines are written comes out of the clock") {
    RealBench bench;
    FaultyStream stream;
    LineWriter writer(bench.clock, stream);
    writer.send("x");
    CHECK_THROWS_WITH(bench.run_until([] { return false; }), "the stream has a fault");
}
