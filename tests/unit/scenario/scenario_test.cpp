#include "bench/scenario/scenario.hpp"

#include "tests/support/catch.hpp"
#include "tests/unit/scenario/support.hpp"

using namespace posbench;
using namespace posbench::tests;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a scenario is read whole", "[scenario]") {
    const auto cases = cases_of(scenario_text());
    REQUIRE(cases.size() == 1);
    CHECK(cases[0].id == "card.example");
    const scenario::Scenario& scenario = cases[0].scenario;
    CHECK(scenario.title.at("zh") == "示例");
    CHECK(scenario.causes == std::vector<std::string>{"K01", "N06"});
    CHECK(scenario.tags == std::vector<std::string>{"card", "smoke"});
    CHECK(scenario.closing);
    CHECK(scenario.definition.limit == 15min);
    CHECK(scenario.definition.criteria.size() == 1);
    CHECK(*at(scenario.given.card, "image").get<std::string>() == "plain");
    CHECK_FALSE(scenario.given.cardholder_pin);
    CHECK_FALSE(scenario.given.now);

    REQUIRE(scenario.steps.size() == 4);
    CHECK(scenario.steps[0].verb == "terminal.sale");
    CHECK(*at(scenario.steps[0].args, "amount").get<std::string>() == "12.34");
    CHECK(scenario.steps[0].source.line == 16);
    const scenario::Step& cut = scenario.steps[2];
    CHECK(cut.on->text() == "host.request where mti == '0200'");
    CHECK(cut.after == 1500ms);
    CHECK(cut.timeout == 2min);
    CHECK(cut.verb == "network.cut");
    CHECK(cut.args.get<config::Table>()->entries().size() == 1);
}

TEST_CASE("wait is on with a verb that does nothing", "[scenario]") {
    const auto steps = cases_of(scenario_text()).front().scenario.steps;
    CHECK(steps[3].verb == "wait");
    CHECK(steps[3].on->kind() == trace::Kind::terminal_outcome);
    CHECK(steps[3].args.get<config::Table>()->empty());
}

TEST_CASE("options of the head and of what is given", "[scenario]") {
    const auto cases = cases_of(scenario_with(
        "network  = { profile = \"clean\" }",
        "network  = { profile = \"clean\" }\ncardholder = { pin = \"123456\" }\nnow = 2026-06-30T23:59:00"));
    CHECK(cases[0].scenario.given.cardholder_pin == "123456");
    CHECK(cases[0].scenario.given.now.has_value());
    const auto bounded = cases_of(scenario_with("tags ", "limit = \"2min\"\nclosing = false\ntags "));
    CHECK(bounded[0].scenario.definition.limit == 2min);
    CHECK_FALSE(bounded[0].scenario.closing);
}

TEST_CASE("misspelt keys are refused at the key with the nearest", "[scenario]") {
    struct Misspelling {
        const char *from, *to, *nearest;
    };
    const auto [from, to, nearest] = GENERATE(values<Misspelling>({
        {"causes =", "cuases =", "causes"},
        {"title  =", "titel  =", "title"},
        {"[scenario]", "[scenarios]", "scenario"},
        {"terminal =", "termianl =", "terminal"},
        {"image =", "imgae =", "image"},
        {"amount =", "amuont =", "amount"},
        {"timeout =", "timout =", "timeout"},
        {"mode    =", "mod    =", "mode"},
        {"[[criterion]]", "[[criterium]]", "criterion"},
        {"[bind]", "[bnid]", "bind"},
    }));
    CAPTURE(to);
    const std::string text = scenario_with(from, to);
    const std::string word(std::string_view(to).substr(std::string_view(to).find_first_not_of('[')));
    const std::string message = refusal_of(text);
    CHECK_THAT(message, ContainsSubstring("(did you mean '" + std::string(nearest) + "'?)"));
    CHECK_THAT(message,
               Catch::Matchers::StartsWith(place_of(text, word.substr(0, word.find_first_of(" ]=")))));
}

TEST_CASE("[[step]] misspelt as [[steps]] is said so", "[scenario]") {
    std::string text = scenario_text();
    for (auto at = text.find("[[step]]"); at != std::string::npos; at = text.find("[[step]]"))
        text.replace(at, 8, "[[steps]]");
    CHECK(refusal_of(text) == "s.toml:16:3: unknown key 'steps' in the scenario file (did you mean 'step'?)");
}

