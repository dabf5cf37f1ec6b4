#include "bench/scenario/matrix.hpp"

#include "tests/support/catch.hpp"
#include "tests/unit/scenario/support.hpp"

using namespace posbench;
using namespace posbench::tests;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string with_matrix(std::string_view axes) {
    return scenario_text("[matrix]\n" + std::string(axes) + "\n");
}

std::vector<std::string> ids(const std::string& text) {
    std::vector<std::string> result;
    for (const auto& one : cases_of(text)) result.push_back(one.id);
    return result;
}

}  // namespace

TEST_CASE("axes multiply, the last one running fastest", "[scenario]") {
    CHECK(ids(with_matrix("\"card.image\" = [\"a\", \"b\"]\n\"network.profile\" = [\"clean\", \"gprs\"]")) ==
          std::vector<std::string>{"card.example[card.image=a,network.profile=clean]",
                                   "card.example[card.image=a,network.profile=gprs]",
                                   "card.example[card.image=b,network.profile=clean]",
                                   "card.example[card.image=b,network.profile=gprs]"});
}

TEST_CASE("a dotted key is the same axis as a quoted one", "[scenario]") {
    CHECK(ids(with_matrix("card.image = [\"a\"]")) == std::vector<std::string>{"card.example[card.image=a]"});
}

TEST_CASE("an axis reaches overrides, entries of arrays and arguments of steps", "[scenario]") {
    const auto cases = cases_of(with_matrix(
        "\"host.rules.0.then.code\" = [\"91\"]\n\"step.0.amount\" = [\"1.00\"]\n\"step.2.after\" = [\"3s\"]\n"
        "\"terminal.timings.boot\" = [\"9s\"]\n\"card.stripe\" = [{ fault = \"lrc\" }]\n\"cardholder.pin\" = "
        "[\"0000\"]"));
    REQUIRE(cases.size() == 1);
    const auto& scenario = cases[0].scenario;
    const auto& rules = *at(scenario.given.host, "rules").get<config::Array>();
    CHECK(*at(rules[0], "then.code").get<std::string>() == "91");
    CHECK(*at(rules[0], "name").get<std::string>() == "one");
    CHECK(*at(scenario.steps[0].args, "amount").get<std::string>() == "1.00");
    CHECK(scenario.steps[2].after == std::chrono::seconds(3));
    CHECK(*at(scenario.given.terminal, "timings.boot").get<std::string>() == "9s");
    CHECK(*at(scenario.given.card, "stripe.fault").get<std::string>() == "lrc");
    CHECK(scenario.given.cardholder_pin == "0000");
    // A table has no short text: its number on the axis stands for it.
    CHECK_THAT(cases[0].id, ContainsSubstring("card.stripe=#1"));
}

TEST_CASE("a wrong value is refused where it stands on its axis", "[scenario]") {
    const auto text = with_matrix("\"step.0.amount\" = [\"1.00\", \"-2.00\"]");
    CHECK_THAT(refusal_of(text), Catch::Matchers::StartsWith(place_of(text, "\"-2.00\"")) &&
                                     ContainsSubstring("amount must be an amount"));
    const auto misspelt = with_matrix("\"step.0.amuont\" = [\"1.00\"]");
    CHECK_THAT(refusal_of(misspelt), Catch::Matchers::StartsWith(place_of(misspelt, "\"step.0.amuont\"")) &&
                                         ContainsSubstring("(did you mean 'amount'?)"));
}

TEST_CASE("axes that lead nowhere are refused", "[scenario]") {
    const auto message = [](std::string_view axis) { return refusal_of(with_matrix(axis)); };
    CHECK_THAT(message("\"crad.image\" = [1]"),
               ContainsSubstring("s.toml:34:1:") && ContainsSubstring("(did you mean 'card'?)"));
    CHECK_THAT(message("\"card..image\" = [1]"), ContainsSubstring("a part of the path is empty"));
    CHECK_THAT(message("\"card.image.x\" = [1]"), ContainsSubstring("'x' has no place in a string"));
    CHECK_THAT(message("\"step.9.amount\" = [\"1\"]"),
               ContainsSubstring("'9' is not the number of one of 4 entries"));
    CHECK_THAT(message("\"step.first.amount\" = [\"1\"]"), ContainsSubstring("'first' is not the number"));
    CHECK_THAT(message("\"card.image\" = \"a\""),
               ContainsSubstring("must be an array of values, not a string"));
    CHECK_THAT(message("\"card.image\" = []"), ContainsSubstring("has no values"));
    CHECK_THAT(message("\"card.image\" = [\"a\", \"a\"]"),
               ContainsSubstring("s.toml:34:22: 'a' is twice on axis"));
    CHECK_THAT(refusal_of("matrix = 3\n" + scenario_text()),
               ContainsSubstring("[matrix] must be a table, not an integer"));
}

TEST_CASE("a matrix makes at most 1000 cases", "[scenario]") {
    std::string values;
    for (int i = 0; i < 40; ++i) values += "\"c" + std::to_string(i) + "\",";
    CHECK(ids(with_matrix("card.image = [" + values + "]")).size() == 40);
    CHECK_THAT(refusal_of(with_matrix("card.image = [" + values + "]\nhost.profile = [" + values + "]")),
               ContainsSubstring("makes more than 1000 cases"));
}

TEST_CASE("an axis wins over an override of the same path, so that its case tells the truth", "[scenario]") {
    const auto cases =
        cases_of(with_matrix("card.image = [\"a\"]"), {{"card.image", config::Value(std::string("other"))}});
    CHECK(*at(cases[0].scenario.given.card, "image").get<std::string>() == "a");
}
