#include <string>

#include "bench/config/reader.hpp"
#include "drivers/network/profile.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::network;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

Profile read(const std::string& text, const std::string& change = {}) {
    config::Value document = config::load_text(text, "net.toml");
    config::merge(document, config::load_text(change, "step"));
    config::Reader reader(document, "network profile");
    Profile profile = read_profile(reader);
    reader.finish();
    return profile;
}

}  // namespace

TEST_CASE("a profile holds figures for each direction alone") {
    const Profile profile = read(R"(
        profile = "cat-1"
        connect = "3s..15s"
        title = { en = "LTE", zh = "四代" }
        source = "3GPP"
        [up]
        delay = "45ms"
        jitter = "15ms"
        loss = { model = "gilbert-elliott", p = 0.002, r = 0.3, 1-h = 0.9, 1-k = 0.001 }
        rate = "5mbit"
        limit = 100
        [down]
        loss = 0.02
        [[blackout]]
        every = "20s"
        for = "1s..3s"
        [[blackout]]
        at = "5s"
        for = "2s"
    )");
    CHECK(profile.name == "cat-1");
    CHECK(profile.title.at("zh") == "四代");
    CHECK(profile.source == "3GPP");
    CHECK(profile.connect == Span{3s, 15s});
    CHECK(profile.up.delay == 45ms);
    CHECK(profile.up.jitter == 15ms);
    CHECK(profile.up.rate == Rate{5'000'000, 5'000'000});
    CHECK(profile.up.queue_limit() == 100);
    CHECK(profile.up.loss == Loss{0.002, 0.3, 0.9, 0.001});
    CHECK(profile.down.delay == 0ns);
    CHECK(profile.down.loss.mean() == Catch::Approx(0.02));
    REQUIRE(profile.blackouts.size() == 2);
    CHECK(profile.blackouts[0] == Blackout{Span{20s, 20s}, 20s, Span{1s, 3s}});
    CHECK(profile.blackouts[1] == Blackout{Span{5s, 5s}, 0s, Span{2s, 2s}});
    CHECK_FALSE(profile.clean());
    CHECK(read("").clean());
}

TEST_CASE("mean loss of the chain is p/(p+r), and what either state loses") {
    CHECK(Loss{0.02, 0.25, 1, 0}.mean() == Catch::Approx(0.02 / 0.27));
    CHECK(Loss{0.1, 0.1, 0.5, 0.1}.mean() == Catch::Approx(0.3));
    CHECK_FALSE(Loss{}.any());
}

TEST_CASE("figures that cannot be are refused with the reason and the place") {
    struct Case {
        const char* text;
        const char* because;
    };
    const Case cases[] = {
        {"[up]\nloss = 2", "cannot be lost"},
        {"[up]\nloss = -0.1", "cannot be lost"},
        {"[up]\nloss = \"2%\"", "share from 0 to 1"},
        {"[up]\nloss = { model = \"random\", p = 0.1, correlation = 0.25 }", "correlated loss is refused"},
        {"[up]\nloss = 0.1\ncorrelation = 0.25", "correlated loss is refused"},
        {"[up]\nloss = { model = \"gilbert-elliott\", p = 0.1 }", "'r'"},
        {"[up]\nloss = { model = \"gilbert-elliott\", p = 0.1, r = 0 }", "never leaves"},
        {"[up]\nloss = { model = \"gilbert\", p = 0.1, r = 0.2 }", "gilbert-elliott"},
        {"[up]\nloss = { model = \"random\", p = 0.1, r = 0.2 }", "r"},
        {"[up]\njitter = \"5ms\"", "needs a delay"},
        {"[up]\ndelay = \"1h\"", "longer than"},
        {"[up]\ndelay = 40", "delay"},
        {"[up]\nrate = \"5mb\"", "no rate"},
        {"[up]\nrate = \"0kbit\"", "no rate"},
        {"[up]\nrate = \"-5kbit\"", "no rate"},
        {"[up]\nrate = \"9kbit..5kbit\"", "no rate"},
        {"[up]\nrate = \"nankbit\"", "no rate"},
        {"[up]\nlimit = 10", "needs a rate or a delay"},
        {"[up]\ndelay = \"1ms\"\nlimit = 0", "limit"},
        {"[up]\ndelai = \"1ms\"", "delay"},
        {"[upp]\ndelay = \"1ms\"", "up"},
        {"[[blackout]]\nfor = \"1s\"", "either once"},
        {"[[blackout]]\nat = \"1s\"\nevery = \"5s\"\nfor = \"1s\"", "either once"},
        {"[[blackout]]\nat = \"1s\"\nfrom = \"5s\"\nfor = \"1s\"", "belongs to `every`"},
        {"[[blackout]]\nat = \"1s\"", "'for'"},
        {"[[blackout]]\nat = \"1s\"\nfor = \"0s\"", "of no length"},
        {"[[blackout]]\nevery = \"2s\"\nfor = \"1s..3s\"", "run into one another"},
        {"[[blackout]]\nat = \"1s\"\nfor = \"3s..1s\"", "neither a time"},
        {"connect = \"soon\"", "neither a time"},
    };
    for (const Case& refused : cases) {
        INFO(refused.text);
        CHECK_THROWS_WITH(read(refused.text),
                          ContainsSubstring(refused.because) && ContainsSubstring("net.toml:"));
    }
}

TEST_CASE("a change keeps what it does not name") {
    const std::string base =
        "[up]\ndelay = \"45ms\"\njitter = \"15ms\"\nloss = 0.1\nrate = \"1mbit\"\n"
        "[[blackout]]\nat = \"1s\"\nfor = \"1s\"";
    const Profile slower = read(base, "[up]\ndelay = \"90ms\"");
    CHECK(slower.up.delay == 90ms);
    CHECK(slower.up.jitter == 15ms);
    CHECK(slower.up.loss.mean() == Catch::Approx(0.1));
    CHECK(slower.blackouts.size() == 1);
    CHECK(read(base, "[up]\nloss = { model = \"gilbert-elliott\", p = 0.1, r = 0.5 }").up.loss ==
          Loss{0.1, 0.5, 1, 0});
    CHECK(read(base, "[up]\nrate = \"unlimited\"").up.rate == Rate{});
    CHECK(read(base, "blackout = []").blackouts.empty());
    CHECK_THROWS_WITH(read(base, "[up]\ndelay = \"0s\""), ContainsSubstring("needs a delay"));
}

TEST_CASE("the queue limit is sized from rate and delay when none is given") {
    Impairment figures;
    figures.delay = 1s;
    figures.rate = {100'000'000, 100'000'000};
    CHECK(figures.queue_limit() == 16'667);  // 2 × 1 s × 100 Mbit/s in packets of 1500 octets
    figures.rate = {64'000, 64'000};
    CHECK(figures.queue_limit() == 1000);
    figures.limit = 7;
    CHECK(figures.queue_limit() == 7);
}

TEST_CASE("bounds are drawn inclusively, and one figure stands for both") {
    runtime::Random random(3);
    const Span span = parse_span("1s..3s").value();
    for (int i = 0; i < 1000; ++i) {
        const auto drawn = span.draw(random);
        REQUIRE((drawn >= 1s && drawn <= 3s));
    }
    CHECK(parse_span("2s") == Span{2s, 2s});
    CHECK(parse_rate("1.5mbit") == Rate{1'500'000, 1'500'000});
    CHECK(parse_rate("26kbit..127kbit") == Rate{26'000, 127'000});
    CHECK_FALSE(parse_rate("1e3kbit"));
    CHECK_FALSE(parse_rate(""));
    CHECK_FALSE(parse_span("1s.."));
}