TEST_CASE("words of queries are refused inside their text", "[scenario]") {
    SECTION("event kind of a step") {
        const auto text = scenario_with("on      = \"host.request", "on      = \"host.reqest");
        CHECK_THAT(refusal_of(text), Catch::Matchers::StartsWith(place_of(text, "host.reqest")) &&
                                         ContainsSubstring("(did you mean 'host.request'?)"));
    }
    SECTION("field of a step") {
        const auto text = scenario_with("where mti == '0200'\"\nafter", "where mit == '0200'\"\nafter");
        CHECK_THAT(refusal_of(text), Catch::Matchers::StartsWith(place_of(text, "mit ==")) &&
                                         ContainsSubstring("(did you mean 'mti'?)"));
    }
    SECTION("field of a criterion") {
        const auto text = scenario_with("where stan ==", "where satn ==");
        CHECK_THAT(refusal_of(text), Catch::Matchers::StartsWith(place_of(text, "satn")) &&
                                         ContainsSubstring("(did you mean 'stan'?)"));
    }
    SECTION("bound name") {
        const auto text = scenario_with("request.stan", "reqeust.stan");
        CHECK_THAT(refusal_of(text), Catch::Matchers::StartsWith(place_of(text, "reqeust")) &&
                                         ContainsSubstring("(did you mean 'request'?)"));
    }
    SECTION("a bound name in a step") {
        const auto text = scenario_with("wait = \"terminal.outcome\"",
                                        "wait = \"terminal.outcome where stan == request.stna\"");
        CHECK_THAT(refusal_of(text), Catch::Matchers::StartsWith("s.toml:28:") && ContainsSubstring("stan"));
    }
}

TEST_CASE("verbs and their arguments are checked", "[scenario]") {
    const auto first_step = [](std::string_view step) {
        return scenario_with("do     = \"terminal.sale\"\namount = \"12.34\"", step);
    };
    const auto message = [&](std::string_view step) { return refusal_of(first_step(step)); };
    CHECK(message("do = \"terminal.sael\"") ==
          "s.toml:17:6: unknown verb 'terminal.sael' (did you mean 'terminal.sale'?)");
    CHECK(message("do = \"terminal.sale\"") == "s.toml:16:1: terminal.sale lacks 'amount'");
    CHECK(message("do = \"terminal.sale\"\namount = \"-1.00\"") ==
          "s.toml:18:10: amount must be an amount of CNY such as \"12.34\", without a sign, not '-1.00'");
    CHECK(message("do = \"terminal.sale\"\namount = 12.34") ==
          "s.toml:18:10: amount must be an amount of CNY such as \"12.34\", not a float");
    CHECK(message("do = \"terminal.sale\"\namount = \"1\"\nmode = \"link\"") ==
          "s.toml:19:1: unknown key 'mode' in a terminal.sale step");
    CHECK(
        message("do = \"network.cut\"\nmode = \"refuse\"") ==
        "s.toml:18:8: mode must be one of link, refused, blackholed, not 'refuse' (did you mean 'refused'?)");
    CHECK(message("do = \"card.insert\"\nhow = 1") == "s.toml:18:7: how must be a string, not an integer");
    CHECK(message("do = \"terminal.key\"\nkeys = \"1 2 cofirm\"") ==
          "s.toml:18:13: keys: no key 'cofirm' (did you mean 'confirm'?)");
    CHECK(message("do = \"terminal.key\"\nkeys = \"  \"") == "s.toml:18:8: keys: must name at least one");
    CHECK(message("do = \"host.rules\"\nrules = []") == "s.toml:18:9: rules: must hold at least one table");
    CHECK(message("do = \"host.rules\"\nrules = \"no\"") ==
          "s.toml:18:9: rules must be a table, not a string");
    CHECK(message("do = \"network.change\"\nup = 3") == "s.toml:18:6: up must be a table, not an integer");
    CHECK(message("do = \"terminal.condition\"\nprinter = \"no-paper\"") ==
          "s.toml:18:11: printer must be one of fine, no_paper, cover_open, overheated, motor_fault, not "
          "'no-paper' (did you mean 'no_paper'?)");
    CHECK(message("do = \"terminal.condition\"\nmains = 1") ==
          "s.toml:18:9: mains must be true or false, not an integer");
    CHECK(message("do = \"terminal.condition\"\nbatery = 4") ==
          "s.toml:18:1: unknown key 'batery' in a terminal.condition step (did you mean 'battery'?)");
    CHECK(message("do = \"power.cut\"\n[[step]]\ndo = \"terminal.key\"\nkeys = \"sale 1 00 confirm\"") ==
          "(no ConfigError)");
    // What may be somebody's PIN is not repeated.
    CHECK(message("do = \"terminal.pin\"\ndigits = \"12a456\"") ==
          "s.toml:18:10: digits: must be 1 to 12 digits");
}

