#include <filesystem>
#include <set>
#include <string>

#include "bench/config/reader.hpp"
#include "drivers/network/profile.hpp"
#include "drivers/network/virtual/settings.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::network;
using namespace std::chrono_literals;

namespace {

Profile fixture(const std::string& name) {
    const auto file = std::filesystem::path(POSBENCH_SOURCE_DIR) / "fixtures/networks" / (name + ".toml");
    return virtual_net::read_settings(config::load_file(file)).profile;
}

}  // namespace

TEST_CASE("every profile of the library is read, has titles in both languages and names its source") {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(POSBENCH_SOURCE_DIR) /
                                                                 "fixtures/networks")) {
        if (entry.path().extension() != ".toml") continue;
        const std::string name = entry.path().stem().string();
        INFO(name);
        const Profile profile = fixture(name);
        CHECK_FALSE(profile.title.at("en").empty());
        CHECK_FALSE(profile.title.at("zh").empty());
        CHECK_FALSE(profile.source.empty());
        CHECK(profile.clean() == (name == "clean"));
        names.insert(name);
    }
    for (const char* name : {"2g-rural", "2g-urban", "gprs", "edge", "edge-lossy", "3g", "4g", "cat-1",
                             "weak-signal", "nb-iot", "wifi-good", "wifi-weak", "wifi-roam", "adsl",
                             "adsl-poor", "geo-satellite", "congested", "dial-up"})
        CHECK(names.count(name) == 1);
}

TEST_CASE("the library's figures are those of their sources, down and up not swapped") {
    const Profile edge = fixture("edge-lossy");
    CHECK(edge.down.delay == 400ms);
    CHECK(edge.up.delay == 440ms);
    CHECK(edge.down.rate.low == 240'000);
    CHECK(edge.up.rate.low == 200'000);
    CHECK(edge.up.loss.mean() == Catch::Approx(0.01));
    const Profile weak = fixture("weak-signal");
    CHECK(weak.down.rate.low == 500'000);
    CHECK(weak.up.rate.low == 150'000);
    CHECK(weak.up.jitter == 80ms);
    CHECK(weak.up.loss.mean() == Catch::Approx(0.02 / 0.27));
    REQUIRE(weak.blackouts.size() == 1);
    CHECK(weak.blackouts[0].length == Span{1s, 3s});
    const Profile adsl = fixture("adsl");
    CHECK(adsl.down.rate.low == 2'000'000);
    CHECK(adsl.up.rate.low == 256'000);
    CHECK(fixture("congested").up.limit == 100);
    CHECK(fixture("nb-iot").down.rate == Rate{26'000, 127'000});
    CHECK(fixture("dial-up").connect == Span{3s, 15s});
}
