#include "bench/station/station.hpp"

#include <stdlib.h>

#include "tests/support/catch.hpp"
#include "tests/unit/scenario/support.hpp"

using namespace posbench;
using namespace posbench::tests;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

/// A library with one station, small fixtures, and keys.
class SmallLibrary {
  public:
    SmallLibrary() {
        folder_.write("scenarios/README.md", "");
        write("stations/desk", station());
        write("cards/plain", "aid = 'A0'\n[chip]\npin = '1234'\nkey = '@issuer.chip.mac'\n");
        write("cards/debit", "extends = 'plain'\nkind = 'debit'\n[chip]\npin = '9999'\n");
        write("hosts/unionpay", "port = 1\n");
        write("terminals/countertop", "tid = '1'\nkeys = ['@issuer.flat', 'text']\n");
        write("networks/clean", "[up]\ndelay = '1ms'\n");
        write("keys/issuer", "flat = '0102'\n[chip]\nmac = '0A0B'\n");
    }
    void write(const std::string& name, std::string_view text) const {
        folder_.write("fixtures/" + name + ".toml", text);
    }
    station::Library library() const { return {folder_.path()}; }
    static std::string station(std::string_view time = "virtual", std::string_view card = "fake") {
        std::string text = "[station]\nid = 'desk'\ntitle = { en = 'Desk', zh = '桌' }\ntime = '";
        text.append(time).append("'\n[card]\ndriver = '").append(card).append("'\n");
        return text +
               "chip.retries = 2\n[host]\ndriver = 'fake'\nport = 7\n[terminal]\ndriver = 'fake'\n"
               "[network]\ndriver = 'fake'\n[power]\ndriver = 'fake'\nunit = 3\n";
    }
    /// A file that is no TOML.
    std::string write_file(const std::string& name, std::string_view text) const {
        return folder_.write("fixtures/" + name, text).generic_string();
    }
    /// What `action` refuses, without the folder's own path.
    std::string refusal(const std::function<void()>& action) const {
        std::string message = tests::refusal(action);
        const std::string prefix = (folder_.path() / "fixtures").generic_string() + "/";
        for (auto at = message.find(prefix); at != std::string::npos; at = message.find(prefix))
            message.erase(at, prefix.size());
        return message;
    }

  private:
    TemporaryFolder folder_;
};

// Drivers that refuse settings with a key `bad`, lack "magic" when settings ask for it, and lack "power.cut".

void refuse_bad(const config::Value& settings) {
    const auto* table = settings.get<config::Table>();
    REQUIRE(table != nullptr);
    if (const auto* bad = table->find("bad")) throw config::ConfigError(bad->source(), "bad settings");
    if (const auto* rules = table->find("rules"))
        for (const auto& rule : *rules->get<config::Array>())
            if (const auto* bad = rule.get<config::Table>()->find("bad"))
                throw config::ConfigError(bad->source(), "bad rule");
}

template <class Make>
Make prepare(const config::Value& settings) {
    refuse_bad(settings);
    return {};
}

std::vector<std::string> lacks(const config::Value& settings, std::span<const std::string> verbs) {
    std::vector<std::string> words;
    if (settings.get<config::Table>()->find("magic")) words.emplace_back("magic");
    for (const std::string& verb : verbs)
        if (verb == "power.cut" || verb == "network.cut") words.push_back("the verb " + verb);
    return words;
}

template <class Make>
std::span<const drivers::Driver<Make>> fakes() {
    static constexpr drivers::Driver<Make> drivers[]{
        {"fake", "for tests", true, true, prepare<Make>, lacks},
        {"desk-only", "for tests", false, true, prepare<Make>, lacks},
    };
    return drivers;
}

station::Drivers fake_drivers() {
    return {fakes<drivers::MakeCard>(), fakes<drivers::MakeHost>(), fakes<drivers::MakeTerminal>(),
            fakes<drivers::MakeNetwork>(), fakes<drivers::MakePower>()};
}

station::Station load(const SmallLibrary& small, const std::string& name = "desk") {
    return station::load_station(name, small.library(), fake_drivers());
}

