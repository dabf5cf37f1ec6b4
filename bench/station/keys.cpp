#include "bench/station/keys.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bench/station/own_file.hpp"

namespace posbench::station {

using config::ConfigError;
using config::Table;
using config::Value;

void KeyRing::resolve(Value& value) {
    if (auto* array = value.get<config::Array>()) {
        for (Value& element : *array) resolve(element);
    } else if (auto* table = value.get<Table>()) {
        for (std::size_t i = 0; i < table->entries().size(); ++i)
            resolve(*table->find(table->entries()[i].key));
    } else if (const auto* text = value.get<std::string>(); text != nullptr && text->starts_with('@')) {
        // What is wrong with the key there is said of the line that names it.
        value = Value(find(*text, value.source()).data(), value.source());
    }
}

const Value& KeyRing::find(std::string_view reference, const config::Source& source) {
    const Reference parts = split(reference, source);
    const KeyFile& keys = file(parts.file, source);
    const Value* value = &keys.entries;
    for (std::string_view rest = parts.entry;;) {
        const std::size_t end = rest.find('.');
        const std::string_view part = rest.substr(0, end);
        const auto* table = value->get<Table>();
        const Value* next = table != nullptr ? table->find(part) : nullptr;
        if (next == nullptr) {
            std::vector<std::string> names;
            if (table != nullptr)
                for (const Table::Entry& entry : table->entries()) names.push_back(entry.key);
            throw ConfigError(source, fmt::format("'{}': there is no '{}' in {}", reference, part, keys.name),
                              config::nearest_name(part, names));
        }
        value = next;
        if (end == std::string_view::npos) return *value;
        rest.remove_prefix(end + 1);
    }
}

KeyRing::Reference KeyRing::split(std::string_view reference, const config::Source& source) {
    constexpr std::string_view extension = ".toml";
    const std::string_view text = reference.substr(1);
    const bool own = is_path(text);
    const std::size_t end = own ? text.rfind(std::string(extension) + '.') : text.find('.');
    if (end == std::string_view::npos)
        throw ConfigError(source, fmt::format("'{}' must be of the form @file.name, an entry of a file of "
                                              "fixtures/keys, or @./path/file.toml.name",
                                              reference));
    const std::size_t dot = own ? end + extension.size() : end;
    return {std::string(text.substr(0, dot)), text.substr(dot + 1)};
}

const KeyRing::KeyFile& KeyRing::file(const std::string& name, const config::Source& source) {
    const bool own = is_path(name);
    const std::filesystem::path path =
        own ? own_file(name, source) : library_.fixtures() / "keys" / (name + ".toml");
    const std::string path_text = path.generic_string();
    if (const auto known = files_.find(path_text); known != files_.end()) return known->second;
    if (!own) {
        const auto names = fixture_names(library_, "keys");
        if (std::ranges::find(names, name) == names.end())
            throw ConfigError(source, fmt::format("there is no fixtures/keys/{}.toml", name),
                              config::nearest_name(name, names));
    }
    KeyFile keys{own ? path_text : fmt::format("fixtures/keys/{}.toml", name), config::load_file(path)};
    return files_.emplace(path_text, std::move(keys)).first->second;
}

}  // namespace posbench::station
