#include <vector>

#include "drivers/power/emulated/driver.hpp"
#include "tests/unit/terminal/process_support.hpp"

using namespace posbench;
using trace::Kind;

namespace {

struct CountingTerminal final : terminal::Terminal {
    void power_on() override { calls.emplace_back("on"); }
    void power_off() override { calls.emplace_back("off"); }
    void press(std::string_view) override {}
    void choose(terminal::Function) override {}
    void scan(std::string_view) override {}
    void condition(const config::Value&) override {}
    bool idle() const noexcept override { return true; }
    std::vector<std::string> calls;
};

}  // namespace

TEST_CASE("the emulated supply starts cut; each change is an event and reaches the terminal once") {
    tests::RealBench bench;
    CountingTerminal terminal;
    const auto power = power::emulated::prepare(config::Value())(bench.context, terminal);
    CHECK_FALSE(power->on());
    power->cut();
    power->restore();
    power->restore();
    CHECK(power->on());
    power->cut();
    CHECK_FALSE(power->on());
    CHECK(terminal.calls == std::vector<std::string>{"on", "off"});
    REQUIRE(bench.trace.events().size() == 2);
    CHECK(bench.trace.events()[0].kind == Kind::power_restored);
    CHECK(bench.trace.events()[1].kind == Kind::power_cut);
}

TEST_CASE("the emulated supply takes no settings and can cut and restore") {
    CHECK_THROWS_AS(power::emulated::prepare(config::load_text("port = 1", "station")), config::ConfigError);
    const std::vector<std::string> verbs{"power.cut", "power.restore", "power.brown_out", "terminal.sale"};
    CHECK(power::emulated::lacks(config::Value(), verbs) == std::vector<std::string>{"power.brown_out"});
}