station::BoundCase bound_on(const SmallLibrary& small, const std::string& scenario = scenario_text()) {
    return station::bind(cases_of(scenario).front(), load(small), small.library(), fake_drivers());
}

config::Value table(const std::string& text) {
    return config::load_text(text, "t.toml");
}

}  // namespace

TEST_CASE("a station names a driver and settings for each role", "[station]") {
    const SmallLibrary small;
    const auto station = load(small);
    CHECK(station.id == "desk");
    CHECK(station.title.at("zh") == "桌");
    CHECK(station.virtual_time);
    CHECK(station.host.driver == "fake");
    CHECK(*at(station.host.settings, "port").get<std::int64_t>() == 7);
    CHECK(station.terminal.settings.get<config::Table>()->empty());
    CHECK(*at(station.power.settings, "unit").get<std::int64_t>() == 3);
    CHECK(station::station_names(small.library()) == std::vector<std::string>{"desk"});
    // By path as well.
    CHECK(load(small, (small.library().fixtures() / "stations/desk.toml").string()).id == "desk");
}

TEST_CASE("a station that does not hold is refused", "[station]") {
    const SmallLibrary small;
    const auto message = [&](const std::string& text) {
        small.write("stations/desk", text);
        return small.refusal([&] { load(small); });
    };
    CHECK(small.refusal([&] { load(small, "deks"); }) ==
          "there is no station 'deks' in fixtures/stations (did you mean 'desk'?)");
    CHECK_THAT(small.refusal([&] { load(small, "./nowhere.toml"); }),
               ContainsSubstring("nowhere.toml: no such file"));
    CHECK(message(SmallLibrary::station("virtual", "fkae")) ==
          "stations/desk.toml:6:10: there is no card driver 'fkae' (did you mean 'fake'?)");
    CHECK(message(SmallLibrary::station("virtual", "desk-only")) ==
          "stations/desk.toml:6:10: driver: the card driver 'desk-only' does not work in virtual time");
    CHECK(message(SmallLibrary::station("real", "desk-only")) == "(no ConfigError)");
    CHECK_THAT(message(SmallLibrary::station("vitrual")), ContainsSubstring("(did you mean 'virtual'?)"));
    CHECK_THAT(message(SmallLibrary::station() + "[pwer]\n"),
               ContainsSubstring("unknown key 'pwer' in the station file"));
    CHECK_THAT(message("[station]\nid = 'other'\n"),
               ContainsSubstring("id: 'other' is not the name of the file"));
    CHECK_THAT(message("[station]\nid = 'desk'\ntime = 'real'\n"),
               ContainsSubstring("the station file lacks 'card'"));
}

TEST_CASE("a fixture is laid on what it extends, and overrides on both", "[station]") {
    const SmallLibrary small;
    const auto settings = station::load_fixture(
        small.library(), "cards", table("image = 'debit'\nchip.pin = '0000'\nextra = true"), "image");
    CHECK(*at(settings, "aid").get<std::string>() == "A0");
    CHECK(*at(settings, "kind").get<std::string>() == "debit");
    CHECK(*at(settings, "chip.pin").get<std::string>() == "0000");
    CHECK(*at(settings, "extra").get<bool>());
    CHECK(*at(settings, "image").get<std::string>() == "debit");
    CHECK(settings.get<config::Table>()->find("extends") == nullptr);
}

