#include "bench/scenario/schema.hpp"

#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/scenario/verbs.hpp"
#include "bench/trace/vocabulary.hpp"

namespace posbench::scenario {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view duration_pattern = R"(^[0-9]+(\.[0-9]{1,6})?(ns|us|ms|s|min|h)$)";

Json reference(std::string_view name) {
    return {{"$ref", fmt::format("#/$defs/{}", name)}};
}

Json described(Json schema, std::string_view description) {
    schema["description"] = description;
    return schema;
}

Json text(std::string_view description) {
    return {{"type", "string"}, {"description", description}};
}

Json object(Json properties, Json required) {
    return {{"type", "object"},
            {"properties", std::move(properties)},
            {"required", std::move(required)},
            {"additionalProperties", false}};
}

/// A query by its event kind; the condition after `where` is checked by `posbench validate` alone, but the
/// description names fields and words.
Json query_schema() {
    std::string kinds;
    std::string help =
        "An event of the trace: a kind, and a condition after `where`. Kinds and their fields:";
    Json examples = Json::array();
    for (const trace::KindSpec& kind : trace::vocabulary()) {
        kinds += kinds.empty() ? "" : "|";
        for (char c : kind.name) kinds += c == '.' ? std::string("\\.") : std::string(1, c);
        help += fmt::format("\n{}: {}", kind.name, kind.meaning);
        std::string_view separator = " (";
        for (const trace::FieldSpec& field : kind.fields) {
            help += fmt::format("{}{}", separator, field.name);
            if (!field.words.empty()) help += fmt::format(": {}", fmt::join(field.words, " | "));
            separator = "; ";
        }
        if (!kind.fields.empty()) help += ')';
        examples.push_back(kind.name);
    }
    examples.push_back("host.request where mti == '0200' and amount == 1234");
    examples.push_back("terminal.display where text contains '交易成功'");
    return {{"type", "string"},
            {"pattern", fmt::format(R"(^\s*({})(\s+where\s[\s\S]+)?\s*$)", kinds)},
            {"description", help},
            {"examples", examples}};
}

Json argument_schema(const ArgSpec& arg) {
    Json choices = Json::array();
    for (std::string_view choice : arg.choices) choices.push_back(choice);
    switch (arg.type) {
        case ArgType::amount:
            return {
                {"type", "string"}, {"pattern", R"(^[0-9]{1,12}(\.[0-9]{2})?$)"}, {"examples", {"12.34"}}};
        case ArgType::digits:
            return {{"type", "string"}, {"pattern", "^[0-9]{1,12}$"}};
        case ArgType::code:
            return {{"type", "string"}, {"pattern", "^[ -~]{1,64}$"}};
        case ArgType::key:
            return {{"type", "string"}, {"pattern", "^[0-9A-F]{32}$"}};
        case ArgType::original:
            return {{"type", "string"}, {"pattern", "^(last|[0-9]{6})$"}};
        case ArgType::integer:
            return {{"type", "integer"}, {"minimum", arg.low}, {"maximum", arg.high}};
        case ArgType::boolean:
            return {{"type", "boolean"}};
        case ArgType::choice:
            return {{"enum", choices}};
        case ArgType::words: {
            std::string word;
            for (std::string_view choice : arg.choices)
                word += fmt::format("{}{}", word.empty() ? "" : "|", choice);
            return {{"type", "string"}, {"pattern", fmt::format("^ *({0})( +({0}))* *$", word)}};
        }
        case ArgType::text:
            return {{"type", "string"}};
        case ArgType::table:
            return {{"type", "object"}};
        case ArgType::tables:
            return {{"type", {"array", "object"}}, {"items", {{"type", "object"}}}};
    }
    return {};
}

Json verb_step(const VerbSpec& verb) {
    Json properties{
        {"do", {{"const", verb.name}, {"description", verb.meaning}}},
        {"on", described(reference("query"), "Acts at the next such event since the previous step.")},
        {"after", described(reference("duration"), "Waits so long first; with `on`, from the event.")},
        {"timeout", described(reference("duration"), "Longest wait for `on`.")}};
    Json required{"do"};
    for (const ArgSpec& arg : verb.args) {
        properties[std::string(arg.name)] = described(argument_schema(arg), arg.meaning);
        if (arg.required) required.push_back(arg.name);
    }
    Json step = object(std::move(properties), std::move(required));
    step["title"] = verb.name;
    step["description"] = verb.meaning;
    return step;
}

Json step_schema() {
    Json forms = Json::array();
    for (const VerbSpec& verb : verbs()) forms.push_back(verb_step(verb));
    Json wait = object({{"wait", described(reference("query"), "Waits for this event.")},
                        {"after", described(reference("duration"), "Waits so long after it.")},
                        {"timeout", described(reference("duration"), "Longest wait for the event.")}},
                       {"wait"});
    wait["title"] = "wait";
    forms.push_back(std::move(wait));
    return {{"anyOf", forms}};
}

Json criterion_form(std::string_view form, Json own, Json required) {
    Json properties{
        {"id", {{"type", "string"}, {"description", "Name of the criterion, unique in the scenario."}}},
        {"level", {{"enum", {"mandatory", "suggested"}}, {"description", "Default: mandatory."}}},
        {"because", text("For people: why the terminal must do so, with the rule's source.")}};
    if (form != "ledger") {
        properties["after"] = described(reference("query"), "Only events after the first that matches this.");
        properties["within"] =
            described(reference("duration"), "Longest time since `after`, or since the steps began.");
    }
    properties.update(own);
    required.push_back("id");
    Json schema = object(std::move(properties), std::move(required));
    schema["title"] = form;
    return schema;
}

Json criterion_schema() {
    const Json query = reference("query");
    const Json count{{"type", "integer"}, {"minimum", 1}};
    const Json order{{"type", "array"},
                     {"items", query},
                     {"minItems", 2},
                     {"description", "Events that follow one another."}};
    const Json ledger{{"const", "reconciled"},
                      {"description", "Host, journal and receipts agree (always judged)."}};
    Json forms = Json::array();
    forms.push_back(criterion_form("expect",
                                   {{"expect", described(query, "Such an event exists.")},
                                    {"exactly", count},
                                    {"at_least", count},
                                    {"at_most", count}},
                                   {"expect"}));
    forms.push_back(criterion_form("never", {{"never", described(query, "No such event.")}}, {"never"}));
    forms.push_back(criterion_form("order", {{"order", order}}, {"order"}));
    forms.push_back(
        criterion_form("every",
                       {{"every", described(query, "The events that are meant.")},
                        {"satisfies", text("What each must satisfy: a condition as after `where`.")}},
                       {"every", "satisfies"}));
    forms.push_back(criterion_form("ledger", {{"ledger", ledger}}, {"ledger"}));
    return {{"anyOf", forms}};
}

Json measure_schema() {
    const Json limits =
        object({{"each", described(reference("duration"), "Longest for each run.")},
                {"p95", described(reference("duration"), "For 95 % of the repetitions of a case.")}},
               Json::array());
    const Json limit{{"anyOf", {reference("duration"), limits}},
                     {"description", "Longest for each run, or a table."}};
    return object({{"name", text("Name of the measurement.")},
                   {"from", described(reference("query"), "Begins at the first such event.")},
                   {"to", described(reference("query"), "Ends at the first such event after it.")},
                   {"limit", limit}},
                  {"name", "from", "to"});
}

Json header_schema() {
    const Json title = object({{"en", text("English title.")}, {"zh", text("Chinese title.")}}, {"en", "zh"});
    return object(
        {{"id",
          described({{"type", "string"}, {"pattern", R"(^[a-z0-9-]+(\.[a-z0-9-]+)+$)"}}, "family.name")},
         {"title", title},
         {"causes",
          {{"type", "array"},
           {"items", {{"type", "string"}, {"pattern", "^[KNHTO][0-9]{2}$"}}},
           {"uniqueItems", true},
           {"description", "Rows of the complaint catalogue."}}},
         {"tags",
          {{"type", "array"},
           {"items", {{"type", "string"}, {"pattern", "^[a-z0-9-]+$"}}},
           {"uniqueItems", true}}},
         {"limit", described(reference("duration"), "Longest run. Default: 15min.")},
         {"closing",
          {{"type", "boolean"},
           {"description", "After the steps, lift the faults and let the terminal settle. Default: true."}}}},
        {"id", "title"});
}

Json role_schema(std::string_view key, std::string_view folder) {
    return {{"type", "object"},
            {"properties",
             {{std::string(key),
               text(fmt::format("A name of fixtures/{}, or the path of a file: ./, ../ or /.", folder))}}},
            {"required", {key}},
            {"description", "Any other key overrides the fixture's."}};
}

Json given_schema() {
    const Json pin{{"type", "string"}, {"pattern", "^[0-9]{0,12}$"}};
    Json schema =
        object({{"card", role_schema("image", "cards")},
                {"host", role_schema("profile", "hosts")},
                {"terminal", role_schema("profile", "terminals")},
                {"network", role_schema("profile", "networks")},
                {"cardholder",
                 object({{"pin", described(pin, "What is typed at a PIN prompt. Default: the card's.")}},
                        Json::array())},
                {"now", {{"description", "Civil time at the start, without a zone (virtual time only)."}}}},
               {"card", "host", "terminal", "network"});
    return schema;
}

}  // namespace

std::string json_schema() {
    const Json steps{{"type", "array"}, {"items", reference("step")}, {"minItems", 1}};
    Json schema = object(
        {{"scenario", header_schema()},
         {"given", given_schema()},
         {"bind",
          {{"type", "object"},
           {"additionalProperties", reference("query")},
           {"description", "Names for events; later queries use name.field."}}},
         {"step", steps},
         {"criterion", {{"type", "array"}, {"items", reference("criterion")}}},
         {"measure", {{"type", "array"}, {"items", reference("measure")}}},
         {"matrix",
          {{"type", "object"},
           {"description", "Axes: a path below [given], or step.N.argument, and the values it takes."}}}},
        {"scenario", "given", "step"});
    Json document{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                  {"title", "posbench scenario"},
                  {"description", "A merchant's complaint, made repeatable."}};
    document.update(schema);
    document["$defs"] = {{"duration",
                          {{"type", "string"},
                           {"pattern", duration_pattern},
                           {"examples", {"250us", "40ms", "1.5s", "2min"}}}},
                         {"query", query_schema()},
                         {"step", step_schema()},
                         {"criterion", criterion_schema()},
                         {"measure", measure_schema()}};
    return document.dump(2);
}

}  // namespace posbench::scenario
