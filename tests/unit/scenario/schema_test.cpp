#include "bench/scenario/schema.hpp"

#include <algorithm>
#include <functional>
#include <regex>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/scenario/verbs.hpp"
#include "bench/trace/vocabulary.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using nlohmann::json;

namespace {

json schema() {
    return json::parse(scenario::json_schema());
}

/// The form of a step with this verb.
json step_with(const std::string& verb) {
    const json document = schema();
    for (const json& form : document["$defs"]["step"]["anyOf"])
        if (form["properties"].contains("do") && form["properties"]["do"]["const"] == verb) return form;
    FAIL("no step with " + verb);
    return {};
}

}  // namespace

TEST_CASE("the schema names every verb with its arguments", "[scenario]") {
    for (const scenario::VerbSpec& verb : scenario::verbs()) {
        CAPTURE(verb.name);
        const json form = step_with(std::string(verb.name));
        CHECK(form["additionalProperties"] == false);
        for (const scenario::ArgSpec& arg : verb.args) {
            const json& argument = form["properties"][std::string(arg.name)];
            CHECK(argument["description"] == std::string(arg.meaning));
            const auto& required = form["required"];
            CHECK((std::find(required.begin(), required.end(), std::string(arg.name)) != required.end()) ==
                  arg.required);
        }
    }
    CHECK(step_with("network.cut")["properties"]["mode"]["enum"] == json({"link", "refused", "blackholed"}));
}

TEST_CASE("the schema's pattern of a query is the vocabulary", "[scenario]") {
    const json document = schema();
    const json& query = document["$defs"]["query"];
    const std::regex pattern(query["pattern"].get<std::string>());
    for (const trace::KindSpec& kind : trace::vocabulary()) {
        CAPTURE(kind.name);
        CHECK(std::regex_match(std::string(kind.name), pattern));
        CHECK(std::regex_match(std::string(kind.name) + " where not ok", pattern));
        CHECK(query["description"].get<std::string>().find(kind.meaning) != std::string::npos);
    }
    CHECK_THAT(query["description"].get<std::string>(),
               Catch::Matchers::ContainsSubstring(
                   "terminal.power: the terminal gains or loses power (state: on | off)"));
    for (const json& example : query["examples"])
        CHECK(std::regex_match(example.get<std::string>(), pattern));
    CHECK_FALSE(std::regex_match("host.reqest", pattern));
    CHECK_FALSE(std::regex_match("hostxrequest", pattern));
    CHECK_FALSE(std::regex_match("host.request mti == '0200'", pattern));
}

TEST_CASE("the schema names itself, its tables, and the forms of a criterion", "[scenario]") {
    const json document = schema();
    CHECK(document["$schema"] == "https://json-schema.org/draft/2020-12/schema");
    CHECK(document["additionalProperties"] == false);
    for (const char* table : {"scenario", "given", "bind", "step", "criterion", "measure", "matrix"})
        CHECK(document["properties"].contains(table));
    CHECK(document["required"] == json({"scenario", "given", "step"}));
    std::vector<std::string> forms;
    for (const json& form : document["$defs"]["criterion"]["anyOf"]) forms.push_back(form["title"]);
    CHECK(forms == std::vector<std::string>{"expect", "never", "order", "every", "ledger"});
}

TEST_CASE("every reference of the schema leads somewhere", "[scenario]") {
    const json document = schema();
    std::size_t references = 0;
    const std::function<void(const json&)> visit = [&](const json& node) {
        if (node.is_object() && node.contains("$ref")) {
            ++references;
            CHECK(document.contains(json::json_pointer(node["$ref"].get<std::string>().substr(1))));
        }
        for (const json& child : node)
            if (child.is_structured()) visit(child);
    };
    visit(document);
    CHECK(references > 30);
}