TEST_CASE("what is inherited is taken off by its path, before anything is laid on it", "[station]") {
    const SmallLibrary small;
    const auto load = [&](const std::string& choice) {
        return station::load_fixture(small.library(), "cards", table(choice), "image");
    };
    small.write("cards/bare", "extends = 'debit'\nremove = ['chip.pin', 'kind']\nkind = 'bare'\n");
    const auto bare = load("image = 'bare'");
    CHECK(*at(bare, "kind").get<std::string>() == "bare");
    CHECK(at(bare, "chip").get<config::Table>()->find("pin") == nullptr);
    CHECK(*at(bare, "chip.key").get<std::string>() == "0A0B");
    CHECK(bare.get<config::Table>()->find("remove") == nullptr);
    const auto chosen = load("image = 'debit'\nremove = ['chip']\nchip.own = 1");
    CHECK(at(chosen, "chip").get<config::Table>()->entries().size() == 1);

    const auto message = [&](const std::string& choice) { return small.refusal([&] { load(choice); }); };
    CHECK(message("image = 'debit'\nremove = ['chip', 'chip.pni']") ==
          "t.toml:2:19: remove: 'chip.pni': there is no 'chip'");
    CHECK(message("image = 'debit'\nremove = ['chip.pni']") ==
          "t.toml:2:11: remove: 'chip.pni': there is no 'pni' (did you mean 'pin'?)");
    CHECK(message("image = 'debit'\nremove = ['kind.x']") ==
          "t.toml:2:11: remove: 'kind.x': there is no 'x'");
    CHECK_THAT(message("image = 'debit'\nremove = 'chip'"), ContainsSubstring("must be an array of strings"));
    small.write("cards/alone", "remove = ['chip']\n");
    CHECK(message("image = 'alone'") ==
          "cards/alone.toml:1:10: remove: there is nothing to take off without 'extends'");
}

TEST_CASE("references stand for test keys, in tables and arrays, and are at the place that names them",
          "[station]") {
    const SmallLibrary small;
    const auto card = station::load_fixture(small.library(), "cards", table("image = 'plain'"), "image");
    CHECK(*at(card, "chip.key").get<std::string>() == "0A0B");
    CHECK_THAT(at(card, "chip.key").source().to_string(), ContainsSubstring("cards/plain.toml:4:7"));
    const auto terminal =
        station::load_fixture(small.library(), "terminals", table("profile = 'countertop'"), "profile");
    const auto& keys = *at(terminal, "keys").get<config::Array>();
    CHECK(*keys[0].get<std::string>() == "0102");
    CHECK(*keys[1].get<std::string>() == "text");
}

TEST_CASE("fixtures and keys that are not there are refused with the nearest", "[station]") {
    const SmallLibrary small;
    const auto message = [&](const std::string& choice) {
        return small.refusal(
            [&] { station::load_fixture(small.library(), "cards", table(choice), "image"); });
    };
    CHECK(message("image = 'plian'") ==
          "t.toml:1:9: there is no 'plian' in fixtures/cards (did you mean 'plain'?)");
    CHECK(message("image = '../keys/issuer'") == "t.toml:1:9: there is no file '../keys/issuer'");
    CHECK(message("x = 1") == "t.toml:1:1: a choice from fixtures/cards lacks 'image'");
    CHECK(message("image = 'plain'\nk = '@issure.flat'") ==
          "t.toml:2:5: there is no fixtures/keys/issure.toml (did you mean 'issuer'?)");
    CHECK(message("image = 'plain'\nk = '@issuer.chip.mca'") ==
          "t.toml:2:5: '@issuer.chip.mca': there is no 'mca' in fixtures/keys/issuer.toml (did you mean "
          "'mac'?)");
    CHECK_THAT(message("image = 'plain'\nk = '@issuer.flat.x'"), ContainsSubstring("there is no 'x'"));
    CHECK_THAT(message("image = 'plain'\nk = '@issuer'"),
               ContainsSubstring("must be of the form @file.name"));
    CHECK(message("image = 'plain'\nk = '@../keys/issuer.flat'")
              .starts_with("t.toml:2:5: '@../keys/issuer.flat' must be"));
    CHECK(message("image = 'plain'\nk = '@x/../issuer.flat'") ==
          "t.toml:2:5: there is no fixtures/keys/x/.toml");
    small.write("cards/orphan", "extends = 'nobody'\n");
    CHECK(message("image = 'orphan'") == "cards/orphan.toml:1:11: there is no 'nobody' in fixtures/cards");
    small.write("cards/odd", "extends = 3\n");
    CHECK_THAT(message("image = 'odd'"), StartsWith("cards/odd.toml:1:11: extends must be the name"));
}

