#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/config/reader.hpp"
#include "bench/station/keys.hpp"
#include "bench/station/own_file.hpp"
#include "bench/station/station.hpp"

namespace posbench::station {
namespace {

using config::ConfigError;
using config::Value;

/// Takes the key at a dotted path off `settings`. @throws ConfigError at `source` when it is not there
void take_off(Value& settings, const std::string& path, const config::Source& source) {
    Value* place = &settings;
    for (std::string_view rest = path;;) {
        const std::size_t dot = rest.find('.');
        const std::string_view key = rest.substr(0, dot);
        auto* table = place->get<config::Table>();
        Value* next = table != nullptr ? table->find(key) : nullptr;
        if (next == nullptr) {
            std::vector<std::string> names;
            if (table != nullptr)
                for (const config::Table::Entry& entry : table->entries()) names.push_back(entry.key);
            throw ConfigError(source, fmt::format("remove: '{}': there is no '{}'", path, key),
                              config::nearest_name(key, names));
        }
        if (dot == std::string_view::npos) {
            config::Table others;
            for (const config::Table::Entry& entry : table->entries())
                if (entry.key != key) others.append(entry.key, entry.value, entry.key_source);
            *table = std::move(others);
            return;
        }
        place = next;
        rest.remove_prefix(dot + 1);
    }
}

/// Lays `over` on `base`, behind which stands what its `remove` names.
void lay_over(Value& base, const Value& over) {
    constexpr std::string_view remove = "remove";
    config::Reader reader(over, "the table");
    const auto paths = reader.texts(remove);
    if (!paths) return config::merge(base, over);
    const auto& places = *over.get<config::Table>()->find(remove)->get<config::Array>();
    for (std::size_t i = 0; i < paths->size(); ++i) take_off(base, (*paths)[i], places[i].source());
    config::Table rest;
    for (const config::Table::Entry& entry : over.get<config::Table>()->entries())
        if (entry.key != remove) rest.append(entry.key, entry.value, entry.key_source);
    Value laid(std::move(rest), over.source());
    laid.set_laid_over(over.laid_over());
    config::merge(base, laid);
}

/// Reads a fixture and what it extends, the farthest first.
class Loader {
  public:
    Loader(const Library& library, std::string_view folder) : library_(library), folder_(folder) {}

    /// @param name of a fixture, or the path of a file
    Value load(const std::string& name, const config::Source& asked_at) {
        if (is_path(name)) {
            const std::filesystem::path path = own_file(name, asked_at);
            remember(path.generic_string(), asked_at);
            return load_file(path);
        }
        const auto names = fixture_names(library_, folder_);
        if (std::ranges::find(names, name) == names.end())
            throw ConfigError(asked_at, fmt::format("there is no '{}' in fixtures/{}", name, folder_),
                              config::nearest_name(name, names));
        remember(name, asked_at);
        return load_file(library_.fixtures() / folder_ / (name + ".toml"));
    }

    Value load_file(const std::filesystem::path& path) {
        const Value own = config::load_file(path);
        config::Table rest;
        std::optional<Value> base;
        for (const config::Table::Entry& entry : own.get<config::Table>()->entries()) {
            if (entry.key != "extends") {
                rest.append(entry.key, entry.value, entry.key_source);
                continue;
            }
            const auto* text = entry.value.get<std::string>();
            if (text == nullptr)
                throw ConfigError(entry.value.source(),
                                  fmt::format("extends must be the name of another one in fixtures/{}, or a "
                                              "path, not {}",
                                              folder_, entry.value.type_name()));
            base = load(*text, entry.value.source());
        }
        Value fixture(std::move(rest), own.source());
        if (!base) {
            if (const Value* remove = fixture.get<config::Table>()->find("remove"))
                throw ConfigError(remove->source(), "remove: there is nothing to take off without 'extends'");
            return fixture;
        }
        lay_over(*base, fixture);
        return *std::move(base);
    }

  private:
    void remember(const std::string& name, const config::Source& asked_at) {
        const bool again = std::ranges::find(chain_, name) != chain_.end();
        chain_.push_back(name);
        if (again) throw ConfigError(asked_at, fmt::format("extends itself: {}", fmt::join(chain_, " -> ")));
    }

    const Library& library_;
    std::string folder_;
    std::vector<std::string> chain_;
};

/// Puts the table of fixtures/hosts/dialects in the place of its name, `dialect = "unionpay-pos"`: host and
/// terminal profiles have one.
void resolve_dialect(const Library& library, std::string_view folder, Value& settings) {
    constexpr std::string_view key = "dialect";
    if (folder != "hosts" && folder != "terminals") return;
    auto* table = settings.get<config::Table>();
    const Value* dialect = table->find(key);
    const auto* name = dialect ? dialect->get<std::string>() : nullptr;
    if (!name) return;
    Value found = Loader(library, "hosts/dialects").load(*name, dialect->source());
    config::at_path(found, "name") = Value(Value::Data(*name), dialect->source());
    table->set(std::string(key), std::move(found));
}

/// Puts the file in the place of a recording's name: `recording = "NAME"` of a host profile is
/// fixtures/recordings/NAME.jsonl.
void resolve_recording(const Library& library, std::string_view folder, Value& settings) {
    constexpr std::string_view key = "recording";
    auto* table = settings.get<config::Table>();
    const Value* recording = folder == "hosts" ? table->find(key) : nullptr;
    const auto* name = recording ? recording->get<std::string>() : nullptr;
    if (!name) return;
    std::filesystem::path file;
    if (is_path(*name)) {
        file = own_file(*name, recording->source());
    } else {
        const auto names = fixture_names(library, "recordings", ".jsonl");
        if (std::ranges::find(names, *name) == names.end())
            throw ConfigError(recording->source(),
                              fmt::format("there is no '{}' in fixtures/recordings", *name),
                              config::nearest_name(*name, names));
        file = library.fixtures() / "recordings" / (*name + ".jsonl");
    }
    table->set(std::string(key), Value(Value::Data(file.generic_string()), recording->source()));
}

}  // namespace

Value load_fixture(const Library& library, std::string_view folder, const Value& overrides,
                   std::string_view name_key) {
    config::Reader reader(overrides, fmt::format("a choice from fixtures/{}", folder));
    const std::string name = reader.require(name_key, reader.text(name_key));
    Value settings = Loader(library, folder).load(name, reader.source_of(name_key));
    lay_over(settings, overrides);
    resolve_dialect(library, folder, settings);
    resolve_recording(library, folder, settings);
    KeyRing(library).resolve(settings);
    return settings;
}

Value load_one_fixture(const Library& library, std::string_view folder, const std::string& name_or_path,
                       Keys keys) {
    const bool is_file = name_or_path.find('/') != std::string::npos || name_or_path.ends_with(".toml");
    Loader loader(library, folder);
    Value settings = is_file ? loader.load_file(name_or_path) : loader.load(name_or_path, {});
    resolve_dialect(library, folder, settings);
    resolve_recording(library, folder, settings);
    if (keys == Keys::resolved) KeyRing(library).resolve(settings);
    return settings;
}

}  // namespace posbench::station