TEST_CASE("a step says when and what, not twice and not neither", "[scenario]") {
    const auto message = [](std::string_view step) {
        return refusal_of(scenario_with("wait = \"terminal.outcome\"", step));
    };
    CHECK(message("after = \"5s\"") == "s.toml:27:1: [[step]] lacks 'do'");
    CHECK_THAT(message("do = \"card.remove\"\nwait = \"card.removed\""),
               ContainsSubstring("s.toml:28:6: do: a step with `wait`"));
    CHECK_THAT(message("on = \"card.removed\"\nwait = \"card.removed\""),
               ContainsSubstring("s.toml:28:6: on: stands beside"));
    CHECK_THAT(message("do = \"card.remove\"\ntimeout = \"5s\""),
               ContainsSubstring("s.toml:29:11: timeout: bounds"));
    CHECK_THAT(message("do = \"wait\""), ContainsSubstring("s.toml:28:6: do: nothing to wait for"));
    CHECK(message("do = \"wait\"\nafter = \"5s\"") == "(no ConfigError)");
    CHECK(message("do = \"wait\"\non = \"card.removed\"") == "(no ConfigError)");
    CHECK_THAT(message("do = \"wait\"\nafter = \"-5s\""),
               ContainsSubstring("s.toml:29:9: after must be a duration"));
}

TEST_CASE("the head is checked", "[scenario]") {
    const auto message = [](std::string_view from, std::string_view to) {
        return refusal_of(scenario_with(from, to));
    };
    CHECK_THAT(message("\"card.example\"", "\"example\""),
               ContainsSubstring("s.toml:2:10: id: 'example' is not of the form"));
    for (const char* wrong : {"Card.x", ".x", "card.", "card..x", "card x.y", ""})
        CHECK_THAT(message("card.example", wrong), ContainsSubstring("s.toml:2:10: id:"));
    CHECK(message("title  = { en = \"Example\", zh = \"示例\" }\n", "") ==
          "s.toml:1:1: [scenario] lacks 'title'");
    CHECK(message(", zh = \"示例\"", "") == "s.toml:3:10: title lacks 'zh'");
    CHECK(message("\"示例\"", "\"\"") == "s.toml:3:33: zh: must not be empty");
    CHECK(message("{ en = \"Example\", zh = \"示例\" }", "\"Example\"") ==
          "s.toml:3:10: title must be a table, not a string");
    CHECK_THAT(message("\"N06\"", "\"X06\""), ContainsSubstring("s.toml:4:18: causes: 'X06' is not a row"));
    CHECK_THAT(message("\"N06\"", "\"K01\""), ContainsSubstring("s.toml:4:18: causes: 'K01' is there twice"));
    CHECK_THAT(message("\"smoke\"", "\"Smoke\""),
               ContainsSubstring("s.toml:5:19: tags: 'Smoke' is not a tag"));
    CHECK_THAT(message("tags ", "limit = \"0s\"\ntags "),
               ContainsSubstring("limit: must be longer than zero"));
    CHECK(message("card     = { image = \"plain\" }\n", "") == "s.toml:7:1: [given] lacks 'card'");
    CHECK(message("{ image = \"plain\" }", "{}") == "s.toml:8:12: [given] card lacks 'image'");
    CHECK(message("tags   = [\"card\", \"smoke\"]", "tags = \"card\"") ==
          "s.toml:5:8: tags must be an array of strings, not a string");
}