TEST_CASE("a file of one's own is named by a path, from where the name is written", "[station]") {
    const SmallLibrary small;
    const TemporaryFolder desk;
    const auto card = desk.write(
        "cards/mine.toml", "extends = './base.toml'\nkind = 'mine'\n[chip]\nkey = '@../keys.toml.a.b'\n");
    desk.write("cards/base.toml", "extends = 'plain'\nbase = true\n");
    desk.write("keys.toml", "[a]\nb = '0C0D'\n");
    const auto load = [&](const std::string& text) {
        const auto scenario = config::load_file(desk.write("scenarios/s.toml", text));
        return station::load_fixture(small.library(), "cards", scenario, "image");
    };
    for (const std::string& path : {std::string("../cards/mine.toml"), card.generic_string()}) {
        const auto settings = load("image = '" + path + "'\nown = '@../keys.toml.a.b'\n");
        CHECK(*at(settings, "kind").get<std::string>() == "mine");
        CHECK(*at(settings, "base").get<bool>());
        CHECK(*at(settings, "aid").get<std::string>() == "A0");
        CHECK(*at(settings, "chip.key").get<std::string>() == "0C0D");
        CHECK(*at(settings, "own").get<std::string>() == "0C0D");
        CHECK(at(settings, "own").source().to_string() ==
              (desk.path() / "scenarios/s.toml").generic_string() + ":2:7");
    }

    const auto message = [&](const std::string& text) { return tests::refusal([&] { load(text); }); };
    CHECK_THAT(message("image = './mine.toml'"), ContainsSubstring("s.toml:1:9: there is no file '") &&
                                                     ContainsSubstring("scenarios/mine.toml'"));
    CHECK_THAT(message("image = 'mine.toml'"),
               ContainsSubstring("there is no 'mine.toml' in fixtures/cards"));
    CHECK_THAT(message("image = 'cards/../mine'"), ContainsSubstring("in fixtures/cards"));
    CHECK_THAT(message("image = '../cards/mine.toml'\nk = '@../keys.toml.a.c'"),
               ContainsSubstring("s.toml:2:5: '@../keys.toml.a.c': there is no 'c' in ") &&
                   ContainsSubstring("/keys.toml"));
    CHECK_THAT(
        message("image = 'plain'\nk = '@./none.toml.a'"),
        ContainsSubstring("s.toml:2:5: there is no file '") && ContainsSubstring("scenarios/none.toml'"));
    desk.write("cards/base.toml", "extends = './mine.toml'\n");
    CHECK_THAT(message("image = '../cards/mine.toml'"),
               ContainsSubstring("base.toml:1:11: extends itself: ") && ContainsSubstring("cards/mine.toml"));
    // Written in no file, as on the command line: from the current folder.
    CHECK_THAT(tests::refusal([&] {
                   station::load_fixture(small.library(), "cards", table("image = './no-such.toml'"),
                                         "image");
               }),
               StartsWith("t.toml:1:9: there is no file 'no-such.toml'"));
}

TEST_CASE("a recording of a host is named like a fixture, or by the path of a file", "[station]") {
    const SmallLibrary small;
    const std::string friday = small.write_file("recordings/friday.jsonl", "");
    const auto recording = [&](const std::string& name) {
        const auto settings = station::load_fixture(
            small.library(), "hosts", table("profile = 'unionpay'\nrecording = '" + name + "'"), "profile");
        return *at(settings, "recording").get<std::string>();
    };
    CHECK(recording("friday") == friday);
    CHECK(recording(friday) == friday);
    CHECK(small.refusal([&] { recording("fridya"); }) ==
          "t.toml:2:13: there is no 'fridya' in fixtures/recordings (did you mean 'friday'?)");
    CHECK_THAT(small.refusal([&] { recording("./friday.jsonl"); }),
               StartsWith("t.toml:2:13: there is no file 'friday.jsonl'"));
    // Of other roles it is a key as any other.
    CHECK(*at(station::load_fixture(small.library(), "cards", table("image = 'plain'\nrecording = 'x'"),
                                    "image"),
              "recording")
               .get<std::string>() == "x");
}

