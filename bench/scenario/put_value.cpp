#include "bench/scenario/put_value.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace posbench::scenario {
namespace {

using config::Array;
using config::ConfigError;
using config::Source;
using config::Table;
using config::Value;

void check_path(std::string_view path, const Source& source) {
    static const std::vector<std::string> roots{"card",       "host", "terminal", "network",
                                                "cardholder", "now",  "step"};
    const std::string root(path.substr(0, path.find('.')));
    if (std::ranges::find(roots, root) == roots.end())
        throw ConfigError(
            source,
            fmt::format("'{}' is neither a path below [given] (card.image) nor step.N.argument", path),
            config::nearest_name(root, roots));
    if (path.ends_with('.') || path.find("..") != std::string_view::npos)
        throw ConfigError(source, fmt::format("'{}': a part of the path is empty", path));
}

Value& entry_of(Array& array, std::string_view part, std::string_view path, const Source& source) {
    std::size_t index = 0;
    const char* const end = part.data() + part.size();
    const auto [stopped, error] = std::from_chars(part.data(), end, index);
    if (error != std::errc{} || stopped != end || index >= array.size())
        throw ConfigError(
            source, fmt::format("'{}': '{}' is not the number of one of {} entries (the first is 0)", path,
                                part, array.size()));
    return array[index];
}

}  // namespace

void put_value(Value& document, std::string_view path, const Value& value, const Source& source) {
    check_path(path, source);
    Value* place = &document;
    if (!path.starts_with("step.")) place = &config::at_path(document, "given");
    for (std::string_view rest = path;;) {
        const std::size_t dot = rest.find('.');
        const std::string_view part = rest.substr(0, dot);
        const bool last = dot == std::string_view::npos;
        if (auto* array = place->get<Array>()) {
            place = &entry_of(*array, part, path, source);
            if (last) *place = value;
        } else if (auto* table = place->get<Table>()) {
            Value* next = table->find(part);
            if (last) {
                table->set(std::string(part), value, source);
                const Source& own = place->source();
                const bool other_file = own.file && source.file && *own.file != *source.file;
                if (other_file) place->set_laid_over(source);
            } else
                place = next != nullptr ? next
                                        : &table->append(std::string(part), Value(Table{}, source), source);
        } else {
            throw ConfigError(source,
                              fmt::format("'{}': '{}' has no place in {}", path, part, place->type_name()));
        }
        if (last) return;
        rest.remove_prefix(dot + 1);
    }
}

}  // namespace posbench::scenario
