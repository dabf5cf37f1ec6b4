#include "bench/scenario/scenario.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <system_error>

#include <fmt/format.h>

#include "bench/config/reader.hpp"
#include "bench/runtime/ascii.hpp"
#include "bench/scenario/matrix.hpp"
#include "bench/scenario/put_value.hpp"
#include "bench/scenario/step.hpp"

namespace posbench::scenario {
namespace {

using config::ConfigError;
using config::is_word;
using config::Reader;
using config::Value;

constexpr std::chrono::minutes default_limit{15};

/// "family.name"
bool is_identifier(std::string_view text) {
    return is_word(text, "-.") && text.find('.') != std::string_view::npos && !text.starts_with('.') &&
           !text.ends_with('.') && text.find("..") == std::string_view::npos;
}

/// A row of the complaint catalogue: family letter and two digits.
bool is_row(std::string_view text) {
    return text.size() == 3 && std::string_view("KNHTO").find(text[0]) != std::string_view::npos &&
           runtime::is_all_digits(text.substr(1));
}

/// A list of texts of which each must pass `is_valid`, without repetition.
std::vector<std::string> read_list(Reader& reader, std::string_view key, bool (*is_valid)(std::string_view),
                                   std::string_view wanted) {
    const auto texts = reader.texts(key);
    if (!texts) return {};
    const auto& values = *reader.value().get<config::Table>()->find(key)->get<config::Array>();
    for (std::size_t i = 0; i < texts->size(); ++i) {
        const std::string& text = (*texts)[i];
        if (!is_valid(text))
            throw ConfigError(values[i].source(), fmt::format("{}: '{}' is not {}", key, text, wanted));
        if (std::find(texts->begin(), texts->begin() + static_cast<std::ptrdiff_t>(i), text) !=
            texts->begin() + static_cast<std::ptrdiff_t>(i))
            throw ConfigError(values[i].source(), fmt::format("{}: '{}' is there twice", key, text));
    }
    return *texts;
}

void read_header(Reader& document, Scenario& scenario) {
    auto reader = document.require("scenario", document.table("scenario", "[scenario]"));
    scenario.id = reader.require("id", reader.text("id"));
    if (!is_identifier(scenario.id))
        reader.fail("id",
                    fmt::format("'{}' is not of the form family.name in lower-case letters, digits and -",
                                scenario.id));
    scenario.title = reader.title();
    if (scenario.title.empty()) reader.missing("title");
    scenario.causes = read_list(reader, "causes", is_row, "a row of the complaint catalogue such as \"N06\"");
    scenario.tags = read_list(
        reader, "tags", [](std::string_view tag) { return is_word(tag, "-"); },
        "a tag of lower-case letters, digits and -");
    scenario.definition.limit = reader.duration("limit").value_or(default_limit);
    if (scenario.definition.limit <= runtime::Duration::zero())
        reader.fail("limit", "must be longer than zero");
    scenario.closing = reader.boolean("closing").value_or(true);
    reader.finish();
}

/// A role's table. Only the fixture's name is checked here; the rest is read by the driver it is bound to.
Value read_role(Reader& given, std::string_view role, std::string_view name_key) {
    auto reader = given.require(role, given.table(role, fmt::format("[given] {}", role)));
    if (reader.require(name_key, reader.text(name_key)).empty()) reader.fail(name_key, "must not be empty");
    return reader.value();
}

std::optional<std::string> read_pin(Reader& given) {
    auto reader = given.table("cardholder", "[given] cardholder");
    if (!reader) return std::nullopt;
    auto pin = reader->text("pin");
    if (pin && (pin->size() > 12 || pin->find_first_not_of("0123456789") != std::string::npos))
        reader->fail("pin", "must be at most 12 digits");
    reader->finish();
    return pin;
}

Given read_given(Reader& document) {
    auto reader = document.require("given", document.table("given", "[given]"));
    Given given;
    given.card = read_role(reader, "card", "image");
    given.host = read_role(reader, "host", "profile");
    given.terminal = read_role(reader, "terminal", "profile");
    given.network = read_role(reader, "network", "profile");
    given.cardholder_pin = read_pin(reader);
    given.now = reader.wall_time("now");
    reader.finish();
    return given;
}

std::vector<Step> read_steps(Reader& document, const judge::Definition& definition) {
    const auto readers = document.tables("step", "[[step]]");
    if (readers.empty()) document.missing("step");
    const auto bound = definition.bound_kinds();
    std::vector<Step> steps;
    for (const Reader& step : readers) steps.push_back(read_step(step.value(), bound));
    return steps;
}

/// Steps that must wait longer than the run may last could never be done.
void check_waits(const Scenario& scenario) {
    const runtime::Duration limit = scenario.definition.limit;
    const auto refuse = [&](const Step& step, std::string_view what, runtime::Duration wait) {
        throw ConfigError(step.source,
                          fmt::format("{} {}, and the run's limit is {}", what, config::format_duration(wait),
                                      config::format_duration(limit)));
    };
    runtime::Duration passed{};
    for (const Step& step : scenario.steps) {
        if (step.timeout && *step.timeout > limit) refuse(step, "the step may wait", *step.timeout);
        passed += std::min(step.after.value_or(runtime::Duration::zero()), limit);
        if (passed >= limit) refuse(step, "up to this step the steps wait", passed);
    }
}

/// A misspelt table is refused before anything that misses it is.
void refuse_unknown_tables(const Value& value) {
    Reader document(value, "the scenario file");
    for (const char* key : {"scenario", "given", "bind", "step", "criterion", "measure", "matrix"})
        document.raw(key);
    document.finish();
}

Scenario read_scenario(const Value& value, const std::filesystem::path& file) {
    refuse_unknown_tables(value);
    Reader document(value, "the scenario file");
    Scenario scenario;
    scenario.file = file;
    read_header(document, scenario);
    scenario.given = read_given(document);
    const auto limit = scenario.definition.limit;
    scenario.definition = judge::read_definition(document);
    scenario.definition.limit = limit;
    scenario.steps = read_steps(document, scenario.definition);
    check_waits(scenario);
    return scenario;
}

/// A person who gives a fixture where a scenario belongs is told what to do with it.
void refuse_fixture(const Value& document, const std::filesystem::path& file) {
    const auto* table = document.get<config::Table>();
    if (!table || table->find("scenario") || table->find("step")) return;
    const auto has = [&](std::string_view key) { return table->find(key) != nullptr; };
    const config::Source whole{document.source().file, 0, 0};
    if (std::ranges::any_of(std::array{"application", "account", "stripe", "atr", "pin_tries"}, has))
        throw ConfigError(whole, fmt::format("this is a card image, not a scenario: posbench card show {}",
                                             file.generic_string()));
    if (has("extends"))
        throw ConfigError(whole,
                          fmt::format("this is a fixture, not a scenario; if it is a card image: posbench "
                                      "card show {}",
                                      file.generic_string()));
}

}  // namespace

std::vector<Case> read_cases(Value document, const std::filesystem::path& file, const Overrides& overrides) {
    for (const auto& [path, value] : overrides) {
        if (path.starts_with("step."))
            throw ConfigError(value.source(), fmt::format("'{}' is not a path below [given]", path));
        put_value(document, path, value, value.source());
    }
    std::vector<Case> cases;
    for (const Variant& variant : expand_matrix(document)) {
        Scenario scenario = read_scenario(variant.document, file);
        std::string id = scenario.id + variant.suffix;
        cases.push_back({std::move(id), std::move(scenario)});
    }
    return cases;
}

std::vector<Case> load_scenario(const std::filesystem::path& file, const Overrides& overrides) {
    Value document = config::load_file(file);
    refuse_fixture(document, file);
    return read_cases(std::move(document), file, overrides);
}

void refuse_duplicates(const std::vector<Case>& cases) {
    std::map<std::string_view, const std::filesystem::path*> files;
    for (const Case& one : cases) {
        const Scenario& scenario = one.scenario;
        const auto [other, is_new] = files.emplace(scenario.id, &scenario.file);
        if (is_new || *other->second == scenario.file) continue;
        throw ConfigError(
            {std::make_shared<const std::string>(scenario.file.generic_string()), 0, 0},
            fmt::format("the identifier '{}' is taken by {}", scenario.id, other->second->generic_string()));
    }
}

std::vector<std::filesystem::path> find_scenarios(const std::vector<std::filesystem::path>& paths) {
    namespace fs = std::filesystem;
    std::vector<fs::path> files;
    for (const fs::path& path : paths) {
        const auto refuse = [&](const std::string& why) {
            throw ConfigError({std::make_shared<const std::string>(path.generic_string()), 0, 0}, why);
        };
        std::error_code error;
        const auto status = fs::status(path, error);
        if (!fs::exists(status)) refuse("no such file or folder");
        if (!fs::is_directory(status)) {
            files.push_back(path);
            continue;
        }
        const std::size_t before = files.size();
        for (fs::recursive_directory_iterator entry(path, error), end; !error && entry != end;
             entry.increment(error))
            if (entry->path().extension() == ".toml" && entry->is_regular_file())
                files.push_back(entry->path());
        if (error) refuse("cannot be searched: " + error.message());
        if (files.size() == before) refuse("there is no .toml file in this folder");
    }
    std::ranges::sort(files);
    const auto repeated = std::ranges::unique(files);
    files.erase(repeated.begin(), repeated.end());
    return files;
}

}  // namespace posbench::scenario