TEST_CASE("fixtures that extend in a circle are refused", "[station]") {
    const SmallLibrary small;
    small.write("cards/a", "extends = 'b'\n");
    small.write("cards/b", "extends = 'a'\n");
    CHECK(small.refusal([&] {
        station::load_fixture(small.library(), "cards", table("image = 'a'"), "image");
    }) == "cards/b.toml:1:11: extends itself: a -> b -> a");
}

TEST_CASE("a case is bound: station over fixture, scenario over both, checked by the drivers", "[station]") {
    const SmallLibrary small;
    const auto bound = bound_on(small);
    CHECK(bound.station == "desk");
    CHECK(bound.profile == "clean");
    CHECK(bound.virtual_time);
    CHECK(bound.source.id == "card.example");
    CHECK(bound.lacking == std::vector<std::string>{"the verb network.cut"});

    CHECK_THAT(small.refusal([&] {
        bound_on(small, scenario_with("{ image = \"plain\" }", "{ image = \"plain\", bad = 1 }"));
    }),
               ContainsSubstring("s.toml:8:37: bad settings"));
    small.write("stations/desk", SmallLibrary::station() + "bad = 1\n");
    CHECK_THAT(small.refusal([&] { bound_on(small); }),
               ContainsSubstring("stations/desk.toml:18:7: bad settings"));
}

TEST_CASE("a card image that does not exist is refused in the scenario", "[station]") {
    const SmallLibrary small;
    CHECK(small.refusal([&] { bound_on(small, scenario_with("\"plain\"", "\"plian\"")); }) ==
          "s.toml:8:22: there is no 'plian' in fixtures/cards (did you mean 'plain'?)");
}

TEST_CASE("what steps give to drivers is checked before anything runs", "[station]") {
    const SmallLibrary small;
    const auto rules = scenario_with("do = \"card.insert\"", "do = \"host.rules\"\nrules = [{ bad = 1 }]");
    CHECK_THAT(small.refusal([&] { bound_on(small, rules); }), StartsWith(place_of(rules, "1 }]")));
    const auto change =
        scenario_with("do = \"card.insert\"", "do = \"network.change\"\nup = { delay = \"2ms\" }");
    CHECK(bound_on(small, change).lacking.size() == 1);
}

TEST_CASE("what a station lacks is said by name", "[station]") {
    const SmallLibrary small;
    CHECK(bound_on(small, scenario_with("profile = \"countertop\"", "profile = \"countertop\", magic = true"))
              .lacking == std::vector<std::string>{"magic", "the verb network.cut"});
    const auto timed = scenario_with("[bind]", "[given.now]\n[bind]");
    CHECK_THAT(tests::refusal([&] { cases_of(timed); }), ContainsSubstring("now must be a date and time"));

    small.write("stations/desk", SmallLibrary::station("real"));
    const auto dated = scenario_with("network  = { profile = \"clean\" }",
                                     "network  = { profile = \"clean\" }\nnow = 2026-06-30T23:59:00");
    const auto lacking = bound_on(small, dated).lacking;
    CHECK(std::find(lacking.begin(), lacking.end(), "a settable civil time") != lacking.end());
}

TEST_CASE("the library is where POSBENCH_HOME says, or above the program", "[station]") {
    const SmallLibrary small;
    ::setenv("POSBENCH_HOME", small.library().root.c_str(), 1);
    CHECK(station::find_library().root == small.library().root);
    ::setenv("POSBENCH_HOME", "/nonexistent", 1);
    CHECK_THAT(tests::refusal([] { station::find_library(); }),
               ContainsSubstring("POSBENCH_HOME is '/nonexistent'") &&
                   ContainsSubstring("fixtures/ and scenarios/"));
    ::unsetenv("POSBENCH_HOME");
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(small.library().scenarios());
    const auto found = station::find_library();
    std::filesystem::current_path(before);
    CHECK(std::filesystem::is_directory(found.fixtures()));
    CHECK(std::filesystem::is_directory(found.scenarios()));
}