TEST_CASE("the cardholder's PIN is checked and never repeated", "[scenario]") {
    CHECK(refusal_of(scenario_with("[bind]", "[given.cardholder]\npin = \"12345x\"\n[bind]")) ==
          "s.toml:14:7: pin: must be at most 12 digits");
}

TEST_CASE("a single file with nothing in it but a comment lacks its head", "[scenario]") {
    CHECK(refusal_of("# nothing\n") == "s.toml:1:1: the scenario file lacks 'scenario'");
}

TEST_CASE("overrides are laid on what is given before it is read", "[scenario]") {
    const config::Value name(std::string("other"));
    const config::Value list(config::Array{config::Value(std::string("forgets-reversal"))});
    const auto cases = cases_of(scenario_text(), {{"card.image", name}, {"terminal.defects", list}});
    CHECK(*at(cases[0].scenario.given.card, "image").get<std::string>() == "other");
    CHECK(at(cases[0].scenario.given.terminal, "defects").get<config::Array>()->size() == 1);
    CHECK_THAT(refusal([&] {
                   cases_of(scenario_text(), {{"crad.image", name}});
               }),
               ContainsSubstring("'crad.image' is neither a path below [given]") &&
                   ContainsSubstring("(did you mean 'card'?)"));
    CHECK_THAT(refusal([&] {
                   cases_of(scenario_text(), {{"step.0.amount", name}});
               }),
               ContainsSubstring("not a path below [given]"));
}

TEST_CASE("what is said of an override does not name the file that it is laid on as what was laid on it",
          "[scenario]") {
    config::Value set = config::load_text("value = '12a'", "--set card.pin");
    const config::Value& pin = *set.get<config::Table>()->find("value");
    const auto cases = cases_of(scenario_text(), {{"card.pin", pin}});
    config::Value card = config::load_text("atr = '3B'", "fixture.toml");
    config::merge(card, cases[0].scenario.given.card);
    const config::Reader reader(card, "[card]");
    const auto said = [&](const char* key) { return refusal([&] { reader.fail(key, "is wrong"); }); };
    CHECK(said("pin") == "--set card.pin:1:9: pin: is wrong");
    CHECK(said("atr") == "fixture.toml:1:7: atr: is wrong; --set card.pin:1:9 is laid over it");
}

TEST_CASE("files are found below folders, sorted and once", "[scenario]") {
    const TemporaryFolder folder;
    const auto b = folder.write("b/two.toml", "");
    const auto a = folder.write("a/deep/one.toml", "");
    folder.write("a/README.md", "");
    folder.write("empty/README.md", "");
    CHECK(scenario::find_scenarios({folder.path(), b}) == std::vector{a, b});
    CHECK_THAT(refusal([&] { scenario::find_scenarios({folder.path() / "c"}); }),
               ContainsSubstring("c: no such file or folder"));
    CHECK_THAT(refusal([&] { scenario::find_scenarios({folder.path() / "empty"}); }),
               ContainsSubstring("no .toml file"));
}

TEST_CASE("a fixture in a scenario's place is told as what it is", "[scenario]") {
    const TemporaryFolder folder;
    const auto told = [&](const std::string& text) {
        const auto file = folder.write("mine.toml", text);
        return refusal([&] { scenario::load_scenario(file); });
    };
    CHECK_THAT(told("extends = \"unionpay-credit\"\n[account]\nholder = \"A/B\"\n"),
               ContainsSubstring("this is a card image, not a scenario: posbench card show ") &&
                   ContainsSubstring("mine.toml"));
    CHECK_THAT(told("extends = \"countertop\"\n"), ContainsSubstring("this is a fixture, not a scenario"));
    CHECK_THAT(told("[scenaro]\n"), ContainsSubstring("scenaro"));
}

TEST_CASE("two files with one identifier are refused", "[scenario]") {
    const TemporaryFolder folder;
    auto cases = scenario::load_scenario(folder.write("a.toml", scenario_text()));
    CHECK_NOTHROW(scenario::refuse_duplicates(cases));
    for (auto& one : scenario::load_scenario(folder.write("b.toml", scenario_text()))) cases.push_back(one);
    CHECK_THAT(refusal([&] { scenario::refuse_duplicates(cases); }),
               ContainsSubstring("b.toml: the identifier 'card.example' is taken by") &&
                   ContainsSubstring("a.toml"));
}
