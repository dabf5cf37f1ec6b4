#include "bench/station/keys.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

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
        Value key = find(*text, value.source());
        value = std::move(key);
    }
}

const Value& KeyRing::find(std::string_view reference, const config::Source& source) {
    const std::size_t dot = reference.find('.');
    if (dot == std::string_view::npos)
        throw ConfigError(source,
                          fmt::format("'{}' must be of the form @file.name, a file of fixtures/keys and an "
                                      "entry of it",
                                      reference));
    const std::string file_name(reference.substr(1, dot - 1));
    const Value* value = &file(file_name, source);
    for (std::string_view rest = reference.substr(dot + 1);;) {
        const std::size_t end = rest.find('.');
        const std::string_view part = rest.substr(0, end);
        const auto* table = value->get<Table>();
        const Value* next = table != nullptr ? table->find(part) : nullptr;
        if (next == nullptr) {
            std::vector<std::string> names;
            if (table != nullptr)
                for (const Table::Entry& entry : table->entries()) names.push_back(entry.key);
            throw ConfigError(
                source,
                fmt::format("'{}': there is no '{}' in fixtures/keys/{}.toml", reference, part, file_name),
                config::nearest_name(part, names));
        }
        value = next;
        if (end == std::string_view::npos) return *value;
        rest.remove_prefix(end + 1);
    }
}

const Value& KeyRing::file(const std::string& name, const config::Source& source) {
    if (const auto known = files_.find(name); known != files_.end()) return known->second;
    const auto names = fixture_names(library_, "keys");
    if (std::ranges::find(names, name) == names.end())
        throw ConfigError(source, fmt::format("there is no fixtures/keys/{}.toml", name),
                          config::nearest_name(name, names));
    return files_.emplace(name, config::load_file(library_.fixtures() / "keys" / (name + ".toml")))
        .first->second;
}

}  // namespace posbench::station
