#include "drivers/terminal/emulated/emulated_terminal.hpp"

#include <stdexcept>

#include "bench/runtime/resources.hpp"
#include "drivers/terminal/process/remote_reader.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/terminal/emulated_rig.hpp"

using namespace posbench;
using namespace posbench::terminal::testing;
using trace::Kind;

namespace {

/// A line straight to the scripted host.
class Line final : public network::Network {
  public:
    explicit Line(ScriptedHost& host) : host_(host) {}
    void start() override {}
    void change(const config::Value&) override {}
    void cut(Cut) override {}
    void restore(Why) override {}
    void verify() override {}
    runtime::Endpoint host_endpoint() const override { return {"10.0.0.2", 40001}; }
    runtime::Listener& listener() override { throw std::logic_error("the scripted host needs no port"); }
    runtime::Connector* connector() noexcept override { return &host_; }

  private:
    ScriptedHost& host_;
};

struct Driven {
    runtime::VirtualClock clock{std::chrono::sys_days(std::chrono::year(2026) / 6 / 15) + 10h};
    trace::Recorder trace{clock};
    runtime::ResourceJournal resources;
    drivers::Context context{clock, trace, resources, runtime::Random(1)};
    ScriptedReader reader;
    ScriptedHost host{clock};
    Line line{host};
    terminal::EmulatedTerminal terminal{context, &reader, line, settings()};

    bool until(Kind kind, std::string_view field, std::string_view text) {
        const auto there = [&] {
            const auto& events = trace.events();
            return std::ranges::any_of(
                events, [&](const auto& event) { return event.kind == kind && event.text(field) == text; });
        };
        clock.run_until(there);
        return there();
    }
    /// To the point where the chip is read.
    void start_chip_sale() {
        terminal.power_on();
        REQUIRE(until(Kind::terminal_state, "state", "idle"));
        clock.run_until([this] { return terminal.idle(); });
        terminal.press("sale");
        REQUIRE(until(Kind::terminal_prompt, "what", "amount"));
        terminal.press("1");
        terminal.press("confirm");
        REQUIRE(until(Kind::terminal_prompt, "what", "card"));
        reader.insert();
    }
    std::vector<std::string> notes() const {
        std::vector<std::string> texts;
        for (const trace::Event& event : trace.events())
            if (event.kind == Kind::bench_note) texts.emplace_back(event.text("text"));
        return texts;
    }
};

}  // namespace

TEST_CASE("whatever the application throws comes out of the clock") {
    Driven standard;
    standard.reader.mangle = [](Bytes&) { throw std::runtime_error("the reader broke"); };
    standard.start_chip_sale();
    CHECK_THROWS_WITH(standard.until(Kind::terminal_chip, "step", "read_data"), "the reader broke");
    CHECK_FALSE(standard.terminal.idle());

    Driven other;
    other.reader.mangle = [](Bytes&) { throw 42; };
    other.start_chip_sale();
    CHECK_THROWS_AS(other.until(Kind::terminal_chip, "step", "read_data"), int);
}

TEST_CASE("a power cut is no failure of the application: no handler sees it") {
    Driven driven;
    driven.start_chip_sale();
    REQUIRE(driven.until(Kind::terminal_chip, "step", "read_data"));
    driven.terminal.power_off();
    CHECK(driven.notes().empty());
    for (const trace::Event& event : driven.trace.events()) CHECK(event.text("state") != "crashed");
}

TEST_CASE("a reader beyond a broken channel: power down keeps the failure, the next exchange throws it") {
    using namespace terminal::process;
    runtime::VirtualClock clock{runtime::WallTime{}};
    int sent = 0;
    bool broken = true;
    RemoteReader reader(clock, [&](const ToBench&) {
        if (broken) throw std::runtime_error("the channel is broken");
        ++sent;
    });
    reader.power_down();
    broken = false;
    CHECK_THROWS_WITH(reader.power_up(), "the channel is broken");
    CHECK(sent == 0);
    reader.power_down();
    CHECK(sent == 1);
    const auto asked = reader.transmit(hex("00A40400"));
    CHECK(sent == 2);
}
